"""The plain way to read YAML: one step after the other, as the rules say it, for the quick way to be held against."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml
from yaml import events

from reconciler.desired.yaml import (
    _DECIMAL,
    _FALSE,
    _INTEGER,
    _NULL,
    _TRUE,
    Number,
    Path,
    Position,
    Text,
    _syntax_hint,
    _within,
)
from reconciler.errors import Place, Problem


class Refused(Exception):
    """The rest of the file makes no sense after this."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse(text: str, file: str) -> Text:
    """Return what `text` holds; problems are in the result, which has no value where the file cannot be read."""
    read = Text(file)
    try:
        _Builder(read).build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _within(text, mark.line + 1, mark.column + 1, file) if mark else Place(file, 1, 1)
        message = " ".join(part for part in (error.context, error.problem) if part)
        read.problems.append(Problem(f"this is no YAML: {message}", place, _syntax_hint(message)))
        read.value = None
    except yaml.YAMLError as error:
        read.problems.append(Problem(f"this is no YAML: {str(error).splitlines()[0]}", Place(file, 1, 1)))
        read.value = None
    except Refused as refused:
        read.problems.append(refused.problem)
        read.value = None
    return read


class _Builder:
    """Builds values and positions from events."""

    def __init__(self, read: Text) -> None:
        self._read = read
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

    def _node(self, event: events.Event, stream: Iterator[events.Event], path: Path, key: events.Event) -> Any:
        position = Position(*_mark(event), *_mark(key))
        self._read.positions[path] = position
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        tag = getattr(event, "tag", None)
        if tag is not None and not (isinstance(event, events.ScalarEvent) and tag == "!"):
            raise self._refused(event, f"the tag {tag}", "Write the value without a tag.")
        before = self._expanded
        self._count(event, 1)
        self._written += 1
        value = self._value(event, stream, path)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = (value, self._expanded - before)
        return value

    def _value(self, event: events.Event, stream: Iterator[events.Event], path: Path) -> Any:
        if isinstance(event, events.ScalarEvent):
            return scalar(event.value) if not event.style and event.tag != "!" else event.value
        if len(path) >= 200:
            raise Refused(Problem("this is nested too deeply", Place(self._read.file, 1, 1)))
        if isinstance(event, events.SequenceStartEvent):
            items: list[Any] = []
            for inner in stream:
                if isinstance(inner, events.SequenceEndEvent):
                    return items
                items.append(self._node(inner, stream, (*path, len(items)), inner))
        return self._mapping(stream, path)

    def _mapping(self, stream: Iterator[events.Event], path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in stream:
            if isinstance(event, events.MappingEndEvent):
                break
            if not isinstance(event, events.ScalarEvent):
                raise self._refused(event, "a key that is no plain word", "Keys are words.")
            name = event.value
            if name == "<<" and not event.style:
                raise self._refused(event, "a merge key '<<'", "Use a profile for what several services share.")
            value = self._node(next(stream), stream, (*path, name), event) if name not in values else None
            if name in values:
                self._repeated(event, path, stream)
            else:
                values[name] = value
        return values

    def _repeated(self, event: events.ScalarEvent, path: Path, stream: Iterator[events.Event]) -> None:
        """Report a repeated key, and read over its value."""
        first = self._read.positions[(*path, event.value)]
        place = self._place(event)
        message = f"the key '{event.value}' is here twice; it stands first at {self._read.file}:{first.key_line}"
        self._read.problems.append(Problem(message, place, "Keep one of them."))
        self._node(next(stream), stream, (*path, f"{event.value} at {place.line}:{place.column}"), event)

    def _alias(self, event: events.AliasEvent) -> Any:
        if event.anchor not in self._anchors:
            raise self._refused(event, f"the alias *{event.anchor} of nothing before it", "Define it with & first.")
        value, weight = self._anchors[event.anchor]
        self._count(event, weight)
        return value

    def _count(self, event: events.Event, weight: int) -> None:
        self._expanded += weight
        if self._expanded > 10_000 and self._expanded > 20 * max(self._written, 1):
            raise self._refused(event, "aliases that blow the file up", "Write the values out, or use a profile.")

    def _place(self, event: events.Event) -> Place:
        return Place(self._read.file, *_mark(event))

    def _refused(self, event: events.Event, what: str, hint: str) -> Refused:
        return Refused(Problem(f"found {what}, which is not understood here", self._place(event), hint))


def _mark(event: events.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def scalar(text: str) -> Any:
    """Return a plain scalar by YAML 1.2's core schema; decimals exactly as written, dates as text."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INTEGER.match(text):
        return int(text) if len(text) < 19 and not text.startswith("+") else Number(text)
    if _DECIMAL.match(text) and len(text) < 40:
        try:
            return Number(text) if text.lstrip("+-").isdecimal() else Decimal(text)
        except ArithmeticError:
            return Number(text)
    return text
