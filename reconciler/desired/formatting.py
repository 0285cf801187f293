"""Bring the text of a users' file into the usual form: what is safe to move moves, comments and blank lines stay.

Two spaces a level, keys in the order of `write`, double quotes around numbers and SIMs, one space behind a colon. What
stands between brackets keeps its layout, and so does whoever shares something by an alias. Several small passes, each
over the text as the one before left it; at the end the text must hold the values it held.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from yaml import YAMLError

from reconciler.desired.comments import require_comments_kept
from reconciler.desired.layout import BOM, Entry, Layout, Node, Shape
from reconciler.desired.pieces import Splice, applied, require_ended
from reconciler.desired.write import FIGURE_KEYS, SERVICE_KEYS, USER_KEYS, quoted
from reconciler.desired.yaml import parse
from reconciler.errors import EditRefused, InvalidInput, Place

_STEP = 2
_BY_HAND = "Format it by hand."
_DIGITS = re.compile(r"\+?[0-9]+")
_COLON = re.compile("( *):( *)")
#: Columns of the entries around a line, from the outermost, as they are and as they become.
_Levels: TypeAlias = tuple[tuple[int, int], ...]


def formatted(text: str, *, file: str) -> str:
    """Return the text of a users' file in the usual form; the same again for one that is in it already.

    Raises InvalidInput where it cannot be read, EditRefused where it would not mean the same afterwards.
    """
    body = text.removeprefix(BOM)
    read = parse(body, file)
    if read.problems:
        raise InvalidInput(read.problems)
    if not body.strip():
        return text
    intended = _intended(Layout.of(body, file).root, read.value)
    result = _passed(body, file)
    after = parse(result, file)
    if after.problems or after.value != intended:
        require_ended(Layout.of(body, file))
        place = after.problems[0].place if after.problems else Place(file, 1, 1)
        raise EditRefused("this file would not mean the same in the usual form", place=place, hint=_BY_HAND)
    require_comments_kept(Layout.of(body, file), Layout.of(result, file), (), ())
    return text[: len(text) - len(body)] + result


def _passed(text: str, file: str) -> str:
    """Return a text after all passes; raises EditRefused where one of them cannot read what another left."""
    try:
        for make in (_ended, _spaced, _indented, _services_ordered, _users_ordered, _trimmed):
            layout = Layout.of(text, file)
            text = applied(text, list(make(layout)))
    except YAMLError as error:
        message = "this file would not be readable in the usual form"
        raise EditRefused(message, place=Place(file, 1, 1), hint=_BY_HAND) from error
    return text


def _intended(node: Node | None, value: Any, key: str = "") -> Any:
    """Return the values the text is to hold: as they were, but for a number without quotes, which becomes text."""
    if node is not None and node.shape is Shape.MAPPING:
        return {entry.key: _intended(entry.value, value[entry.key], entry.key) for entry in node.entries}
    if node is not None and node.shape is Shape.SEQUENCE:
        return [_intended(entry.value, inner) for entry, inner in zip(node.entries, value, strict=True)]
    return node.name if node is not None and _wants_quotes(node, key) else value


def _wants_quotes(node: Node, key: str) -> bool:
    return (
        key in FIGURE_KEYS and node.shape is Shape.SCALAR and node.quote != '"' and bool(_DIGITS.fullmatch(node.name))
    )


def _ended(layout: Layout) -> Iterator[Splice]:
    """End the last line."""
    if layout.words(len(layout.starts) - 1):
        yield Splice(len(layout.text), len(layout.text), layout.newline)


def _spaced(layout: Layout) -> Iterator[Splice]:
    """Put one space behind the colons of blocks and none before, and numbers into double quotes."""
    for node in layout.root.within() if layout.root else ():
        for entry in node.entries:
            if not node.flow and node.shape is Shape.MAPPING:
                yield from _around_colon(layout, entry)
            if _wants_quotes(entry.value, entry.key):
                yield from _in_quotes(layout, entry.value)


def _around_colon(layout: Layout, entry: Entry) -> Iterator[Splice]:
    colon = _COLON.match(layout.text, entry.key_end)
    if colon:
        yield Splice(colon.start(1), colon.end(1), "")
    if colon and colon[2] and colon.end() == entry.value.start < entry.value.end:
        yield Splice(colon.start(2), colon.end(2), " ")


def _in_quotes(layout: Layout, node: Node) -> Iterator[Splice]:
    """Put a number into double quotes, unless an anchor stands before it."""
    if layout.text[node.start] not in "&!|>":
        yield Splice(node.start, node.end, quoted(node.name))


def _indented(layout: Layout) -> Iterator[Splice]:
    """Indent every level by two spaces; comments move with what stands around them."""
    ruler = _Ruler(layout)
    for line in range(len(layout.starts)):
        column, new = layout.indentation(line), ruler.column(line)
        if layout.words(line) and new != column:
            yield Splice(layout.start(line), layout.start(line) + column, " " * new)


class _Ruler:
    """Knows in which column each line is to start."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._levels: dict[int, _Levels] = {}
        self._shifts: dict[int, int] = {}
        if layout.root is not None:
            self._measure(layout.root, 0, ())
        known = sorted(self._levels)
        self._around = [
            dict((*self._levels[known[max(at - 1, 0)]], *self._levels[known[min(at, len(known) - 1)]])) if known else {}
            for at in (bisect_left(known, line) for line in range(len(layout.starts)))
        ]

    def column(self, line: int) -> int:
        """Return the column of a line: as far as its entry moves, or, for a comment, as what stands around it."""
        column = self._layout.indentation(line)
        if line in self._shifts:
            return max(column + self._shifts[line], 0)
        levels = self._around[line]
        base = max((old for old in levels if old <= column), default=None)
        return column if base is None else levels[base] + column - base

    def _measure(self, node: Node, new: int, outer: _Levels) -> None:
        """Note for the lines of a node what its entries in column `new` make of them."""
        for entry in () if node.flow else node.entries:
            old, line = self._layout.column(entry.start), self._layout.line(entry.start)
            levels = self._levels[line] = (*outer, (old, new))
            if self._layout.leads(entry.start):
                self._shifts[line] = new - old
            inner = entry.value
            if inner.flow or not inner.entries:
                last = self._layout.line(max(inner.end - 1, entry.start))
                self._shifts |= dict.fromkeys(range(line + 1, last + 1), new - old)
            self._measure(inner, self._inner_column(entry, old, new), levels)

    def _inner_column(self, entry: Entry, old: int, new: int) -> int:
        """Return where the entries inside one start: two spaces on, or where they stand behind a dash."""
        if entry.value.entries and not self._layout.leads(entry.value.entries[0].start):
            return new + self._layout.column(entry.value.entries[0].start) - old
        return new + _STEP


def _services_ordered(layout: Layout) -> Iterator[Splice]:
    """Put the keys of services in order."""
    for user in _inside(layout.root, "users"):
        for service in _inside(user.value, "services"):
            yield from _sorted(layout, service, SERVICE_KEYS)


def _users_ordered(layout: Layout) -> Iterator[Splice]:
    """Put the keys of users in order."""
    for user in _inside(layout.root, "users"):
        yield from _sorted(layout, user, USER_KEYS)


def _inside(node: Node | None, key: str) -> Sequence[Entry]:
    """Return what stands in the mapping under `key`."""
    entries = node.entries if node is not None else ()
    return next((entry.value.entries for entry in entries if entry.key == key), [])


def _sorted(layout: Layout, around: Entry, order: Sequence[str]) -> Iterator[Splice]:
    """Put the lines of entries in order, each with the comments and blank lines before it."""
    node = around.value
    entries = node.entries
    wanted = sorted(entries, key=lambda entry: order.index(entry.key) if entry.key in order else len(order))
    shared = any(inner.aliases or inner.target for inner in node.within())
    if node.flow or shared or wanted == entries or not all(layout.leads(entry.start) for entry in entries):
        return
    ends = [layout.start(layout.line(around.key_end) + 1), *(layout.start(layout.extent(each).end) for each in entries)]
    parts = {id(each): layout.text[ends[at] : ends[at + 1]] for at, each in enumerate(entries)}
    yield Splice(ends[0], ends[-1], "".join(parts[id(each)] for each in wanted))


def _trimmed(layout: Layout) -> Iterator[Splice]:
    """Take white space off the ends of lines, outside of texts that go on over several."""
    inside: set[int] = set()
    for node in layout.root.within() if layout.root else ():
        if node.shape is Shape.SCALAR:
            more = 1 if node.quote in ("|", ">") else 0
            inside.update(range(layout.line(node.start), layout.line(node.end) + more))
    for line in range(len(layout.starts)):
        body = layout.text[layout.start(line) : layout.start(line + 1)].rstrip("\r\n\x85\u2028\u2029")
        bare = body.rstrip(" \t")
        if bare != body and line not in inside:
            yield Splice(layout.start(line) + len(bare), layout.start(line) + len(body), "")
