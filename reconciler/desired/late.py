"""Places in the files that are looked up when somebody asks for them.

A fleet has a hundred thousand services, and a plan speaks of a few. Where these stand is found by reading no more than
the lines of their user again; where those are not certain, the whole file is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, SupportsIndex, overload

from reconciler.desired.yaml import Path, Text, parse
from reconciler.errors import Place

#: The line of `users:`, and the indent of what comes first below it.
_USERS = re.compile(r"^users *:[ \r]*(?:#[^\n]*)?\n(?:[ \r]*(?:#[^\n]*)?\n)*( +)(?=[^ #])", re.MULTILINE)
_COLON = re.compile(r" *:(?=[ \r\n]|\Z)")
_new = tuple.__new__


@dataclass(slots=True)
class Source:
    """One file of users, to be read again by `content`; only what was asked for is kept of it."""

    name: str
    content: Callable[[], bytes]
    _read: dict[str, Text] = field(default_factory=dict)
    _whole: Text | None = None

    def place(self, user: str, path: Path) -> Place:
        """Return where `path` stands below a user, who is named as in the file: its key, or an item's own place.

        A file that says something else by now is answered with what is nearest, or its beginning.
        """
        whole = ("users", user, *path)
        if user not in self._read:
            self._read[user] = self._text_of(user)
        text = self._read[user]
        if whole not in text.positions and text is not self._whole:
            text = self._read[user] = self._all()
        return text.place(whole, key=not path or (path[-1] != "bundle" and not isinstance(path[-1], int)))

    def _text_of(self, user: str) -> Text:
        """Return the lines of a user where these are certain, or else the whole file."""
        if self._whole is not None:
            return self._whole
        try:
            text = self.content().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return self._all()
        return _lines_of(text, user, self.name) or self._all()

    def _all(self) -> Text:
        if self._whole is None:
            try:
                self._whole = parse(self.content().decode("utf-8-sig"), self.name)
            except (OSError, UnicodeDecodeError):
                self._whole = Text(self.name)
        return self._whole


def _lines_of(text: str, user: str, name: str) -> Text | None:
    """Return a user's own lines of a file, read by themselves with their places; None where these are not certain."""
    head = _USERS.search(text)
    if head is None:
        return None
    start = _start_of(text, head[1], user)
    if start is None:
        return None
    end = re.compile(rf"^ {{0,{len(head[1])}}}[^ \r\n#]", re.MULTILINE).search(text, start + len(head[1]) + len(user))
    read = parse(text[start : end.start() if end else len(text)], name)
    if read.problems or not isinstance(read.value, dict) or list(read.value) != [user]:
        return None
    before = text.count("\n", 0, start)
    positions = {
        ("users", *path): at._replace(line=at.line + before, key_line=at.key_line + before)
        for path, at in read.positions.items()
        if path
    }
    return Text(name, {"users": read.value}, positions)


def _start_of(text: str, indent: str, user: str) -> int | None:
    """Return where the line of a user's key begins; None unless it is the only one, outside of any quotes."""
    found = []
    for quote in ("", '"', "'"):
        line, at = f"\n{indent}{quote}{user}{quote}", -1
        while (at := text.find(line, at + 1)) >= 0:
            if _COLON.match(text, at + len(line)):
                found.append(at + 1)
    if len(found) != 1 or any(text.count(quote, 0, found[0]) % 2 for quote in "\"'"):
        return None
    return found[0]


class LatePlace(Place):
    """A place of which only the file is known until it is asked for; otherwise like any other.

    Holds its source, the user as written, and what follows below the user: the label of a service, or a path.
    """

    __slots__ = ()

    @classmethod
    def of(cls, source: Source, user: str, below: str | Path = ()) -> LatePlace:
        """Return the place of a user, of the service with the label `below`, or of what stands at that path."""
        return _new(cls, (source, user, below))

    @property
    def _found(self) -> Place:
        parts: Iterator[Any] = tuple.__iter__(self)
        source, user, below = parts
        found: Place = source.place(user, ("services", below) if isinstance(below, str) else below)
        return found

    @property
    def file(self) -> str:
        """The file, which needs no looking up."""
        source: Any = tuple.__getitem__(self, 0)
        return str(source.name)

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self._found.line

    @property
    def column(self) -> int:
        """The column, from 1."""
        return self._found.column

    def __iter__(self) -> Iterator[Any]:
        return iter(self._found)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, index: slice, /) -> tuple[Any, ...]: ...
    def __getitem__(self, index: Any, /) -> Any:
        return self._found[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LatePlace) and tuple.__eq__(self, other):
            return True
        return self._found == (other._found if isinstance(other, LatePlace) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return self._found < tuple(other)

    def __hash__(self) -> int:
        return hash(self._found)

    def __str__(self) -> str:
        return str(self._found)

    def __repr__(self) -> str:
        return repr(self._found)

    def __reduce__(self) -> tuple[Any, ...]:
        return Place, tuple(self._found)
