"""Find the row of headings in an export, and in which column each thing stands that is mapped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.errors import Place, Problem, quoted
from reconciler.providers.file.table import Row

#: Titles and the like may stand above the headings.
LOOKED_AT = 20


class Heads(NamedTuple):
    """The row of headings: its number, its cells, and the column of each field that is mapped."""

    number: int
    cells: tuple[str, ...]
    at: Mapping[str, int]


def bare(text: str) -> str:
    """Return a word as it is compared: without case, accents, blanks and signs."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]", "", letters)


def find_heads(name: str, rows: Iterator[Row], columns: Mapping[str, str]) -> tuple[Heads | None, list[Problem]]:
    """Return the headings, of the first rows the one with most of `columns`; None where one is missing or twice."""
    best: tuple[int, Row] | None = None
    wanted = {_same(heading) for heading in columns.values()}
    for row in rows:
        found = len(wanted & {_same(cell) for cell in row.cells})
        if best is None or found > best[0]:
            best = found, row
        if found == len(wanted) or row.number >= LOOKED_AT:
            break
    if best is None or not any(cell.strip() for cell in best[1].cells):
        return None, [Problem("the export is empty", Place(name, 1, 1), "Export it again; an empty one is no fleet.")]
    row = best[1]
    problems = list(_problems(name, row, columns))
    cells = tuple(cell.strip() for cell in row.cells)
    places = {_same(cell): index for index, cell in reversed(list(enumerate(row.cells)))}
    at = {field: places.get(_same(heading), -1) for field, heading in columns.items()}
    return (None if problems else Heads(row.number, cells, at)), problems


def _problems(name: str, row: Row, columns: Mapping[str, str]) -> Iterator[Problem]:
    heads = [_same(cell) for cell in row.cells]
    for field, heading in columns.items():
        count = heads.count(_same(heading))
        if count == 0:
            message = f"there is no column {quoted(heading)}, which fleet.yaml names for {field}"
            yield Problem(message, Place(name, row.number, 1), f"There are {_listed(row.cells)}.")
        elif count > 1:
            columns_at = [str(index + 1) for index, head in enumerate(heads) if head == _same(heading)]
            message = f"the heading {quoted(heading)} is there {count} times, in columns {', '.join(columns_at)}"
            yield Problem(message, Place(name, row.number, 1), f"Rename one of them; it is meant to be {field}.")


def _same(heading: str) -> str:
    """Return a heading as it is compared: case and blanks tell nothing."""
    return " ".join(heading.split()).casefold()


def _listed(cells: Sequence[str]) -> str:
    return ", ".join(quoted(cell.strip()) for cell in cells if cell.strip()) or "none"
