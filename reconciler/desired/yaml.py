"""YAML by the rules of version 1.2, read once into values and positions.

Built over the parser's events, so that one pass gives both. `no` is a word, `0123` is not octal, a repeated key is an
error, and what YAML can do that a fleet has no use for (tags, merge keys, alias bombs) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

import yaml
from yaml import events

from reconciler.errors import Place, Problem, bounded, bounded_words, quoted

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")
_DECIMAL = re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?$")
#: What begins a word that may be something else than text; most do not.
_BEGINNINGS = frozenset({"", *"~nNtTfF+-.0123456789"})
#: How many values a file may have for each one written in it, before its aliases count as a bomb; few are none.
_MOST_EXPANSION, _UNSUSPICIOUS = 20, 10_000
#: How many collections may stand in each other; a file of a fleet has no more than seven.
_DEEPEST = 200
#: For a longer word nobody meant another one; to compare it would take long.
_LONGEST_WORD = 200
_position = tuple.__new__

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """Line and column, from 1, of a value and of the key it stands under."""

    line: int
    column: int
    key_line: int
    key_column: int


_BEGINNING = Position(1, 1, 1, 1)


@dataclass(slots=True)
class Text:
    """One file read: its value, where each path of it stands, and what is wrong with it."""

    file: str
    value: Any = None
    positions: dict[Path, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return where `path` stands, or else the nearest thing around it; of its key where `key` is asked for."""
        position = self.positions.get(path)
        while position is None:
            path = path[:-1]
            position = self.positions.get(path, None if path else _BEGINNING)
        if key:
            return Place(self.file, position.key_line, position.key_column)
        return Place(self.file, position.line, position.column)


class _Refused(Exception):
    """The rest of the file makes no sense after this."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse(text: str, file: str) -> Text:
    """Return what `text` holds; problems are in the result, which has no value where the file cannot be read."""
    read = Text(file)
    try:
        _Builder(read).build(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _within(text, mark.line + 1, mark.column + 1, file) if mark else Place(file, 1, 1)
        message = bounded_words(" ".join(part for part in (error.context, error.problem) if part))
        read.problems.append(Problem(f"this is no YAML: {message}", place, _syntax_hint(message)))
        read.value = None
    except yaml.YAMLError as error:
        read.problems.append(
            Problem(f"this is no YAML: {bounded_words(str(error).splitlines()[0])}", Place(file, 1, 1))
        )
        read.value = None
    except _Refused as refused:
        read.problems.append(refused.problem)
        read.value = None
    return read


def _within(text: str, line: int, column: int, file: str) -> Place:
    """Return a place of the text: what is missing at its end is reported by libyaml on a line it does not have."""
    lines = text.splitlines() or [""]
    return Place(file, line, column) if line <= len(lines) else Place(file, len(lines), len(lines[-1]) + 1)


def nearest(word: str, known: Iterator[str] | list[str]) -> str:
    """Return `; did you mean …?` for the nearest of `known`, nothing where none is near."""
    near = get_close_matches(word, list(known), n=1) if len(word) <= _LONGEST_WORD else []
    return f"; did you mean {quoted(near[0])}?" if near else ""


class _Builder:
    """Builds values and positions from events; what is done for every value is written out, since there are many."""

    def __init__(self, read: Text) -> None:
        self._read = read
        self._positions = read.positions
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._written = 0
        self._expanded = 0

    def build(self, stream: Iterator[events.Event]) -> None:
        documents = 0
        for event in stream:
            if isinstance(event, events.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(event, "a second document in one file", "Move it to a file of its own.")
            elif isinstance(event, events.NodeEvent):
                self._read.value = self._node(event, stream, (), event)

    def _node(self, event: Any, stream: Iterator[events.Event], path: Path, key: Any) -> Any:
        mark, at = event.start_mark, key.start_mark
        self._positions[path] = _position(Position, (mark.line + 1, mark.column + 1, at.line + 1, at.column + 1))
        if type(event) is events.AliasEvent:
            return self._alias(event)
        tag = event.tag
        if tag is not None and not (type(event) is events.ScalarEvent and tag == "!"):
            raise self._refused(event, f"the tag {bounded(tag)}", "Write the value without a tag.")
        before = self._expanded
        self._expanded += 1
        if self._expanded > _UNSUSPICIOUS:
            self._count(event, 0)
        self._written += 1
        if type(event) is events.ScalarEvent:
            value = event.value if event.style or tag == "!" else scalar(event.value)
        elif len(path) >= _DEEPEST:
            raise _Refused(Problem("this is nested too deeply", Place(self._read.file, 1, 1)))
        elif type(event) is events.SequenceStartEvent:
            value = self._sequence(stream, path)
        else:
            value = self._mapping(stream, path)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._expanded - before)
        return value

    def _sequence(self, stream: Iterator[events.Event], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in stream:
            if type(event) is events.SequenceEndEvent:
                break
            items.append(self._node(event, stream, (*path, len(items)), event))
        return items

    def _mapping(self, stream: Iterator[events.Event], path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in stream:
            if type(event) is not events.ScalarEvent:
                if type(event) is events.MappingEndEvent:
                    break
                raise self._refused(event, "a key that is no plain word", "Keys are words.")
            name = event.value
            if name == "<<" and not event.style:
                raise self._refused(event, "a merge key '<<'", "Use a profile for what several services share.")
            if name in values:
                self._repeated(event, path, stream)
            else:
                values[name] = self._node(next(stream), stream, (*path, name), event)
        return values

    def _repeated(self, event: events.ScalarEvent, path: Path, stream: Iterator[events.Event]) -> None:
        """Report a repeated key, and read over its value."""
        first = self._read.positions[(*path, event.value)]
        place = self._place(event)
        message = f"the key {quoted(event.value)} is here twice; it stands first at {self._read.file}:{first.key_line}"
        self._read.problems.append(Problem(message, place, "Keep one of them."))
        self._node(next(stream), stream, (*path, f"{event.value} at {place.line}:{place.column}"), event)

    def _alias(self, event: events.AliasEvent) -> Any:
        if event.anchor not in self._anchors:
            what = f"the alias *{bounded(event.anchor)} of nothing before it"
            raise self._refused(event, what, "Define it with & first.")
        value, weight = self._anchors[event.anchor]
        self._count(event, weight)
        return value

    def _count(self, event: events.Event, weight: int) -> None:
        self._expanded += weight
        if self._expanded > _UNSUSPICIOUS and self._expanded > _MOST_EXPANSION * max(self._written, 1):
            raise self._refused(event, "aliases that blow the file up", "Write the values out, or use a profile.")

    def _place(self, event: events.Event) -> Place:
        return Place(self._read.file, *_mark(event))

    def _refused(self, event: events.Event, what: str, hint: str) -> _Refused:
        return _Refused(Problem(f"found {what}, which is not understood here", self._place(event), hint))


def _events(text: str) -> Iterator[events.Event]:
    """Return the parser's events, straight from it; `yaml.parse` would ask for each of them twice."""
    return iter(_LOADER(text).get_event, None)


def _mark(event: events.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def scalar(text: str) -> Any:
    """Return a plain scalar by YAML 1.2's core schema; decimals exactly as written, dates as text."""
    if text[:1] not in _BEGINNINGS:
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INTEGER.match(text):
        return int(text) if len(text) < 19 and not text.startswith("+") else Number(text)
    if _DECIMAL.match(text) and len(text) < 40:
        return Number(text) if text.lstrip("+-").isdecimal() else _decimal(text)
    return text


def _decimal(text: str) -> Any:
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent of twenty digits
        return Number(text)


class Number(str):
    """Digits that are no number for reckoning: with a plus or a leading zero, too long or too large for one."""

    __slots__ = ()


def _syntax_hint(message: str) -> str:
    if "tab" in message or "\\t" in message:
        return "Indent with spaces; YAML takes no tabs."
    return "Check the indentation, colons and quotes here and on the line before."
