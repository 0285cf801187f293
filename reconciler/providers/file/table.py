"""A table that was exported, whatever its kind of file: rows of text, with the numbers a spreadsheet shows for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from reconciler.errors import UnusableExport

#: More than this, uncompressed, no export of a fleet of a million services has.
MOST_BYTES = 180_000_000
MOST_ROWS = 1_048_576
MOST_COLUMNS = 1_000
WORKBOOK = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written; None where that is to be recognised."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    dates: str | None = None
    sheet: str | None = None


class Row(NamedTuple):
    """A row by the number a spreadsheet shows for it, from 1."""

    number: int
    cells: Sequence[str]


class Rows(NamedTuple):
    """The rows of a table that is open, `form` as far as it was recognised, and the rows that merged cells span."""

    form: Form
    rows: Iterator[Row]
    #: Whether a row may be shorter than its headings: workbooks leave empty cells out.
    ragged: bool
    merged: tuple[tuple[int, int, str], ...] = ()


class Opener(Protocol):
    """Opens a table for as long as it is read."""

    def __call__(self, path: Path, form: Form) -> AbstractContextManager[Rows]:
        """Yield the rows of the file at `path`; raises UnusableExport where it is none that is read."""


def open_table(path: Path, form: Form) -> AbstractContextManager[Rows]:
    """Yield the rows of the table in a file, a few at a time; raises UnusableExport."""
    from reconciler.providers.file.delimited import delimited
    from reconciler.providers.file.workbook import workbook

    opener: Opener = workbook if path.suffix.lower() in WORKBOOK else delimited
    return opener(path, form)


def require_size(path: Path, size: int) -> None:
    """Raise UnusableExport where a file, or what is packed in it, is larger than any export is."""
    if size > MOST_BYTES:
        message = f"{path.name} holds {size // 1_000_000} MB, and no more than {MOST_BYTES // 1_000_000} MB are read"
        raise UnusableExport(message, hint="Export the mobile services alone, or without formatting; or as CSV.")
