"""Questions on a terminal, asked until the answer will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from reconciler.cli.console import Console
from reconciler.errors import FleetError

_Answer = TypeVar("_Answer")


class Unfit(Exception):
    """The answer will not do; the message says why, `hint` what would."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def until_fit(console: Console, question: str, read: Callable[[str], _Answer]) -> _Answer:
    """Ask until the answer will do."""
    while True:
        try:
            return read(console.asked(question))
        except Unfit as error:
            console.error(str(error), hint=error.hint)


def one_of(console: Console, question: str, words: Sequence[str], default: str) -> str:
    """Ask for one of `words`, of which its beginning is enough."""

    def read(answer: str) -> str:
        found = [str(word) for word in words if answer and str(word).startswith(answer.lower())]
        if answer and len(found) != 1:
            raise Unfit(f"'{answer}' is none of {', '.join(words)}")
        return found[0] if answer else str(default)

    return until_fit(console, f"{question}: {' or '.join(words)} [{default}]", read)


def made(make: Callable[[str], _Answer], answer: str) -> _Answer:
    """Return what `make` makes of an answer, or say why it will not do."""
    try:
        return make(answer)
    except FleetError as error:
        raise Unfit(str(error), error.hint) from error
