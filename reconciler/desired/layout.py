"""Where the nodes of a YAML text stand, by offsets, and which lines and comments belong to whom.

The text is one that `reconciler.desired.yaml` has read without problems. What YAML calls the end of a block lies behind
the comments after it; here a node ends with its last character.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import yaml
from yaml import events

from reconciler.errors import Place

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What ends a line by YAML 1.1, which is what the parser reads.
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: The mark of byte order that may begin a file.
BOM = "\ufeff"
COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
#: Begins a text of several lines that keeps the blank lines behind it: `|+`, an anchor before it included.
_KEEPS = re.compile(r"(?:[&!]\S*\s+)*[|>][1-9]?\+")


class Shape(StrEnum):
    """What a node is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    ALIAS = "alias"


@dataclass(slots=True, eq=False)
class Node:
    """A node of the text: from `start`, its anchor included, to before `end`; `aliases` says where it is used again."""

    shape: Shape
    start: int
    end: int
    name: str = ""
    quote: str = ""
    flow: bool = False
    entries: list[Entry] = field(default_factory=list)
    aliases: list[int] = field(default_factory=list)
    target: Node | None = None
    anchor: str = ""

    def within(self) -> Iterator[Node]:
        """Yield this node and every one inside it."""
        yield self
        for entry in self.entries:
            yield from entry.value.within()


class Entry(NamedTuple):
    """One of a mapping or a sequence: its key, its value, and where its line begins to speak of it."""

    key: str
    start: int
    key_end: int
    value: Node

    @property
    def end(self) -> int:
        """Where it ends, comments aside."""
        return max(self.value.end, self.key_end)


class Span(NamedTuple):
    """A piece of the text: from `start` to before `end`."""

    start: int
    end: int


class Extent(NamedTuple):
    """The lines of an entry, comments that belong to it included: from the first to before `end`."""

    first: int
    end: int


@dataclass(slots=True)
class Layout:
    """One text, its root node, and its lines."""

    file: str
    text: str
    root: Node | None
    starts: list[int]

    @classmethod
    def of(cls, text: str, file: str) -> Layout:
        """Return the layout of a text that reads without problems."""
        starts = [0, *(found.end() for found in BREAK.finditer(text))]
        return cls(file, text, _Composer(text).root(), starts)

    @property
    def newline(self) -> str:
        """What ends the lines of this text."""
        found = BREAK.search(self.text)
        return found[0] if found else "\n"

    def line(self, offset: int) -> int:
        """Return the number of the line that holds `offset`, from 0."""
        return bisect_right(self.starts, offset) - 1

    def start(self, line: int) -> int:
        """Return where a line starts; behind the text for one that is not there."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def words(self, line: int) -> str:
        """Return what stands on a line, white space aside."""
        return self.text[self.start(line) : self.start(line + 1)].strip()

    def indentation(self, line: int) -> int:
        """Return how many spaces a line starts with."""
        body = self.text[self.start(line) : self.start(line + 1)]
        return len(body) - len(body.lstrip(" "))

    def column(self, offset: int) -> int:
        """Return the column of `offset`, from 0."""
        return offset - self.start(self.line(offset))

    def place(self, offset: int) -> Place:
        """Return where `offset` is, for a message."""
        return Place(self.file, self.line(offset) + 1, self.column(offset) + 1)

    def leads(self, offset: int) -> bool:
        """Tell whether nothing stands before `offset` on its line."""
        return not self.text[self.start(self.line(offset)) : offset].strip()

    def extent(self, entry: Entry) -> Extent:
        """Return the lines of an entry of a block, with the comments right above it and the deeper ones below it."""
        column = self.column(entry.start)
        first = self.line(entry.start)
        while first and self._comment_column(first - 1) == column:
            first -= 1
        return Extent(first, self._below(self.line(entry.end - 1), column))

    def separated(self, entry: Entry) -> bool:
        """Tell whether a blank line stands before an entry of a block."""
        first = self.extent(entry).first
        return first > 0 and not self.words(first - 1)

    def _below(self, last: int, column: int) -> int:
        """Return the line behind `last` and behind what is commented deeper than `column` below it."""
        end = line = last + 1
        while line < len(self.starts):
            deep = self._comment_column(line)
            if self.words(line) and (deep is None or deep <= column):
                break
            line += 1
            end = line if deep is not None else end
        return end

    def _comment_column(self, line: int) -> int | None:
        """Return where a line's comment starts, None where the line is something else."""
        return self.indentation(line) if self.words(line).startswith("#") else None


class _Composer:
    """Builds nodes from the parser's events."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[events.Event] = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, Node] = {}

    def root(self) -> Node | None:
        """Return the node of the first document, None where there is none."""
        for event in self._events:
            if isinstance(event, events.NodeEvent):
                return self._node(event)
        return None

    def _node(self, event: events.Event) -> Node:
        start, end = _span(event)
        if isinstance(event, events.AliasEvent):
            target = self._anchors[event.anchor or ""]
            target.aliases.append(start)
            return Node(Shape.ALIAS, start, end, target=target)
        if isinstance(event, events.ScalarEvent):
            node = Node(Shape.SCALAR, start, end, name=event.value, quote=event.style or "")
            if node.quote in ("|", ">"):
                node.end = self._end_of_block(start, end)
        elif isinstance(event, events.SequenceStartEvent):
            node = self._sequence(event)
        else:
            assert isinstance(event, events.MappingStartEvent), "nothing else is a node"
            node = self._mapping(event)
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = node
            node.anchor = anchor
        return node

    def _sequence(self, event: events.SequenceStartEvent) -> Node:
        node = Node(Shape.SEQUENCE, *_span(event), flow=bool(event.flow_style))
        behind = node.start
        for inner in self._events:
            if isinstance(inner, events.SequenceEndEvent):
                return self._closed(node, inner)
            value = self._node(inner)
            start = value.start if node.flow else self._dash(behind, value.start)
            node.entries.append(Entry("", start, start + 1, value))
            behind = max(value.end, start + 1)
        return node

    def _mapping(self, event: events.MappingStartEvent) -> Node:
        node = Node(Shape.MAPPING, *_span(event), flow=bool(event.flow_style))
        for key in self._events:
            if isinstance(key, events.MappingEndEvent):
                return self._closed(node, key)
            assert isinstance(key, events.ScalarEvent), "other keys are refused when the text is read"
            node.entries.append(Entry(key.value, *_span(key), self._node(next(self._events))))
        return node

    def _closed(self, node: Node, event: events.Event) -> Node:
        node.end = _span(event)[1] if node.flow else node.entries[-1].end
        return node

    def _end_of_block(self, start: int, end: int) -> int:
        """Return where a text of several lines ends: with its last word, or with its blank lines if it keeps them."""
        return end if _KEEPS.match(self._text, start) else len(self._text[:end].rstrip())

    def _dash(self, behind: int, start: int) -> int:
        """Return where the dash stands of an item that starts at `start` and comes after `behind`."""
        gap = COMMENT.sub(lambda comment: " " * len(comment[0]), self._text[behind:start])
        return behind + gap.find("-") if "-" in gap else start


def _span(event: events.Event) -> tuple[int, int]:
    """Return where an event starts and ends; the parser counts characters, of a text that starts without a mark."""
    assert event.start_mark is not None, "the parser marks every event"
    assert event.end_mark is not None, "the parser marks every event"
    return event.start_mark.index, event.end_mark.index
