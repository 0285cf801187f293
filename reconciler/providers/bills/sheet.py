"""The rows of a listing in a workbook, read as exports of a portal are: row by row, nothing in a cell computed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import UnreadableBill, UnusableExport
from reconciler.providers.file.table import Form


def sheet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet by their numbers, as wide as its headings; raises UnreadableBill."""
    from reconciler.providers.file.workbook import workbook

    try:
        with workbook(path, Form()) as table:
            for _, _, cells in table.merged:
                message = f"{path}: cells {cells} are merged, so a row below the first of them has nothing there"
                raise UnreadableBill(message, hint="Take the merge apart in the spreadsheet, and fill every row.")
            width = 0
            for number, row in table.rows:
                width = width or len(row)
                yield number, [*(cell.strip() for cell in row), *[""] * (width - len(row))]
    except UnusableExport as error:
        raise UnreadableBill(str(error), hint="Save it as .xlsx anew, or as CSV.") from error
