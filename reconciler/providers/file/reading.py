"""Read an export row by row into texts by field, and gather everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import InvalidInput, Place, Problem, UnusableExport, quoted
from reconciler.providers.file.cells import Unreadable, plain
from reconciler.providers.file.headings import Heads, find_heads
from reconciler.providers.file.settings import Export
from reconciler.providers.file.table import Form, Row, Rows, open_table

#: So many problems of one export are told; of the others, how many there are.
_MOST = 50


class Entry(NamedTuple):
    """A row with what it says of each field that is mapped; what is empty is not in it."""

    row: int
    texts: Mapping[str, str]


@dataclass(slots=True)
class Trouble:
    """What is wrong with one export: problems by row, and words that nobody knows with how often they are there."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    untold: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    unknown: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, row: int, field_name: str | None, message: str, hint: str | None = None) -> None:
        """Tell what is wrong with a row."""
        if len(self.problems) >= _MOST:
            self.untold += 1
            return
        column = self.columns.get(field_name or "", 0) + 1
        self.problems.append(Problem(f"row {row}: {message}", Place(self.name, row, column), hint))

    def unknown_word(self, row: int, field_name: str, word: str) -> None:
        """Count a word of a mapped column that nobody knows."""
        rows = self.unknown.setdefault((field_name, word), [])
        rows.append(row)

    def told(self, kind: str) -> list[Problem]:
        """Return everything that is wrong."""
        found = list(self.problems)
        if self.untold:
            message = f"and {self.untold} rows more cannot be understood"
            found.append(Problem(message, Place(self.name, 1, 1), "Is a column mapped to the wrong heading?"))
        for (name, word), rows in self.unknown.items():
            count = f"{len(rows)} rows, first in row {rows[0]}" if len(rows) > 1 else f"row {rows[0]}"
            hint = f"Say what it means: provider.exports.{kind}.values.{name} in fleet.yaml."
            place = Place(self.name, rows[0], self.columns.get(name, 0) + 1)
            found.append(Problem(f"unknown {name} {quoted(word)}, in {count}", place, hint))
        return found


class Opened(NamedTuple):
    """An export that is open: how it is written, its headings, and its entries, to be gone through once."""

    form: Form
    heads: Heads
    entries: Iterator[Entry]


@contextmanager
def reading(path: Path, name: str, export: Export, trouble: Trouble) -> Iterator[Opened]:
    """Yield an export whose headings are in order; raises InvalidInput where they are not, UnusableExport."""
    try:
        with open_table(path, export.form) as rows:
            heads, problems = find_heads(name, rows.rows, export.columns)
            if heads is None:
                raise InvalidInput(problems)
        trouble.columns = heads.at
        with open_table(path, export.form) as rows:
            yield Opened(rows.form, heads, _entries(rows, heads, trouble))
    except OSError as error:
        raise UnusableExport(f"{name} cannot be read: {error.strerror or error}", hint="Look at its rights.") from error


def _entries(rows: Rows, heads: Heads, trouble: Trouble) -> Iterator[Entry]:
    for first, last, cells in rows.merged:
        if last > heads.number:
            message = f"cells {cells} are merged, and only the first of them would have the value"
            trouble.add(max(first, heads.number + 1), None, message, "Take the merge back, or export as CSV.")
    fields = tuple((name, at) for name, at in heads.at.items())
    for row in rows.rows:
        if row.number <= heads.number or not any(map(str.strip, row.cells)):
            continue
        whole = _whole(row, heads, rows.ragged, trouble)
        if whole is not None:
            yield Entry(row.number, _texts(row.number, whole, fields, trouble))


def _whole(row: Row, heads: Heads, ragged: bool, trouble: Trouble) -> list[str] | None:
    """Return the cells of a row, one for each heading; None for a row that has more or fewer."""
    width, cells = len(heads.cells), list(row.cells)
    if len(cells) > width and any(map(str.strip, cells[width:])):
        hint = "Is there a delimiter in a cell without quotes around it?"
        trouble.add(row.number, None, f"{len(cells)} cells under {width} headings", hint)
        return None
    if len(cells) < width and not ragged:
        trouble.add(
            row.number, None, f"{len(cells)} cells under {width} headings", "Is the file whole? Export it again."
        )
        return None
    return cells + [""] * (width - len(cells))


def _texts(row: int, cells: list[str], fields: tuple[tuple[str, int], ...], trouble: Trouble) -> dict[str, str]:
    texts = {}
    for name, at in fields:
        cell = cells[at]
        if not cell:
            continue
        try:
            text = plain(cell)
        except Unreadable as error:
            trouble.add(row, name, str(error))
            continue
        if text:
            texts[name] = text
    return texts
