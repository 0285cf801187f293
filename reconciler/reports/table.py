"""Rows as a plain table that fits a terminal; what does not fit is left out or cut, and said to be.

Columns stand in the order of their value. Where there are too many, the last go first; then long cells of those that
stay are cut. Without a width, as in a pipe, everything is shown whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from reconciler.reports import characters
from reconciler.reports.text import Paint

_GAP = "  "
_NARROWEST = 3
_ALWAYS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, the width its cells may be cut to, whether figures stand in it, and colours by cell."""

    head: str
    least: int = 40
    figures: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)


def table_text(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, paint: Paint, width: int | None) -> str:
    """Return the table of `rows`, a cell for each column, within `width` columns of a terminal; None is no limit."""
    cells = [tuple(map(one_line, row)) for row in rows]
    heads = tuple(column.head for column in columns)
    natural = [max(map(characters.columns, held)) for held in zip(heads, *cells, strict=True)]
    widths = natural if width is None else _fitted(columns, natural, width)
    lines = [paint(_GAP.join(_padded(columns, heads, widths)).rstrip(), "bold")]
    for row in cells:
        padded = _padded(columns, row, widths)
        painted = (_painted(*each, paint) for each in zip(columns, row, padded, strict=False))
        lines.append(_GAP.join(painted).rstrip())
    if width is not None:
        lines += [line for note in _notes(columns, widths, natural) for line in wrap(note, max(width, 20))]
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    """Return `text` as it can stand in a cell: in one line, with nothing in it that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    return characters.printable(" ".join(text.split())).replace("\x1b", "\\u001b")


def _fitted(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Return the widths of the columns that stay; the first two do, however narrow they get."""
    if _total(natural) <= width:
        return list(natural)
    widths = [min(wish, max(column.least, len(column.head))) for column, wish in zip(columns, natural, strict=True)]
    while len(widths) > _ALWAYS_SHOWN and _total(widths) > width:
        widths.pop()
    while _total(widths) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for at, narrow in enumerate(widths):
        widths[at] += max(0, min(natural[at] - narrow, width - _total(widths)))
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _padded(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    padded = []
    for column, cell, width in zip(columns, cells, widths, strict=False):
        text = characters.cut(cell, width)
        blanks = " " * (width - characters.columns(text))
        padded.append(blanks + text if column.figures else text + blanks)
    return padded


def _painted(column: Column, cell: str, padded: str, paint: Paint) -> str:
    colour = column.colours.get(cell)
    return paint(padded, colour) if colour else padded


def _notes(columns: Sequence[Column], widths: Sequence[int], natural: Sequence[int]) -> Iterator[str]:
    """Say what a narrow terminal does not show."""
    left_out = [column.head.lower() for column in columns[len(widths) :]]
    if left_out:
        yield f"columns left out: {', '.join(left_out)}; --format csv has all"
    if any(width < wish for width, wish in zip(widths, natural, strict=False)):
        yield "long cells end in …; --format csv has them whole"
