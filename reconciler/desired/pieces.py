"""The pieces of a text that one small change replaces: lines of a block, words between brackets, one value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from reconciler.desired.layout import Entry, Layout, Node, Shape, Span
from reconciler.desired.write import quoted, value_text
from reconciler.errors import EditRefused

_ENDS = ("\n", "\r", "\x85", "\u2028", "\u2029")
_ANCHOR = re.compile(r"&\S+[ \t]*")
_COMMENT_BEHIND = re.compile("[ \t]+#[^\n\r\x85\u2028\u2029]*")
_BEFORE_COMMENT = re.compile(" +(?=#)")


class Splice(NamedTuple):
    """A piece of a text, and what stands there instead."""

    start: int
    end: int
    text: str


def applied(text: str, splices: Sequence[Splice]) -> str:
    """Return the text with every splice made; those at one place in their order."""
    parts, done = [], 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        if splice.start < done:
            raise EditRefused("these changes are too close to each other", hint="Make one after the other.")
        parts += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join([*parts, text[done:]])


def require_ended(layout: Layout) -> None:
    """Raise where a text of several lines ends the file and its last line has no end, which is part of its value."""
    last = layout.root
    while last is not None and last.entries:
        last = last.entries[-1].value
    if last is not None and last.quote in ("|", ">") and not layout.text.endswith(_ENDS):
        hint = "End the last line of the file with a line break, or write the text as '|-'."
        raise EditRefused("nothing can follow this text as it is", place=layout.place(last.start), hint=hint)


def step(layout: Layout) -> int:
    """Return how many spaces this text indents a level by."""
    for node in layout.root.within() if layout.root else ():
        for entry in node.entries:
            inner = entry.value
            if not node.flow and inner.shape is node.shape is Shape.MAPPING and not inner.flow:
                return layout.column(inner.entries[0].start) - layout.column(entry.start)
    return 2


def separates(layout: Layout, node: Node) -> bool:
    """Tell whether blank lines stand between the entries of a block."""
    return len(node.entries) > 1 and layout.separated(node.entries[-1])


def inserted(layout: Layout, line: int, lines: Sequence[str], column: int) -> Splice:
    """Insert lines before a line of the text, or at its end."""
    at = layout.start(line)
    whole = layout.newline.join(f"{' ' * column}{text}" if text else "" for text in lines)
    ended = layout.text[:at].endswith(_ENDS) or not at
    return Splice(at, at, f"{whole}{layout.newline}" if ended else f"{layout.newline}{whole}")


def beside(layout: Layout, node: Node, kept: Sequence[Entry], place: Entry | None, lines: Sequence[str]) -> Splice:
    """Insert lines into a block behind the entry `place`, or before the first that is kept."""
    column = layout.column(node.entries[0].start)
    if place or not kept:
        return inserted(layout, layout.extent(place or node.entries[-1]).end, lines, column)
    first = kept[0]
    if not layout.leads(first.start):
        raise EditRefused(
            "nothing can be put before this", place=layout.place(first.start), hint="Give it a line of its own."
        )
    return inserted(layout, layout.extent(first).first, lines, column)


def dropped(layout: Layout, gone: Sequence[Entry]) -> Iterator[Splice]:
    """Take entries out of a block; blank lines before them go where there would be two gaps, or one at the end."""
    end = -1
    for entry in gone:
        if not layout.leads(entry.start):
            place = layout.place(entry.start)
            raise EditRefused("this cannot be taken out", place=place, hint="Give it a line of its own.")
        extent = layout.extent(entry)
        gap = extent.first
        while gap > 0 and not layout.words(gap - 1) and gap != end:
            gap -= 1
        first = gap if gap == end or not layout.words(extent.end) else extent.first
        yield Splice(layout.start(max(first, end)), layout.start(extent.end), "")
        end = extent.end


def lines_of(layout: Layout, gone: Sequence[Entry]) -> list[Span]:
    """Return the lines of entries of a block, with the comments that belong to them."""
    extents = [layout.extent(entry) for entry in gone]
    return [Span(layout.start(extent.first), layout.start(extent.end)) for extent in extents]


def has_free_comment(layout: Layout, node: Node) -> bool:
    """Tell whether lines of comments stand in a block that belong to none of its entries."""
    extents = [layout.extent(entry) for entry in node.entries]
    begin = extents[0].first
    while begin and (not layout.words(begin - 1) or layout.words(begin - 1).startswith("#")):
        begin -= 1
    ends = [begin, *(extent.end for extent in extents)]
    between = [line for end, extent in zip(ends, extents, strict=False) for line in range(end, extent.first)]
    return any(layout.words(line).startswith("#") for line in between)


def without_idle_anchors(layout: Layout, entry: Entry) -> str:
    """Return the lines of an entry of a block without the anchors that nothing refers to."""
    (span,) = lines_of(layout, [entry])
    splices = []
    for node in entry.value.within():
        if node.anchor and not node.aliases:
            found = _ANCHOR.match(layout.text, node.start)
            assert found is not None, "a node begins with its anchor"
            splices.append(Splice(found.start() - span.start, found.end() - span.start, ""))
    return applied(layout.text[span.start : span.end], splices)


def emptied(layout: Layout, entry: Entry) -> Iterator[Splice]:
    """Leave `{}` or `[]` of a block."""
    yield from dropped(layout, entry.value.entries)
    at = _behind_colon(layout, entry)
    yield Splice(at, at, " {}" if entry.value.shape is Shape.MAPPING else " []")


def opened(layout: Layout, entry: Entry) -> Splice:
    """Take the `{}` of an entry away, so that lines can follow below it."""
    start = entry.value.start
    while layout.text[start - 1] == " ":
        start -= 1
    return Splice(start, entry.value.end, "")


def replaced(layout: Layout, entry: Entry, after: Any, *, flow: bool) -> Iterator[Splice]:
    """Write another value in the place of the old one, with the quotes it had."""
    node = entry.value
    text = _like(node, entry.key, after, flow=flow)
    below = layout.line(node.start) > layout.line(entry.key_end - 1)
    if below and node.shape in (Shape.MAPPING, Shape.SEQUENCE) and not node.flow:
        at = _behind_colon(layout, entry)
        yield Splice(at, at, f" {text}{_comment_on_name(layout, node)}")
        yield Splice(layout.start(layout.line(entry.key_end - 1) + 1), layout.start(layout.line(node.end - 1) + 1), "")
    elif node.start == node.end:
        yield Splice(node.start, node.end, f" {text}")
    else:
        end, comment = node.end, ""
        if node.entries and not node.flow and node.entries[-1].key != "name":
            last = _COMMENT_BEHIND.match(layout.text, node.end)
            end, comment = last.end() if last else node.end, _comment_on_name(layout, node)
        yield Splice(node.start, end, text + comment)
        if not flow:
            yield from _comment_kept(layout, node, len(text))


def _comment_on_name(layout: Layout, node: Node) -> str:
    """Return the comment behind the name of something with dates, which stays when the dates go; "" for none."""
    name = next((entry for entry in node.entries if entry.key == "name"), None)
    found = _COMMENT_BEHIND.match(layout.text, name.end) if name else None
    return found[0] if found else ""


def _like(node: Node, key: str, value: Any, *, flow: bool) -> str:
    """Return a value in the quotes of the one that stands there."""
    if isinstance(value, str) and node.quote == "'":
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, str) and node.quote == '"':
        return quoted(value)
    return value_text(key, value, flow=flow)


def _comment_kept(layout: Layout, node: Node, length: int) -> Iterator[Splice]:
    """Keep the column of a comment behind a value that gets longer or shorter, as far as there is room."""
    gap = _BEFORE_COMMENT.match(layout.text, node.end)
    if gap and layout.line(node.start) == layout.line(node.end):
        wide = len(gap[0])
        wanted = max(min(wide, 2), wide + node.end - node.start - length)
        yield Splice(node.end, gap.end(), " " * wanted)


def _behind_colon(layout: Layout, entry: Entry) -> int:
    return layout.text.index(":", entry.key_end) + 1
