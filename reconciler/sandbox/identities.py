"""Numbers and SIMs that this operator hands out: valid, and the same for the same index."""

from __future__ import annotations

import hashlib

#: What 8932 at its place and two digits at theirs add to a Luhn sum: of each two, the right one counts double.
_LUHN_OF_8932 = 8 + 9 + 3 + 4
_LUHN_OF_PAIRS = tuple(tens + units * 2 - (9 if units > 4 else 0) for tens in range(10) for units in range(10))


def number(index: int, block: int) -> str:
    """Return a Belgian mobile number; `block` 5 to 9 keeps series apart."""
    return f"+324{block}{index:07d}"


def iccid(index: int) -> str:
    """Return an ICCID of 19 digits, the last of them its Luhn digit."""
    total, rest = _LUHN_OF_8932, index
    while rest:
        rest, pair = divmod(rest, 100)
        total += _LUHN_OF_PAIRS[pair]
    return f"8932{index:014d}{-total % 10}"


def eid(index: int) -> str:
    """Return an EID of 32 digits that leave 1 when divided by 97."""
    body = f"89032{index:025d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"


def activation_code(iccid: str) -> str:
    """Return what an eSIM is downloaded with (R6); like a real one it does not show the ICCID."""
    return f"LPA:1$sandbox.example${hashlib.sha256(iccid.encode()).hexdigest()[:20].upper()}"
