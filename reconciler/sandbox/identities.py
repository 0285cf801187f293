"""Numbers and SIMs that this operator hands out: valid, and the same for the same index."""

from __future__ import annotations

import hashlib


def number(index: int, block: int) -> str:
    """Return a Belgian mobile number; `block` 5 to 9 keeps series apart."""
    return f"+324{block}{index:07d}"


def iccid(index: int) -> str:
    """Return an ICCID of 19 digits, the last of them its Luhn digit."""
    digits = f"8932{index:014d}"
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


def eid(index: int) -> str:
    """Return an EID of 32 digits that leave 1 when divided by 97."""
    body = f"89032{index:025d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"


def activation_code(iccid: str) -> str:
    """Return what an eSIM is downloaded with (R6); like a real one it does not show the ICCID."""
    return f"LPA:1$sandbox.example${hashlib.sha256(iccid.encode()).hexdigest()[:20].upper()}"
