"""The values of a file without their places, from the fastest parser there is; in any doubt there are none.

Most files have nothing wrong with them, and nobody asks where each of their values stands. What is unusual here is left
to `yaml.parse`, which has the last word on what is allowed: a value that is given is the one it would give.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml import events

from reconciler.desired.yaml import scalar

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What parsers might understand differently, or what a fleet has no use for: tags, aliases, merge keys, block scalars,
#: escapes, keys that say they are some, tabs and control characters.
_UNUSUAL = bytes({*range(0x20), 0x7F, *b"!*|<>\\`?"} - {*b"\n\r"})
#: What begins or ends a document within a file.
_MARKS = (b"\n---", b"\n...")
#: Colons that may stand without a key before them, or that libyaml takes for no colon at all.
_UNUSUAL_COLON = re.compile(rb":(?:(?<=[\n{\[,: ].)|(?=[:,\[\]{}]))")
#: What is looked for where its letter is there at all: lines that end otherwise, directives, anchors.
_RARE = {
    b"\r": re.compile(rb"\r(?!\n)"),
    b"%": re.compile(rb"(?:\A|\n)%"),
    b"&": re.compile(rb"(?:\A|[\s{\[,:-])&"),
}
#: What libyaml breaks lines at or refuses, though other parsers take it for letters.
_UNUSUAL_LETTERS = re.compile("[\x80-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
#: A file has no more than this many collections in each other.
_DEEPEST = 20


class _Doubt:
    """Stands for no value: somebody has to look at the file more closely."""


DOUBT: Final = _Doubt()


class _Doubtful(Exception):
    """Raised where a file has something that is not understood here."""


def bare_value(content: bytes, *, fast: bool) -> Any:
    """Return the mapping that is in a file; None for an empty file, DOUBT for whatever else there may be.

    `fast` is whether to use the parser of the extra of that name. What it gives is certain only where all keys are
    texts without blanks, which none is that goes over several lines, and all leaves texts or None.
    """
    try:
        value = _fast(content) if fast else _plain(content)
    except (_Doubtful, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return DOUBT
    return value if value is None or type(value) is dict else DOUBT


def _fast(content: bytes) -> Any:
    """Return what yaml-rs says; it refuses repeated keys, and gives numbers as numbers."""
    import yaml_rs

    text = _usual(content)
    try:
        return yaml_rs.loads(text, parse_datetime=False) or DOUBT
    except (ValueError, TypeError):  # its own error, a number too long for Python, a key that is a mapping
        raise _Doubtful from None


def _usual(content: bytes) -> str:
    """Return the text of a file that has nothing unusual in it."""
    if len(content.translate(None, _UNUSUAL)) != len(content) or content.startswith((b"...", b":")):
        raise _Doubtful
    if any(mark in content for mark in _MARKS) or _UNUSUAL_COLON.search(content):
        raise _Doubtful
    if any(mark in content and pattern.search(content) for mark, pattern in _RARE.items()):
        raise _Doubtful
    text = content.decode()
    if not content.isascii() and _UNUSUAL_LETTERS.search(text):
        raise _Doubtful
    return text


def _plain(content: bytes) -> Any:
    """Return what PyYAML's events say."""
    next_event = _PARSER(content.decode("utf-8-sig")).get_event
    value, documents = None, 0
    while (event := next_event()) is not None:
        if isinstance(event, events.NodeEvent):
            value = _node(event, next_event, _DEEPEST)
        elif type(event) is events.DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise _Doubtful
    return value


def _node(event: Any, next_event: Callable[[], Any], room: int) -> Any:
    kind = type(event)
    if kind is events.AliasEvent or event.tag is not None or room == 0:
        raise _Doubtful
    if kind is events.MappingStartEvent:
        return _mapping(next_event, room - 1)
    if kind is events.SequenceStartEvent:
        return _sequence(next_event, room - 1)
    return event.value if event.style else _word(event.value)


def _mapping(next_event: Callable[[], Any], room: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    scalar_event, end = events.ScalarEvent, events.MappingEndEvent
    while type(key := next_event()) is scalar_event:
        name, event = key.value, next_event()
        if name in values or name == "<<" or key.tag is not None:
            raise _Doubtful
        if type(event) is scalar_event and event.tag is None:
            values[name] = event.value if event.style else _word(event.value)
        else:
            values[name] = _node(event, next_event, room)
    if type(key) is not end:
        raise _Doubtful
    return values


def _sequence(next_event: Callable[[], Any], room: int) -> list[Any]:
    items: list[Any] = []
    while type(event := next_event()) is not events.SequenceEndEvent:
        items.append(_node(event, next_event, room))
    return items


def _word(text: str) -> str | None:
    """Return a plain scalar that is a text or nothing; a number or a boolean is no value of a user's file."""
    value = scalar(text)
    if value is None or type(value) is str:
        return value
    raise _Doubtful
