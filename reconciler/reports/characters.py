"""What may stand in output, and how many columns of a terminal it takes."""

from __future__ import annotations

import re
import unicodedata

#: Control characters, line separators, marks that change the direction of text, and tags that nobody sees; not the line
#: ends of CSV.
_UNPRINTABLE = re.compile(
    r"(?!\r\n)[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f\ud800-\udfff]"
)
#: What a CI system takes for a command where it stands in a log: `::name` at the start of a line, after blanks of
#: any kind too, `##[name` anywhere.
_COMMAND = re.compile(r"(?P<lead>^[^\S\n]*):(?=:[a-zA-Z])|(?P<signs>##[a-z]*)\[", re.MULTILINE)
_WIDE = frozenset({"W", "F"})
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})


def printable(text: str) -> str:
    """Return `text` with every control character but line ends written out as `\\u001b`.

    Names come from files and from the operator; none of them may move the cursor, hide a line, turn text around, or
    command the CI system that keeps the log.
    """
    return _harmless(_UNPRINTABLE.sub(lambda found: _units(found[0]), text))


def visible(text: str) -> str:
    """Return `text` as one line in which everything shows: what is no letter, sign or blank is written out."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else _number(each) for each in text)
    return _harmless(text)


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes: two for the wide letters of Asia, none for a mark on one."""
    return len(text) if text.isascii() else sum(map(_width, text))


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, with `…` at its end where something is missing."""
    if columns(text) <= width:
        return text
    taken, used = 0, 1
    for character in text:
        used += _width(character)
        if used > width:
            break
        taken += 1
    return text[:taken].rstrip() + "…"


def _harmless(text: str) -> str:
    """Return `text` with no command for a CI system in it: the sign that makes it one is written out."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda found: (found["lead"] or found["signs"] or "") + _number(found[0][-1]), text)


def _units(character: str) -> str:
    """Return a character by the numbers that JSON has for it, so that what is printed of JSON says the same."""
    if ord(character) <= 0xFFFF:
        return _number(character)
    high, low = divmod(ord(character) - 0x10000, 0x400)
    return f"{_number(chr(0xD800 + high))}{_number(chr(0xDC00 + low))}"


def _number(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _width(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
