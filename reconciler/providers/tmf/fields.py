"""Fields of documents, read for what they are: what is not told is None, what cannot be understood is a flaw.

Servers write ids and numbers as texts or as numbers, and leave out what they do not know. Whatever else stands where a
text or a list should stand is no word of theirs to plan by.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from reconciler.errors import UnreadableAnswer
from reconciler.model.identifiers import user_flaw

Document = Mapping[str, Any]


def identity_of(document: Document, what: str) -> str:
    """Return the id of a resource; UnreadableAnswer where it is nothing that an id can be."""
    identity = identifier(document.get("id"))
    if not identity:
        raise UnreadableAnswer(f"{what} has no id that can be used: {str(document.get('id'))[:40]!r}")
    return identity


def objects(document: Document, name: str) -> list[Document]:
    """Return what a resource lists under a name; UnreadableAnswer where that is no list of objects."""
    flaws: list[str] = []
    found = listed(document, name, flaws)
    if flaws:
        raise UnreadableAnswer(f"{str(document.get('id'))[:40]}: {flaws[0]}")
    return found


def listed(document: Document, name: str, flaws: list[str]) -> list[Document]:
    """Return what of a list of objects is one; nothing where it is not told, and a flaw where it is something else."""
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        flaws.append(f"{name} is no list")
        return []
    found: list[Document] = [item for item in value if isinstance(item, dict)]
    if len(found) != len(value):
        flaws.append(f"{name} lists what is no object")
    return found


def mapping_of(value: object) -> Document:
    """Return an object, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: object) -> str | None:
    """Return a text, or a whole number as one: servers write ids and numbers either way; None for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def identifier(value: object) -> str | None:
    """Return an id as it is written, a whole number as text; None for what is none."""
    if isinstance(value, str):
        return value if value.strip() else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def values_of(values: Iterable[Document], names: Container[str], flaws: list[str]) -> dict[str, str]:
    """Return the characteristics of some names; one without a value is not told, and one with two is a flaw."""
    named: dict[str, str] = {}
    for item in values:
        name, value = item.get("name"), item.get("value")
        if not isinstance(name, str):
            flaws.append("a characteristic has no name")
        elif name in names and value is not None:
            text = text_of(value)
            if text is None or _is_wrongly_typed(item, name):
                flaws.append(f"{name} is no text")
            elif named.setdefault(name, text) != text:
                flaws.append(f"{name} is told twice, and differently")
    return named


def _is_wrongly_typed(item: Document, name: str) -> bool:
    """Tell whether a word is a number, and is not said to be one; digits are written either way."""
    return name not in _DIGITS and isinstance(item.get("value"), int) and item.get("valueType") not in _NUMERIC


_DIGITS = ("msisdn", "iccid", "eid")
_NUMERIC = ("number", "integer", "numeric", "int")


def characteristics(values: Iterable[Document] | None) -> dict[str, str]:
    """Return characteristics as name → value; they are unordered and their values of any type."""
    named: dict[str, str] = {}
    for item in values or ():
        value = item.get("value")
        if value is not None:
            named[str(item.get("name"))] = str(value).strip()
    return named


def telephone_number(value: str | None) -> str | None:
    """Return a number in E.164 whatever way the server writes it; `is_number` tells whether it can be one."""
    if not value:
        return None
    if value[0] == "+" and value[1:].isdecimal() and value.isascii():
        return value
    if not _WRITTEN.fullmatch(value):
        return value  # masked, or something else altogether: no digits are left out to make one of it
    digits = "".join(character for character in value.replace("(0)", "") if character.isdigit() or character == "+")
    if digits.startswith("00"):
        return "+" + digits[2:]
    return digits if digits.startswith("+") else "+" + digits


#: How numbers are written: with what stands between digits, and as the address of a telephone (RFC 3966).
_WRITTEN = re.compile(r"(?:tel:)?[+0-9 ./()\u00a0-]+")


def is_number(number: str) -> bool:
    """Tell whether a number is one in E.164, from 7 to 15 digits, and not a piece of one or two in a row."""
    return (
        8 <= len(number) <= 16 and number[0] == "+" and number[1] != "0" and number[1:].isdecimal() and number.isascii()
    )


def is_iccid(iccid: str) -> bool:
    """Tell whether a SIM's ICCID may be one: 18 to 20 digits starting 89, the check digit often left out (R10)."""
    return 18 <= len(iccid) <= 20 and iccid[:2] == "89" and iccid.isdecimal() and iccid.isascii()


def is_eid(eid: str) -> bool:
    """Tell whether an eSIM's EID may be one: 32 digits (R10)."""
    return len(eid) == 32 and eid.isdecimal() and eid.isascii()


def compact(value: str | None) -> str | None:
    """Return an ICCID or EID as it is compared: without blanks and hyphens, and the F that fills it up."""
    return value.translate(_BLANKS).rstrip("Ff") if value else value


_BLANKS = str.maketrans("", "", " -\u00a0")


def mail_address(value: object) -> str | None:
    """Return an e-mail address without the name it may stand behind; None for what is none."""
    if not isinstance(value, str):
        return None
    address = value.strip()
    if address.endswith(">"):
        address = address[address.rfind("<") + 1 : -1].strip()
    name, at, domain = address.partition("@")
    return address if name and at and domain and user_flaw(address) is None else None
