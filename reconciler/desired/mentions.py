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
#: Where YAML breaks a line, and so joins two words with a blank, besides at CR and LF.
_BREAKS = ("\x85", "\u2028", "\u2029")
_HIDING = (b"\\", "\N{KELVIN SIGN}".encode(), *(sign.encode() for sign in _BREAKS))
#: More words than this are looked up among the words of a file, instead of the file being searched for each.
_FEW = 12
_PLAIN = re.compile(rb"[a-z0-9.@_+-]+")
_TO_PLAIN = bytes(code if _PLAIN.fullmatch(bytes([code])) else 32 for code in range(256))
_TO_DIGITS = bytes(code if chr(code) in "0123456789" else 32 for code in range(256))
#: Digits of a number that tell it, whatever stands before them.
_TELLING = 9


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched for: user keys in small letters and patterns of such, digits, and patterns of profiles."""

    users: frozenset[bytes]
    digits: frozenset[bytes]
    profiles: tuple[re.Pattern[bytes], ...]
    globs: tuple[re.Pattern[bytes], ...] = ()

    def may_be_in(self, content: bytes) -> bool:
        """Tell whether a file with this content could have any of the words."""
        if any(sign in content for sign in _HIDING) or any(profile.search(content) for profile in self.profiles):
            return True
        return self._has_user(content) or self._has_digits(content)

    def _has_user(self, content: bytes) -> bool:
        if not self.users and not self.globs:
            return False
        small = content.lower().replace(b"''", b"'")
        if any(glob.search(small) for glob in self.globs):
            return True
        if len(self.users) > _FEW and all(_PLAIN.fullmatch(user) for user in self.users):
            return not self.users.isdisjoint(small.translate(_TO_PLAIN).split())
        return any(user in small for user in self.users)

    def _has_digits(self, content: bytes) -> bool:
        if not self.digits:
            return False
        bare = content.translate(None, _BETWEEN)
        if len(self.digits) <= _FEW:
            return any(digits in bare for digits in self.digits)
        sizes = {len(digits) for digits in self.digits}
        return any(
            run[start : start + size] in self.digits
            for run in bare.translate(_TO_DIGITS).split()
            for size in sizes
            for start in range(len(run) - size + 1)
        )


def words(
    *,
    users: Iterable[str] = (),
    numbers: Iterable[str] = (),
    iccids: Iterable[str] = (),
    profiles: Iterable[str] = (),
    globs: Iterable[str] = (),
) -> Words:
    """Return what to search for."""
    digits = {number[-_TELLING:] for number in numbers} | set(iccids)
    return Words(
        users=frozenset(_plain(user) for user in users),
        digits=frozenset(each.lstrip("+").encode() for each in digits),
        profiles=tuple(_spaced(name) for name in set(profiles)),
        globs=tuple(map(_any_of, globs)),
    )


def _plain(user: str) -> bytes:
    """Return the longest part of a key that has one spelling in small letters only."""
    parts: list[str] = re.findall(r"[!-~]*", user.lower())
    return max(parts, key=len).encode()


def _any_of(glob: str) -> re.Pattern[bytes]:
    """Return a pattern of the keys that a glob with `*` and `?` names, of their letters with one spelling."""
    parts: list[str] = re.findall(r"[!-)+->@-~]+", glob.lower())
    return re.compile(rb"\S*".join(re.escape(part.encode()) for part in parts))


def _spaced(name: str) -> re.Pattern[bytes]:
    """Return a pattern of a name, which may be broken at a space and has its quotes doubled within quotes."""
    parts = (re.escape(part.encode()).replace(b"'", b"'+") for part in name.split())
    return re.compile(rb"\s+".join(parts))
