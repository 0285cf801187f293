"""What must not be seen by accident: the activation code of an eSIM (R6), since whoever holds it can have the SIM."""

from __future__ import annotations

import re
from typing import NoReturn

_HIDDEN = "(sensitive)"
_ACTIVATION_CODE = re.compile(r"LPA:\S*", re.IGNORECASE)


class Secret:
    """Text that only `reveal` gives out; it cannot be printed, logged, saved or copied by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for who asked to see it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret{_HIDDEN}"

    def __str__(self) -> str:
        return _HIDDEN

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("a secret is not saved")


def masked(text: str) -> str:
    """Return what an operator says in free text without the activation codes in it."""
    return _ACTIVATION_CODE.sub(_HIDDEN, text)
