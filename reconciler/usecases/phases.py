"""What the parts of some work took, by a clock: for whoever wants to know where the time goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from reconciler.ports import Clock


class Phases:
    """Adds up the time spent in each phase; a phase within another interrupts it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: dict[str, timedelta] = {}
        self._open: list[str] = []
        self._since = clock.now()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what happens meanwhile as the phase `name`."""
        self._turn()
        self._taken.setdefault(name, timedelta())
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def __str__(self) -> str:
        """Return the phases in the order they began, as `files 1.20 s, live 0.80 s`."""
        return ", ".join(f"{name} {taken.total_seconds():.2f} s" for name, taken in self._taken.items())

    def _turn(self) -> None:
        """Give the time since the last turn to the phase that is open."""
        now = self._clock.now()
        if self._open:
            self._taken[self._open[-1]] += now - self._since
        self._since = now
