"""What stands between brackets, taken apart: which comment, comma and line end belongs to which entry.

A comment behind an entry belongs to the entries of its line, one on a line of its own to the entry right below it, and
one behind the opening bracket to the brackets. Entries that go take their own comments along; every other one stays
where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reconciler.desired.flow_gaps import (
    ends_line,
    gap_between,
    gap_lines,
    split_before_bracket,
    split_first_line,
    without_comma,
    without_comments,
)
from reconciler.desired.layout import BREAK, Entry, Layout, Node, Span
from reconciler.desired.pieces import Splice, step

_TAIL = re.compile(r"(?P<before>[ \t]*)(?P<comma>,?)(?P<after>.*)", re.DOTALL)
_COMMA_FIRST = re.compile(r"(?P<indent>[ \t]*)(?P<opening>,[ \t]*)")


@dataclass(slots=True)
class Item:
    """An entry between brackets, or the text of a new one, with what stands around it.

    In the order of the text: `free` lines that belong to nobody, lines of comments that are its own, `indent`,
    `opening` where commas come first, the entry, `before` its comma, the comma, and what follows it on the line.
    """

    entry: Entry | None = None
    text: str = ""
    free: str = ""
    comments: str = ""
    indent: str = ""
    opening: str = ""
    before: str = ""
    comma: bool = False
    after: str = ""
    starts_line: bool = False

    @property
    def ends_line(self) -> bool:
        """Whether nothing else follows on its line."""
        return ends_line(self.after)

    @property
    def span(self) -> Span:
        """From its own comments above it to the end of what follows it."""
        assert self.entry is not None, "new items have no place yet"
        lead, tail = self.comments + self.indent + self.opening, self.before + "," * self.comma + self.after
        return Span(self.entry.start - len(lead), self.entry.end + len(tail))


@dataclass(slots=True)
class Brackets:
    """A collection between brackets: the opening one with the rest of its line, the items, and the end of it."""

    start: int
    head: str
    items: list[Item]
    foot: str
    trailing: bool
    indent: str
    newline: str
    #: What goes with the items that were taken out.
    gone: list[Span] = field(default_factory=list)

    @classmethod
    def of(cls, layout: Layout, node: Node) -> Brackets:
        """Return the parts of a collection; raises EditRefused where something else stands between its entries."""
        text, newline = layout.text, layout.newline
        close = text[node.end - 1]
        start = text.index("{" if close == "}" else "[", node.start)
        line = layout.text[layout.start(layout.line(start)) : start]
        indent = " " * (len(line) - len(line.lstrip(" ")) + step(layout))
        if not node.entries:
            head, foot = split_first_line(gap_between(layout, start + 1, node.end - 1, commas=0))
            return cls(start, text[start] + head, [], foot + close, False, indent, newline)
        gaps = [
            gap_between(layout, one.end, other.start, commas=1)
            for one, other in zip(node.entries, node.entries[1:], strict=False)
        ]
        head, lead = split_first_line(gap_between(layout, start + 1, node.entries[0].start, commas=0))
        last = gap_between(layout, node.entries[-1].end, node.end - 1, commas=-1)
        items = [_item(node.entries[0], lead, starts_line=ends_line(head))]
        for entry, gap in zip(node.entries[1:], gaps, strict=True):
            tail, lead = split_first_line(gap)
            if "," in without_comments(lead) and not _COMMA_FIRST.fullmatch(gap_lines(lead)[-1]):
                tail, lead = f",{tail}", without_comma(lead)
            _end(items[-1], tail)
            items.append(_item(entry, lead, starts_line=items[-1].ends_line))
        tail, foot = split_first_line(last) if BREAK.search(last) else split_before_bracket(last)
        trailing = "," in without_comments(last)
        if "," in without_comments(foot):
            tail, foot = f",{tail}", without_comma(foot)
        _end(items[-1], tail)
        return cls(start, text[start] + head, items, foot + close, trailing, indent, newline)

    def drop(self, kept: Sequence[Entry]) -> None:
        """Take out every item whose entry is not `kept`, with the comments that are its own."""
        out: list[Item] = []
        free, line = "", None
        for item in self.items:
            if item.entry in kept:
                item.free, free = free + item.free, ""
                if line is not None and not item.starts_line:
                    item.indent, item.starts_line = line, True
                line = None
                out.append(item)
                continue
            self.gone.append(item.span)
            free += item.free
            line = item.indent if item.starts_line else line
            if item.ends_line:
                self._end_line(item, out, is_empty=line is not None)
                line = None
        self.items = out
        self._close(free, line)

    def put(self, place: Entry | None, text: str) -> None:
        """Put a new item behind that of the entry `place` and those put there before, or at the beginning."""
        at = next((number for number, item in enumerate(self.items, 1) if item.entry is place), 0) if place else 0
        while at < len(self.items) and self.items[at].entry is None:
            at += 1
        self.items.insert(at, self._beside(at, text))

    def splices(self, end: int) -> Iterator[Splice]:
        """Yield what leads from the text, in which the collection ends at `end`, to how it is now."""
        done, gap = self.start, self.head
        for number, item in enumerate(self.items):
            gap += item.free + item.comments + item.indent + (item.opening if number else item.opening.replace(",", ""))
            if item.entry is not None:
                yield Splice(done, item.entry.start, gap)
                done, gap = item.entry.end, ""
            gap += item.text + self._tail(number)
        yield Splice(done, end, gap + self.foot)

    def _tail(self, number: int) -> str:
        """Return what follows an item: its comma where it needs one, its comment, the end of its line."""
        item = self.items[number]
        is_last = number == len(self.items) - 1
        needs_comma = self.trailing if is_last else not self.items[number + 1].opening
        after = "" if is_last and not item.after.strip(" \t") else item.after
        if needs_comma:
            return f"{item.before},{after}" if item.comma else f",{item.before}{after}"
        return item.before + after if after else ""

    def _end_line(self, item: Item, out: Sequence[Item], *, is_empty: bool) -> None:
        """End the line of an item that is taken out, where something is left on it."""
        if is_empty:
            return
        if out:
            # The comment is about whatever else stands on the line too.
            out[-1].after = item.after if item.comma else item.before + item.after
        else:
            self.head = self.head.rstrip(" \t") + self.newline

    def _close(self, free: str, line: str | None) -> None:
        """Bring the closing bracket behind what is left and behind the lines that are `free`.

        `line` is the indentation of what stood before it on its line, None where that is still there.
        """
        if not self.items and "#" not in self.head + free + self.foot:
            self.head, self.foot = self.head[0], self.foot[-1]
        elif free:
            self._break()
            self.foot = free + (self.foot if line is None else line + self.foot.lstrip(" \t"))
        elif line is not None:
            before = self.items[-1].after if self.items else self.head
            if "#" in before:
                self.foot = line + self.foot.lstrip(" \t")
            elif self.items:
                self.items[-1].after = ""
            else:
                self.head = self.head.rstrip()

    def _break(self) -> None:
        """End the line of what stands before the closing bracket."""
        if self.items and not self.items[-1].ends_line:
            self.items[-1].after += self.newline
        elif not self.items and not ends_line(self.head):
            self.head += self.newline

    def _beside(self, at: int, text: str) -> Item:
        """Return a new item that comes before the one at `at`, laid out as those around it."""
        opening = next((item.opening for item in self.items if item.opening), "")
        before = self.items[at - 1] if at else None
        behind = self.items[at] if at < len(self.items) else None
        indent = next((item.indent for item in self.items if item.starts_line), self.indent)
        if before is not None and before.ends_line:
            indent = before.indent if before.starts_line else indent
            return Item(text=text, indent=indent, opening=opening, after=self.newline, starts_line=True)
        if before is not None:
            after, before.after = before.after, " "
            return Item(text=text, after=after)
        if behind is not None and behind.starts_line:
            free, behind.free = behind.free, ""
            if opening:
                behind.opening = behind.opening or opening
            return Item(text=text, free=free, indent=behind.indent, after=self.newline, starts_line=True)
        if behind is not None:
            return Item(text=text, after=" ")
        is_line = ends_line(self.head)
        return Item(
            text=text, indent=indent if is_line else "", after=self.newline if is_line else "", starts_line=is_line
        )


def in_flow(
    layout: Layout, node: Node, kept: Sequence[Entry], new: Sequence[tuple[Entry | None, str]]
) -> tuple[list[Splice], list[Span]]:
    """Leave the entries `kept` between brackets, and put new ones behind the entries they come with.

    Return the splices, and what may go along with the entries that go.
    """
    if len(kept) == len(node.entries) and not new:
        return [], []
    brackets = Brackets.of(layout, node)
    brackets.drop(kept)
    for place, text in new:
        brackets.put(place, text)
    changed = [each for each in brackets.splices(node.end) if layout.text[each.start : each.end] != each.text]
    return changed, brackets.gone


def span_of(layout: Layout, node: Node, entry: Entry) -> Span:
    """Return where an entry between brackets and the comments that go with it stand."""
    return next(item.span for item in Brackets.of(layout, node).items if item.entry is entry)


def _item(entry: Entry, lead: str, *, starts_line: bool) -> Item:
    *above, indent = gap_lines(lead)
    first = len(above)
    while first and above[first - 1].lstrip(" \t").startswith("#"):
        first -= 1
    comma_first = _COMMA_FIRST.fullmatch(indent)
    opening = ""
    if comma_first:
        indent, opening = comma_first["indent"], comma_first["opening"]
    free, comments = "".join(above[:first]), "".join(above[first:])
    return Item(entry, free=free, comments=comments, indent=indent, opening=opening, starts_line=starts_line)


def _end(item: Item, tail: str) -> None:
    found = _TAIL.fullmatch(tail)
    assert found is not None, "everything fits"
    item.before, item.comma, item.after = found["before"], bool(found["comma"]), found["after"]
