"""Exports as CSV: encoding and delimiter are recognised, the text is read in one pass."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import mode
from typing import BinaryIO

from reconciler.errors import UnusableExport
from reconciler.files import open_given
from reconciler.providers.file.table import MOST_COLUMNS, MOST_ROWS, Form, Row, Rows, require_size

_DELIMITERS = (";", "\t", ",", "|")
_SAMPLE = 200
_CHUNK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


@contextmanager
def delimited(path: Path, form: Form) -> Iterator[Rows]:
    """Yield the rows of a CSV file; raises UnusableExport where it is none."""
    with open_given(path) as file:
        require_size(path, os.fstat(file.fileno()).st_size)
        recognised = form.encoding or _encoding(path, file)
        encoding = recognised or "utf-8"
        file.seek(0)
        stream = io.TextIOWrapper(file, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
        delimiter = form.delimiter
        if delimiter is None:
            with _decoding(path, encoding):
                delimiter = _delimiter(list(islice(stream, _SAMPLE)))
            stream.seek(0)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        found = replace(form, encoding=recognised, delimiter=delimiter)
        yield Rows(found, _rows(path, reader, encoding), ragged=False)


@contextmanager
def _decoding(path: Path, encoding: str) -> Iterator[None]:
    """Say in what a text is not that is read here."""
    try:
        yield
    except UnicodeDecodeError as error:
        message = f"{path.name} is not {encoding}: byte {error.object[error.start]:#04x} makes no sense in it"
        raise UnusableExport(message, hint="Set 'encoding' of this export in fleet.yaml.") from error
    except UnicodeError as error:
        raise UnusableExport(f"{path.name} is not {encoding}: {error}") from error


def _rows(path: Path, reader: Iterator[list[str]], encoding: str) -> Iterator[Row]:
    number = 0
    try:
        with _decoding(path, encoding):
            for number, cells in enumerate(reader, start=1):
                if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
                    raise UnusableExport(f"{path.name} has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns")
                yield Row(number, cells)
    except csv.Error as error:
        message = f"{path.name}, row {number + 1}: this is no CSV: {error}"
        raise UnusableExport(message, hint="Is the file whole? Export it again.") from error


def _encoding(path: Path, stream: BinaryIO) -> str | None:
    """Return the encoding of a file: as its first bytes say, else UTF-8 where all of it is, else that of Windows.

    Letters without accents alone tell nothing: None, since the next export may have others.
    """
    head = stream.read(4096)
    _require_text(path, head)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    plain = True
    try:
        while chunk := stream.read(_CHUNK):
            plain = plain and chunk.isascii()
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return None if plain else "utf-8"


def _require_text(path: Path, head: bytes) -> None:
    if head.startswith(_OLE):
        message = f"{path.name} is an encrypted workbook or one of an old format, and no CSV"
        raise UnusableExport(message, hint="Save it as .xlsx without a password, or as CSV.")
    if head.startswith(_ZIP):
        raise UnusableExport(f"{path.name} is a workbook or an archive, and no CSV", hint="Name it .xlsx if it is one.")
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnusableExport(f"{path.name} is no text", hint="Export it as CSV or as .xlsx.")


def _delimiter(lines: list[str]) -> str:
    """Return what parts the cells: what parts most lines into as many cells as each other, of more than one."""
    return max(_DELIMITERS, key=lambda each: _agreement(lines, each))


def _agreement(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Return which share of the lines has the usual number of cells, and that number."""
    counts = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
    usual = mode(counts) if counts else 1
    return (counts.count(usual) / len(counts), usual) if usual > 1 else (0.0, 0)
