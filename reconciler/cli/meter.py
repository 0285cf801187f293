"""How far the reading of both sides is: a line written over on a terminal, a line every ten seconds in a log.

A meter is told of every file and every page, looks at the clock and mostly does nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconciler.cli.console import Console
    from reconciler.cli.line import Line

#: From so many seconds on the time left is told in minutes.
_MINUTES = 100
_FILES, _LIVE = "files", "live"
#: Two that are told to wait until about the same moment wait for the same.
_SAME = timedelta(seconds=2)


def _ignore(_text: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Part:
    """One side being read: how much of it is read, and how much there is where that is known."""

    name: str
    began: datetime
    done: int = 0
    total: int | None = 0

    @property
    def figures(self) -> str:
        """How far it is, in little room."""
        return f"{self.name} {self.done}" + (f"/{self.total}" if self.total is not None else "")

    @property
    def words(self) -> str:
        """How far it is."""
        of = f" of {self.total}" if self.total is not None else ""
        return f"{self.name} {self.done}{of}{' pages' if self.name == _LIVE else ''}"

    def seconds_left(self, now: datetime) -> float | None:
        """Return how long the rest takes at the rate so far; None where nobody knows, or all is read."""
        if not self.done or self.total is None or self.done >= self.total:
            return None
        return (now - self.began).total_seconds() * (self.total - self.done) / self.done


class Screen(Protocol):
    """Where a meter is shown: after how many seconds first, and how many apart."""

    first: float
    every: float

    def show(self, parts: Sequence[Part], seconds_left: float | None) -> None:
        """Show how far the reading is."""

    def clear(self) -> None:
        """Leave nothing behind."""


@dataclass(slots=True)
class OnTerminal:
    """One line, written over."""

    line: Line
    first: float = 1.0
    every: float = 0.1

    def show(self, parts: Sequence[Part], seconds_left: float | None) -> None:
        """Write as much as there is room for: no number is cut, but left out."""
        figures = [*(part.figures for part in parts), *_left(seconds_left, "{}")]
        current = parts[-1].figures
        texts = (
            _sentence(parts, seconds_left),
            " · ".join(figures),
            " · ".join([current, *figures[len(parts) :]]),
            current,
        )
        self.line.draw(next(filter(self.line.fits, texts), ""))

    def clear(self) -> None:
        """Erase the line."""
        self.line.erase()


@dataclass(slots=True)
class InLog:
    """A line now and then; as JSON, the numbers too."""

    console: Console
    first: float = 10.0
    every: float = 10.0

    def show(self, parts: Sequence[Part], seconds_left: float | None) -> None:
        """Write a line, unless quiet."""
        facts = {part.name: {"done": part.done, "total": part.total} for part in parts}
        left = None if seconds_left is None else round(seconds_left)
        self.console.tell(_sentence(parts, seconds_left), {"reading": facts, "seconds_left": left})

    def clear(self) -> None:
        """Leave the log as it is."""


@dataclass(slots=True)
class Meter:
    """What is told of every file and page; it is shown on `screen` where the reading takes long."""

    screen: Screen
    now: Callable[[], datetime]
    #: Where a line goes that stays; none of them goes anywhere by itself.
    say: Callable[[str], None] = _ignore
    _parts: dict[str, Part] = field(default_factory=dict)
    _next: datetime | None = None
    _back: datetime | None = None

    def files(self, done: int, total: int) -> None:
        """Take note that so many of the fleet's files are read, of so many."""
        now = self.now()
        part = self._part(_FILES, now, anew=done == 0)
        part.done, part.total = done, total
        self._look(now)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Take what is read until this is left for live."""
        self._part(_LIVE, self.now(), anew=True)
        try:
            yield
        finally:
            self._parts.clear()
            self._next = None
            self.screen.clear()

    def page(self, found: int | None) -> None:
        """Add a page of live, by which so many were found, itself among them; None where nobody counts."""
        now = self.now()
        part = self._part(_LIVE, now)
        part.done += 1
        part.total = None if found is None or part.total is None else max(part.done, part.total + found)
        self._look(now)

    def asked_to_wait(self, seconds: float) -> None:
        """Say that the operator asks to come back later; once, where several calls are told the same."""
        back = self.now() + timedelta(seconds=seconds)
        if self._back is None or back > self._back + _SAME:
            self._back = back
            self.say(f"the operator asks to come back in {math.ceil(seconds)} s")

    def _part(self, name: str, now: datetime, *, anew: bool = False) -> Part:
        """Return a side being read; files that are read anew without live begin another reading."""
        if anew or name not in self._parts:
            self._parts[name] = Part(name, now)
            if _LIVE not in self._parts:
                self._next = None
        return self._parts[name]

    def _look(self, now: datetime) -> None:
        """Show how far the reading is, where that is due."""
        if self._next is None:
            self._next = now + timedelta(seconds=self.screen.first)
        elif now >= self._next:
            self._next = now + timedelta(seconds=self.screen.every)
            parts = tuple(self._parts.values())
            left = [seconds for part in parts if (seconds := part.seconds_left(now)) is not None]
            self.screen.show(parts, max(left, default=None))


def _sentence(parts: Sequence[Part], seconds_left: float | None) -> str:
    return "Reading " + " · ".join([*(part.words for part in parts), *_left(seconds_left, "about {} left")])


def _left(seconds: float | None, form: str) -> list[str]:
    """Return the time left as words, none where nobody knows it."""
    if seconds is None:
        return []
    return [form.format(f"{round(seconds / 60)} min" if seconds >= _MINUTES else f"{math.ceil(seconds)} s")]
