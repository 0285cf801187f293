"""Exports as workbooks (.xlsx), read row by row: values as they were saved, never a formula computed.

openpyxl reads them, over defusedxml, which refuses the entities an XML bomb is made of. What a workbook holds is
measured before anything of it is unpacked.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from reconciler.errors import UnusableExport, bounded, bounded_words, quoted
from reconciler.files import open_given
from reconciler.providers.file.table import MOST_COLUMNS, MOST_ROWS, Form, Row, Rows, require_size

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_OLE = b"\xd0\xcf\x11\xe0"
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3}(\d+):[A-Z]{1,3}(\d+))"')
_WINDOW = 1 << 20
_OVERLAP = 200
_MOST_PARTS = 5_000
_LIKE_A_FORMULA = tuple("=+-@")
_EXACT = 10**15
_AGAIN = "Save it as .xlsx without a password, or export it as CSV."

# Where lxml happens to be installed, openpyxl would read a part of a workbook with it, and not with defusedxml.
os.environ.setdefault("OPENPYXL_LXML", "False")


@contextmanager
def workbook(path: Path, form: Form) -> Iterator[Rows]:
    """Yield the rows of a sheet; raises UnusableExport where the file is no workbook that is safe to read."""
    from openpyxl import load_workbook

    with open_given(path) as stream:
        _require_sane(path, stream)
        with _explaining(path):
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            sheet = _sheet(path, book, form.sheet)
            merged = _merged(stream, sheet)
            sheet.reset_dimensions()
        yield Rows(replace(form, sheet=form.sheet or sheet.title), _rows(path, sheet), ragged=True, merged=merged)


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Say what is wrong with a workbook that cannot be read."""
    from defusedxml.common import DefusedXmlException
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield
    except (
        DefusedXmlException,
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        SyntaxError,
        ValueError,
        OSError,
        zlib.error,
        EOFError,
        NotImplementedError,
        ArithmeticError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
    ) as error:
        if isinstance(error, DefusedXmlException) or isinstance(error.__context__, DefusedXmlException):
            message = f"{path.name} defines entities, which no spreadsheet does"
            raise UnusableExport(message, hint="Do not open it; ask where it comes from.") from error
        message = f"{path.name} is a broken workbook: {bounded_words(error)}"
        raise UnusableExport(message, hint="Export it again.") from error


def _require_sane(path: Path, stream: BinaryIO) -> None:
    """Refuse what is no workbook, is encrypted, or unpacks to more than any export holds.

    What a part says of its size is what zipfile reads of it at most, so that no bomb can understate itself.
    """
    if stream.read(4) == _OLE:
        message = f"{path.name} is encrypted, or a workbook of an old format"
        raise UnusableExport(message, hint=_AGAIN)
    require_size(path, os.fstat(stream.fileno()).st_size)
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnusableExport(f"{path.name} is no workbook: {bounded_words(error)}", hint=_AGAIN) from error
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnusableExport(f"{path.name} is encrypted", hint=_AGAIN)
    if len(parts) > _MOST_PARTS:
        raise UnusableExport(f"{path.name} holds {len(parts)} files, which no spreadsheet does", hint=_AGAIN)
    require_size(path, sum(part.file_size for part in parts))


def _sheet(path: Path, book: Any, name: str | None) -> ReadOnlyWorksheet:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    sheets = [sheet for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet)]
    found = [sheet for sheet in sheets if name is None or sheet.title == name]
    if not found:
        known = ", ".join(bounded(sheet.title) for sheet in sheets[:20]) or "none"
        message = f"{path.name} has no sheet {quoted(name)}; it has {known}"
        raise UnusableExport(message, hint="Set 'sheet' in fleet.yaml.")
    return found[0]


def _merged(stream: BinaryIO, sheet: ReadOnlyWorksheet) -> tuple[tuple[int, int, str], ...]:
    """Return the first and last rows of merged cells: read row by row, only the first of them has the value."""
    found: dict[str, tuple[int, int, str]] = {}
    with zipfile.ZipFile(stream) as archive, archive.open(_part(sheet)) as part:
        tail = b""
        while chunk := part.read(_WINDOW):
            for match in _MERGE.finditer(tail + chunk):
                cells = match[1].decode()
                found[cells] = (int(match[2]), int(match[3]), cells)
            tail = chunk[-_OVERLAP:]
    return tuple(found.values())


def _part(sheet: Any) -> str:
    """Return which part of the archive a sheet is; only openpyxl's own reader knows."""
    return str(sheet._worksheet_path).lstrip("/")


def _rows(path: Path, sheet: Any) -> Iterator[Row]:
    with _explaining(path):
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
                raise UnusableExport(f"{path.name} has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns")
            yield Row(number, _texts(cells))


def _texts(cells: Sequence[object]) -> list[str]:
    """Return cells as text, those at the end that are empty left out."""
    texts = [_written(cell) if isinstance(cell, str) else _text(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _written(cell: str) -> str:
    """Return a text marked as one where it looks like a formula; one that is computed never comes as its formula."""
    return f"'{cell}" if cell[:1] in _LIKE_A_FORMULA and cell else cell


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= _EXACT:
        return f"{cell:e}"  # a spreadsheet keeps 15 digits of a number: the others are lost
    return str(cell)
