"""Places in the files that are looked up when somebody asks for them.

A fleet has a hundred thousand services, and a plan speaks of a few. Where these stand is found by reading no more than
the lines of their user again; where those are not certain, the whole file is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, SupportsIndex, overload

from reconciler.desired.lines import Lines
from reconciler.desired.yaml import Path, Text, parse
from reconciler.errors import Place

#: A longer text is kept: it would have to be read again for each of many users.
_LONG = 1_000_000
_new = tuple.__new__


@dataclass(slots=True)
class Source:
    """One file of users, to be read again by `content`; only what was asked for is kept of it."""

    name: str
    content: Callable[[], bytes]
    _read: dict[str, Text] = field(default_factory=dict)
    _whole: Text | None = None
    _lines: Lines | None = None
    _text: str | None = None

    def place(self, user: str, path: Path, *, key: bool) -> Place:
        """Return where `path` stands below a user, who is named as in the file; of its key where `key` is asked for.

        A file that says something else by now is answered with what is nearest, or its beginning.
        """
        whole = ("users", user, *path)
        if user not in self._read:
            self._read[user] = self._text_of(user)
        text = self._read[user]
        if whole not in text.positions and text is not self._whole:
            text = self._read[user] = self._all()
        return text.place(whole, key=key)

    def _text_of(self, user: str) -> Text:
        """Return the lines of a user where these are certain, or else the whole file."""
        if self._whole is not None:
            return self._whole
        text = self._now()
        if self._lines is None:
            self._lines = Lines.of(text)
        return self._lines.of_user(text, user, self.name) or self._all()

    def _all(self) -> Text:
        if self._whole is None:
            self._whole = parse(self._now(), self.name)
        return self._whole

    def _now(self) -> str:
        """Return what the file says; nothing where it cannot be read any more."""
        if self._text is not None:
            return self._text
        try:
            text = self.content().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            text = ""
        if len(text) > _LONG:
            self._text = text
        return text


class LatePlace(Place):
    """A place of which only the file is known until it is asked for; otherwise like any other.

    Holds its source, the user as written, and what follows below the user: the label of a service, or a path.
    """

    __slots__ = ()

    def __new__(cls, file: str, line: int, column: int) -> Place:  # type: ignore[misc]
        """Return a plain place: whoever copies this one, part by part, has found it."""
        return Place(file, line, column)

    @classmethod
    def of(cls, source: Source, user: str, below: str | Path = ()) -> LatePlace:
        """Return the place of a user, of the service with the label `below`, or of what stands at that path."""
        return _new(cls, (source, user, below))

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Place:  # type: ignore[override]
        return Place._make(iterable)

    @property
    def _found(self) -> Place:
        parts: Iterator[Any] = tuple.__iter__(self)
        source, user, below = parts
        is_label = isinstance(below, str)
        found: Place = source.place(user, ("services", below) if is_label else below, key=is_label or not below)
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

    def __contains__(self, value: object, /) -> bool:
        return value in self._found

    def __add__(self, other: Any, /) -> Any:
        return self._found + tuple(other)

    def __mul__(self, times: SupportsIndex, /) -> Any:
        return self._found * times

    __rmul__ = __mul__

    def count(self, value: Any, /) -> int:
        """Return how often a value is in it."""
        return self._found.count(value)

    def index(self, value: Any, /, *within: SupportsIndex) -> int:
        """Return where a value is in it."""
        return self._found.index(value, *within)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LatePlace) and tuple.__eq__(self, other):
            return True
        return self._found == _plain(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return self._found < _plain(other)

    def __le__(self, other: tuple[Any, ...]) -> bool:
        return self._found <= _plain(other)

    def __gt__(self, other: tuple[Any, ...]) -> bool:
        return self._found > _plain(other)

    def __ge__(self, other: tuple[Any, ...]) -> bool:
        return self._found >= _plain(other)

    def __hash__(self) -> int:
        return hash(self._found)

    def __str__(self) -> str:
        return str(self._found)

    def __repr__(self) -> str:
        return repr(self._found)

    def __reduce__(self) -> tuple[Any, ...]:
        return Place, tuple(self._found)


def _plain(place: Any) -> tuple[Any, ...]:
    plain: tuple[Any, ...] = place._found if isinstance(place, LatePlace) else place
    return plain
