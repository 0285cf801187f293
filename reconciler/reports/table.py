"""Rows as a plain table that fits a terminal; what does not fit is left out or cut, and said to be.

Columns stand in the order of their value. Where there are too many, the extra ones go first, the last of them before
the others; then long cells are cut; then the good ones go, and only what a row makes no sense without always stays.
Without a width, as in a pipe, everything is shown whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from textwrap import wrap
from typing import NamedTuple

from reconciler.reports import characters
from reconciler.reports.text import Paint

_GAP = "  "
_NARROWEST = 3


class Worth(IntEnum):
    """How long a column stays on a terminal that gets narrower."""

    EXTRA = 0
    GOOD = 1
    ESSENTIAL = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, its worth, the width its cells may be cut to, and colours by cell."""

    head: str
    worth: Worth = Worth.EXTRA
    least: int = 40
    figures: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)


class _Fitted(NamedTuple):
    """A column that stays: where its cells stand in a row, how wide it is shown, and how wide it would like to be."""

    column: Column
    at: int
    width: int
    natural: int


def table_text(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, paint: Paint, width: int | None) -> str:
    """Return the table of `rows`, a cell for each column, within `width` columns of a terminal; None is no limit."""
    cells = [tuple(map(one_line, row)) for row in rows]
    heads = tuple(column.head for column in columns)
    wishes = (max(map(characters.columns, held)) for held in zip(heads, *cells, strict=True))
    whole = [_Fitted(column, at, wish, wish) for at, (column, wish) in enumerate(zip(columns, wishes, strict=True))]
    shown = whole if width is None or _total(whole) <= width else _fitted(whole, width)
    lines = [paint(_GAP.join(_padded(heads[each.at], each) for each in shown).rstrip(), "bold")]
    lines += [_GAP.join(_painted(row[each.at], each, paint) for each in shown).rstrip() for row in cells]
    lines += [line for note in _notes(whole, shown) for line in wrap(note, max(width or 0, 20))]
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    """Return `text` as it can stand in a cell: in one line, with nothing in it that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    return characters.printable(" ".join(text.split())).replace("\x1b", "\\u001b")


def _fitted(whole: Sequence[_Fitted], width: int) -> list[_Fitted]:
    """Return what fits; what is left over goes to the first columns."""
    shown = _thinned(whole, Worth.EXTRA, width)
    if _total(shown) > width:
        shown = [each._replace(width=min(each.width, max(each.column.least, len(each.column.head)))) for each in shown]
    shown = _thinned(shown, Worth.GOOD, width)
    while _total(shown) > width and (widest := max(shown, key=lambda each: each.width)).width > _NARROWEST:
        shown[shown.index(widest)] = widest._replace(width=widest.width - 1)
    for at, each in enumerate(shown):
        more = min(each.natural - each.width, width - _total(shown))
        shown[at] = each._replace(width=each.width + max(0, more))
    return shown


def _thinned(shown: Sequence[_Fitted], worth: Worth, width: int) -> list[_Fitted]:
    """Return `shown` without the last of those that are worth no more, as many as it takes."""
    left = list(shown)
    while _total(left) > width and (idle := [each for each in left if each.column.worth <= worth]):
        left.remove(idle[-1])
    return left


def _total(shown: Sequence[_Fitted]) -> int:
    return sum(each.width for each in shown) + len(_GAP) * (len(shown) - 1)


def _padded(cell: str, fitted: _Fitted) -> str:
    text = characters.cut(cell, fitted.width)
    blanks = " " * (fitted.width - characters.columns(text))
    return blanks + text if fitted.column.figures else text + blanks


def _painted(cell: str, fitted: _Fitted, paint: Paint) -> str:
    colour = fitted.column.colours.get(cell)
    return paint(_padded(cell, fitted), colour) if colour else _padded(cell, fitted)


def _notes(whole: Sequence[_Fitted], shown: Sequence[_Fitted]) -> Iterator[str]:
    """Say what a narrow terminal does not show."""
    here = {each.at for each in shown}
    left_out = [each.column.head.lower() for each in whole if each.at not in here]
    if left_out:
        yield f"columns left out: {', '.join(left_out)}; --format csv has all"
    if any(each.width < each.natural for each in shown):
        yield "long cells end in …; --format csv has them whole"
