"""Numbers, SIMs and addresses by R10, each validated where it enters.

A validator returns the `Flaw` it found, or nothing; whether a flaw ends the run is for the caller to decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.errors import quoted

_BELGIAN_MOBILE = re.compile(r"\+324[5-9][0-9]{7}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ICCID = re.compile(r"89[0-9]{17,18}")
_EID = re.compile(r"[0-9]{32}")
_USER = re.compile(r"[^\s/]+")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an identifier; `fatal` where it cannot be worked with."""

    message: str
    fatal: bool = True


def number_flaw(number: str) -> Flaw | None:
    """Return what is wrong with a telephone number: E.164, and a mobile one where it is Belgian (R10)."""
    if _BELGIAN_MOBILE.fullmatch(number):
        return None
    if not _E164.fullmatch(number):
        return Flaw(f"{quoted(number)} is no telephone number; expected E.164 like '+32470123456'")
    if number.startswith("+32"):
        return Flaw(f"{quoted(number)} is no Belgian mobile number; expected +324, a digit 5-9, and seven more digits")
    import phonenumbers  # only a foreign number needs its tables

    try:
        valid = phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        valid = False
    return None if valid else Flaw(f"{quoted(number)} is not a valid telephone number of its country")


def e164(text: str) -> str:
    """Return a number as it is compared, however it was typed: with blanks, 00 for the plus, a zero for Belgium."""
    digits = re.sub(r"[ ./()-]", "", text.replace("(0)", ""))
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return f"+32{digits[1:]}" if digits.startswith("0") else digits


def iccid_flaw(iccid: str) -> Flaw | None:
    """Return what is wrong with a SIM's ICCID: 19 or 20 digits starting 89; a failed Luhn is a warning (R10)."""
    if not _ICCID.fullmatch(iccid):
        return Flaw(f"{quoted(iccid)} is no ICCID; expected 19 or 20 digits starting with 89")
    if not luhn_valid(iccid):
        return Flaw(f"ICCID {quoted(iccid)} fails its check digit; was it typed without its last digit?", fatal=False)
    return None


def eid_flaw(eid: str) -> Flaw | None:
    """Return what is wrong with an eSIM's EID: 32 digits that leave 1 when divided by 97 (R10)."""
    if not _EID.fullmatch(eid):
        return Flaw(f"{quoted(eid)} is no EID; expected 32 digits")
    if int(eid) % 97 != 1:
        return Flaw(f"EID {quoted(eid)} fails its check digits")
    return None


#: Each digit to the sum of the digits of its double.
_DOUBLED = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))
_ZERO = ord("0")


def user_flaw(key: str) -> Flaw | None:
    """Return what is wrong with a user's key: no space and no '/', which separates it from the label."""
    return None if _USER.fullmatch(key) else Flaw(f"{quoted(key)} is no user key; expected an e-mail address or an id")


def label_flaw(label: str) -> Flaw | None:
    """Return what is wrong with a service's label: letters, digits, '.', '_' and '-'."""
    if _LABEL.fullmatch(label):
        return None
    return Flaw(f"{quoted(label)} is no label; expected letters, digits, '.', '_' or '-'")


def luhn_valid(digits: str) -> bool:
    """Tell whether the last of `digits` is the Luhn check digit of the others."""
    written = digits.encode()
    return (sum(written[-1::-2]) - _ZERO * len(written[-1::-2]) + sum(written[-2::-2].translate(_DOUBLED))) % 10 == 0


def user_key(text: str) -> str:
    """Return the form in which user keys are compared: e-mail addresses ignore case."""
    return text.strip().lower()


def address(user: str, label: str) -> str:
    """Return `user/label`, the stable key of a service."""
    return f"{user}/{label}"
