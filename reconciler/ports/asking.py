"""Somebody at a terminal who can be shown something and asked to type something."""

from __future__ import annotations

from typing import Protocol


class Asking(Protocol):
    """Shows and asks; there may be nobody."""

    def show(self, text: str) -> None:
        """Show a line that must be seen, even where little is wanted."""

    def typed(self, question: str) -> str | None:
        """Ask, and return what was typed; None where there is no terminal or questions are not allowed."""


class Nobody:
    """Nobody is there: nothing is shown and nothing answered."""

    def show(self, text: str) -> None:
        """Ignore it."""

    def typed(self, question: str) -> str | None:
        """Return None."""
