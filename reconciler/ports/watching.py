"""Who is told how far the work is."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

from reconciler.ports.operators import Provider


class Progress(Protocol):
    """Is told how far something is."""

    def expect(self, total: int) -> None:
        """There are `total` steps."""

    def step(self, text: str) -> None:
        """One step is done."""


class Reading(Protocol):
    """Is told how far the reading of both sides is."""

    def files(self, done: int, total: int) -> None:
        """Take note that so many of the fleet's files are read, of so many."""

    def live(self) -> AbstractContextManager[None]:
        """Return what is entered while live is read."""

    def page(self, found: int | None) -> None:
        """Add a page of live, by which so many were found, itself among them; None where nobody counts."""

    def asked_to_wait(self, seconds: float) -> None:
        """Take note that the operator asks to come back in that many seconds, and is waited for."""


class Unwatched:
    """A reading that nobody watches."""

    def files(self, done: int, total: int) -> None:
        """Ignore it."""

    def live(self) -> AbstractContextManager[None]:
        """Return what does nothing."""
        return nullcontext()

    def page(self, found: int | None) -> None:
        """Ignore it."""

    def asked_to_wait(self, seconds: float) -> None:
        """Ignore it."""


@runtime_checkable
class Watchable(Protocol):
    """A provider that can tell of the pages it reads."""

    def watched(self, reading: Reading) -> Provider:
        """Return the same provider, telling `reading`."""
