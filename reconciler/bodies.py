"""What a server sends, taken in within bounds: its size, its depth, its numbers, and how long it asks to wait.

A few hundred kilobytes of gzip can hold gigabytes, and a page of brackets takes a recursive reader down. So a body is
decompressed piece by piece and given up where it outgrows its bound, and what is parsed of it is no deeper and has no
longer numbers than any honest answer.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

MEBIBYTE = 1024 * 1024
#: The most that one answer may hold once it is decompressed; a page of 1,000 products takes one to three MiB.
LARGEST_ANSWER = 64 * MEBIBYTE
#: The most that is read of an answer that says no, or gives a token: a few words are all that is wanted.
LARGEST_REFUSAL = MEBIBYTE
#: What is asked for, and is decompressed here; there are others that swell a thousand times more.
ENCODINGS = "gzip"
DEEPEST = 64
_LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 30
_PIECE = MEBIBYTE
_WITH_GZIP_HEADER = 16
_PLAIN = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
_COUNT = re.compile(r"\d{1,12}", re.ASCII)


class BadBody(Exception):
    """A body is not what can be taken in; the message goes on from where it came from ("… answered with …")."""


class TooLarge(BadBody):
    """A body is larger than it may be."""


class BrokenOff(BadBody):
    """A compressed body ended before its end."""


async def whole(parts: AsyncIterable[bytes], encoding: str, *, most: int) -> bytes:
    """Return a body from the bytes of the wire, decompressed as its `Content-Encoding` says.

    Raises TooLarge as soon as there is more than `most` bytes of it, BadBody where it cannot be decompressed.
    """
    inflate = _inflater(encoding.strip().lower())
    content = bytearray()
    async for part in parts:
        rest = part
        while rest:
            piece, rest = inflate(rest)
            content += piece
            if len(content) > most:
                raise TooLarge(f"with more than {size(most)}, which is the most that is read")
    content += inflate.rest()
    if not inflate.is_whole:
        raise BrokenOff("with a compressed body that breaks off")
    return bytes(content)


def parsed(content: bytes, *, number: Callable[[str], Any] = Decimal) -> Any:
    """Return a body parsed as JSON, None for an empty one; numbers with a point are made by `number`.

    Raises BadBody for what is no JSON, nested too deep, or has numbers beyond all measure.
    """
    if not content:
        return None
    try:
        body = json.loads(content, parse_float=_real(number), parse_int=_whole_number, parse_constant=_no_number)
    except RecursionError:
        raise BadBody(_TOO_DEEP) from None
    except ValueError as error:
        raise BadBody(f"with something that is not JSON ({error})") from error
    if _is_too_deep(body):
        raise BadBody(_TOO_DEEP)
    return body


_TOO_DEEP = f"with JSON nested more than {DEEPEST} levels deep"


def seconds_asked(retry_after: str, now: datetime | None) -> float:
    """Return how many seconds a `Retry-After` header asks to wait, as a number or a time; 0 where it makes no sense.

    `now` is the server's own time, None where it does not say.
    """
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    with suppress(ValueError, TypeError, OverflowError):
        return max(0.0, (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds())
    return 0.0


def count_in(header: str) -> int | None:
    """Return the count that a header holds; None where it holds none that makes sense."""
    return int(header) if _COUNT.fullmatch(header) else None


def size(count: int) -> str:
    """Return a number of bytes in words: MiB where it is a whole number of these."""
    return f"{count // MEBIBYTE} MiB" if count and count % MEBIBYTE == 0 else f"{count:,} bytes"


class _Inflater:
    """Decompresses at most a piece at a time, and says what of its input is left."""

    def __init__(self) -> None:
        self._decompress = zlib.decompressobj(zlib.MAX_WBITS | _WITH_GZIP_HEADER)
        self._begun = False

    @property
    def is_whole(self) -> bool:
        return self._decompress.eof or not self._begun

    def rest(self) -> bytes:
        """Return the last bytes, which are few: everything that came in is used up."""
        return self._decompress.flush()

    def __call__(self, part: bytes) -> tuple[bytes, bytes]:
        self._begun = True
        if self._decompress.eof:
            return b"", b""  # servers are known to send a few bytes too many
        try:
            piece = self._decompress.decompress(part, _PIECE)
        except zlib.error as error:
            raise BadBody(f"with a body that cannot be decompressed ({error})") from error
        return piece, self._decompress.unconsumed_tail


class _Plain:
    """Leaves a body as it is."""

    is_whole = True

    def rest(self) -> bytes:
        return b""

    def __call__(self, part: bytes) -> tuple[bytes, bytes]:
        return part, b""


def _inflater(encoding: str) -> _Inflater | _Plain:
    if encoding in _PLAIN:
        return _Plain()
    if encoding in _GZIP:
        return _Inflater()
    raise BadBody(f"in the encoding '{encoding[:40]}', which was not asked for")


def _real(number: Callable[[str], Any]) -> Callable[[str], Any]:
    def real(text: str) -> Any:
        if len(text) > _LONGEST_NUMBER or abs(Decimal(text).adjusted()) > _LARGEST_EXPONENT:
            raise _too_long(text)
        return number(text)

    return real


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _too_long(text)
    return int(text)


def _no_number(text: str) -> Any:
    raise BadBody(f"with {text}, which is not a JSON number")


def _too_long(text: str) -> BadBody:
    shown = text if len(text) <= _LONGEST_NUMBER else f"{text[:12]}… ({len(text):,} characters)"
    return BadBody(f"with a number that cannot be meant: {shown}")


def _is_too_deep(body: Any) -> bool:
    level = [body]
    for _ in range(DEEPEST + 1):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
