"""Whether the bytes of a file could speak of a user, a number, a SIM or a profile, without parsing them.

A file that does not is left unread, so what could hide a mention counts as one: a backslash may spell any letter, and
the Kelvin sign is a `k` to those who ignore case. Digits are found with anything between them but letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LETTERS = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BETWEEN = bytes(code for code in range(256) if code not in _LETTERS)
_HIDING = (b"\\", "\N{KELVIN SIGN}".encode())
#: Digits of a number that tell it, whatever stands before them.
_TELLING = 9


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched for: user keys in small letters, digits, and patterns of profiles."""

    users: tuple[bytes, ...]
    digits: tuple[bytes, ...]
    profiles: tuple[re.Pattern[bytes], ...]

    def __len__(self) -> int:
        return len(self.users) + len(self.digits) + len(self.profiles)

    def may_be_in(self, content: bytes) -> bool:
        """Tell whether a file with this content could have any of the words."""
        if any(sign in content for sign in _HIDING) or any(profile.search(content) for profile in self.profiles):
            return True
        small = content.lower().replace(b"''", b"'") if self.users else b""
        bare = content.translate(None, _BETWEEN) if self.digits else b""
        return any(user in small for user in self.users) or any(digits in bare for digits in self.digits)


def words(
    *, users: Iterable[str] = (), numbers: Iterable[str] = (), iccids: Iterable[str] = (), profiles: Iterable[str] = ()
) -> Words:
    """Return what to search for."""
    digits = {number[-_TELLING:] for number in numbers} | set(iccids)
    return Words(
        users=tuple({_plain(user) for user in users}),
        digits=tuple({bytes(code for code in each.encode() if code in _LETTERS) for each in digits}),
        profiles=tuple(_spaced(name) for name in set(profiles)),
    )


def _plain(user: str) -> bytes:
    """Return the longest part of a key that has one spelling in small letters only."""
    parts: list[str] = re.findall(r"[!-~]*", user.lower())
    return max(parts, key=len).encode()


def _spaced(name: str) -> re.Pattern[bytes]:
    """Return a pattern of a name, which may be broken at a space and has its quotes doubled within quotes."""
    parts = (re.escape(part.encode()).replace(b"'", b"'+") for part in name.split())
    return re.compile(rb"\s+".join(parts))
