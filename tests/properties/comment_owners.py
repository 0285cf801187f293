"""To which key each comment of a YAML text belongs, told from PyYAML's tree and positions alone.

The rules are those of a reader. Behind something: the entries on that line, or the bracket if there is nothing else. On
a line of its own: the entry right below it in the same column; between brackets the one right below it; else what it
is indented into.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple, TypeAlias

import yaml

#: Keys from the root; an item of a list by its name and how many of that name come before it.
Path: TypeAlias = tuple[Any, ...]
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
_NUMBER = re.compile(r"#\s*(c[0-9]+)")


@dataclass(frozen=True)
class Entry:
    """A key with its value, or an item: where it starts, where what stands of it ends, and how it is written."""

    path: Path
    start: int
    end: int
    column: int
    flow: Path | None


@dataclass(frozen=True)
class Brackets:
    """A collection between brackets: where it starts and ends."""

    path: Path
    start: int
    end: int


class Owners(NamedTuple):
    """Whose a comment is, each of them alike; and whose it may be taken for `also`, as it stands askew."""

    keys: frozenset[Path]
    also: frozenset[Path] = frozenset()


def owners(text: str) -> dict[str, Owners]:
    """Return the owners of each comment that has a number; raises AssertionError where one is there twice."""
    return _Owners(text.removeprefix("\ufeff")).all()


@dataclass
class _Node:
    """A node as PyYAML's own events have it; an alias is one too."""

    kind: str
    start: int
    end: int
    value: str | None = ""
    style: str | None = None
    flow: bool = False
    inner: list[tuple[_Node, _Node]] = field(default_factory=list)


def _index(mark: Any) -> int:
    index: int = mark.index
    return index


def _root(text: str) -> _Node | None:
    stream = (event for event in yaml.parse(text, Loader=yaml.SafeLoader))
    first = next((event for event in stream if isinstance(event, yaml.NodeEvent)), None)
    return _node(first, stream) if first is not None else None


def _node(event: Any, stream: Iterator[Any]) -> _Node:
    start, end = _index(event.start_mark), _index(event.end_mark)
    if isinstance(event, yaml.AliasEvent):
        return _Node("alias", start, end, event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        return _Node("scalar", start, end, event.value, event.style)
    kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
    node = _Node(kind, start, end, flow=bool(event.flow_style))
    for inner in stream:
        if isinstance(inner, yaml.CollectionEndEvent):
            node.end = _index(inner.end_mark)
            return node
        key = _node(inner, stream)
        node.inner.append((key, _node(next(stream), stream) if kind == "mapping" else key))
    raise AssertionError("collections end")


class _Owners:
    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        self.entries: list[Entry] = []
        self.brackets: list[Brackets] = []
        self.words: list[tuple[int, int]] = []
        root = _root(text)
        if root is not None:
            self.walk(root, ())
        self.entries.sort(key=lambda entry: (entry.start, len(entry.path)))

    def all(self) -> dict[str, Owners]:
        found: dict[str, Owners] = {}
        for start, words in self.comments():
            number = _NUMBER.match(words)
            if number:
                assert number[1] not in found, f"{number[1]} is there twice"
                found[number[1]] = self.owners_at(start)
        return found

    def comments(self) -> Iterator[tuple[int, str]]:
        at = 0
        for start, end in (*sorted(self.words), (len(self.text), len(self.text))):
            for found in _COMMENT.finditer(self.text, at, max(at, start)):
                yield found.start(), found[0]
            at = max(at, end)

    def walk(self, node: _Node, path: Path) -> None:
        if node.kind == "scalar":
            header = _BREAK.search(self.text, node.start) if node.style in ("|", ">") else None
            self.words.append((header.start() if header else node.start, node.end))
        if node.flow:
            opening = "{" if node.kind == "mapping" else "["
            self.brackets.append(Brackets(path, self.text.index(opening, node.start), node.end))
        names: Counter[str] = Counter()
        for key, value in node.inner:
            if key is value:
                name = next((word.value for each, word in key.inner if each.value == "name"), key.value) or ""
                names[name] += 1
                inner: Path = (*path, (name, names[name]))
            else:
                inner = (*path, key.value)
                self.words.append((key.start, key.end))
            self.entry(inner, key, value, path if node.flow else None)
            self.walk(value, inner)

    def entry(self, path: Path, key: _Node, value: _Node, flow: Path | None) -> None:
        start, end = key.start, value.end
        if not value.flow and value.kind in ("mapping", "list"):
            end = start + 1 if value is key else key.end
        elif value.style in ("|", ">"):
            end = len(self.text[:end].rstrip())
        if value is key and flow is None:
            start = self.text.rindex("-", 0, start)
        self.entries.append(Entry(path, start, end, start - self.line_start(start), flow))

    def line_start(self, offset: int) -> int:
        return max(start for start in self.starts if start <= offset)

    def owners_at(self, at: int) -> Owners:
        first = self.line_start(at)
        around = [each for each in self.brackets if each.start < at < each.end]
        inside = max(around, key=lambda each: each.start, default=None)
        if self.text[first:at].strip():
            return Owners(frozenset(self.behind(first, at, inside)))
        return Owners(frozenset({self.alone_in(at, inside)})) if inside else self.alone(at, at - first)

    def behind(self, first: int, at: int, inside: Brackets | None) -> list[Path]:
        """Return whose a comment is that stands behind something on its line."""
        flow = inside.path if inside else None
        there = [each for each in self.entries if each.flow == flow and each.start < at and each.end > first]
        if inside:
            return [each.path for each in there if each.start > inside.start] or [inside.path]
        return [there[-1].path] if there else [()]

    def alone_in(self, at: int, inside: Brackets) -> Path:
        """Return whose a comment on its own line between brackets is."""
        below = [each for each in self.entries if each.flow == inside.path and inside.start < each.start < inside.end]
        following = next((each for each in below if each.start > at), None)
        if following is None or self.is_blank_between(at, following.start):
            return inside.path
        return following.path

    def alone(self, at: int, column: int) -> Owners:
        """Return whose a comment on its own line in a block is."""
        block = [each for each in self.entries if each.flow is None]
        following = next((each for each in block if each.start > at), None)
        if following and following.column == column and not self.is_apart(at, following.start, column):
            return Owners(frozenset({following.path}))
        last = next((each for each in reversed(block) if each.start < at), None)
        columns = {each.path: each.column for each in block}
        least = min([column, *self.comment_columns(last.end if last else 0, at)])
        path, hanging = (_indented_into(last.path if last else (), limit, columns) for limit in (column, least))
        both = zip(last.path, following.path, strict=False) if last and following else ()
        around = tuple(one for one, other in takewhile(lambda pair: pair[0] == pair[1], both))
        if len(around) > len(path):  # what stands askew between the parts of one thing belongs to that
            return Owners(frozenset({around}), frozenset({path}))
        return Owners(frozenset({path}), frozenset({hanging, *self.lists_at(last, column, columns)}))

    def lists_at(self, last: Entry | None, column: int, columns: dict[Path, int]) -> Iterator[Path]:
        """Yield the list whose items stand in the column of its key: what follows them there may be about either."""
        for depth in range(1, len(last.path) if last else 1):
            assert last is not None, "there is no depth without one"
            if isinstance(last.path[depth], tuple) and columns[last.path[:depth]] == column:
                yield last.path[:depth]

    def comment_columns(self, start: int, end: int) -> list[int]:
        """Return the columns of the lines of comments between two offsets: one hangs on a shallower one above it."""
        lines = _BREAK.split(self.text[start:end])[1:-1]
        return [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]

    def is_blank_between(self, at: int, start: int) -> bool:
        return any(not line.strip() for line in _BREAK.split(self.text[at:start])[:-1])

    def is_apart(self, at: int, start: int, column: int) -> bool:
        """Tell whether anything but comments in the same column stands between."""
        lines = _BREAK.split(self.text[at:start])
        return any(not line.startswith(" " * column + "#") for line in lines[1:-1])


def _indented_into(path: Path, column: int, columns: dict[Path, int]) -> Path:
    """Return the nearest around the entry at `path` that starts left of a column, or that entry."""
    while path and columns[path] >= column:
        path = path[:-1]
    return path
