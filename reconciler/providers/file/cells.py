"""What a cell of an export says: numbers, days, amounts and SIMs, whatever way a spreadsheet or a person wrote them.

Every function takes text and returns the value, or raises `Unreadable` with what is wrong. Nothing is computed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from reconciler.errors import quoted
from reconciler.model import identifiers

#: The first days of which spreadsheets write as numbers; 1900 was no leap year, though they count a 29 February.
_EPOCH = date(1899, 12, 30)
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_PARTED = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[T ,].*)?")
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?")
_ROUNDED = re.compile(r"-?\d[.,]?\d*[eE]\+?\d+")
_ERROR = re.compile(r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NULL!|NUM!|NB|N/B|NOM\?|WAARDE!|VALEUR!|VERW!)")
#: What a formula, an error or a text that looks like one begins with.
_SUSPECT = frozenset("=+-@#'")
#: What stands in no name, number or id: line breaks and other controls, and marks that turn text around.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_QUOTED = re.compile(r'="([^"=]*)"')
_FORMULA = re.compile(r"=|[@+\-](?![\d\s(])")
#: A number that went through arithmetic.
_POINT_ZERO = re.compile(r"(\d{7,})[.,]0")
_BELGIAN = re.compile(r"(?:\+|00)?32(?:\(0\)|0)?(4[5-9]\d{7})|0?(4[5-9]\d{7})")
_JOINTS = str.maketrans("", "", " \u00a0\u202f./-\u2010\u2011\u2013\t")
#: The order of a date's parts, by the words of the settings: where day and month stand before a year.
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day-month-year", "month-day-year", "year-month-day"


class Unreadable(ValueError):
    """A cell that nobody can make sense of, or that could mean several things."""


def plain(cell: str) -> str:
    """Return the text of a cell: without blanks around it and without what keeps a spreadsheet from computing it."""
    text = cell.strip()
    if not text.isprintable() and (control := _CONTROL.search(text)):
        raise Unreadable(f"{quoted(text)} has an invisible character in it, U+{ord(control[0]):04X}")
    if not text or text[0] not in _SUSPECT:
        return text
    if _ERROR.match(text):
        raise Unreadable(f"the spreadsheet could not compute this cell: {quoted(text)}")
    unquoted = _QUOTED.fullmatch(text)
    if unquoted:
        return unquoted[1].strip()
    if text[0] == "'" and text[1:2] in tuple("=+-@"):
        return text[1:]
    if _FORMULA.match(text):
        raise Unreadable(f"a formula is never computed: {quoted(text)}; export the sheet with values only")
    return text


def number(text: str, country: str) -> str:
    """Return a telephone number in E.164, from any of the ways in which it is written in its country."""
    _require_whole(text)
    text = found[1] if (found := _POINT_ZERO.fullmatch(text)) else text
    bare = text.translate(_JOINTS).replace("(0)", "") if not text.isdigit() else text
    belgian = _BELGIAN.fullmatch(bare) if country == "BE" else None
    if belgian:
        return f"+32{belgian[1] or belgian[2]}"
    return _foreign(text, country)


@lru_cache(maxsize=4096)
def _foreign(text: str, country: str) -> str:
    import phonenumbers

    found, own = None, str(phonenumbers.country_code_for_region(country))
    for attempt in (text, *([f"+{text}"] if text.startswith(own) else [])):
        try:
            parsed = phonenumbers.parse(attempt, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            break
    flaw = identifiers.number_flaw(found) if found else identifiers.Flaw(f"{quoted(text)} is no telephone number")
    if flaw or found is None:
        raise Unreadable(flaw.message if flaw else "")
    return found


def day(text: str, order: str | None) -> date:
    """Return a day: year first, as a spreadsheet's number, or in the order that is declared or the only one it can be.

    Raises Unreadable where day and month could be either.
    """
    found = _ISO.fullmatch(text)
    if found:
        return _date(int(found[1]), int(found[2]), int(found[3]), text)
    serial = _SERIAL.fullmatch(text)
    if serial and _FIRST_SERIAL <= int(serial[1]) <= _LAST_SERIAL:
        return _EPOCH + timedelta(days=int(serial[1]))
    parted = _PARTED.fullmatch(text)
    if not parted:
        raise Unreadable(f"{quoted(text)} is no date; expected one like 2026-12-31 or 31/12/2026")
    one, other, year = int(parted[1]), int(parted[2]), int(parted[3])
    order = order or _only_order(one, other)
    if order is None:
        raise Unreadable(f"{quoted(text)} could be two dates; set 'dates' of this export in fleet.yaml")
    if order == YEAR_FIRST:
        raise Unreadable(f"{quoted(text)} is no date with its year first, as 'dates' of this export says")
    return _date(year, other, one, text) if order == DAY_FIRST else _date(year, one, other, text)


def _only_order(one: int, other: int) -> str | None:
    if one > 12 or one == other:
        return DAY_FIRST
    return MONTH_FIRST if other > 12 else None


def date_order(texts: list[str]) -> str | None:
    """Return the order in which all of `texts` are dates, where only one is; year first where none has another."""
    parted = [found for found in map(_PARTED.fullmatch, texts) if found]
    if not parted:
        return YEAR_FIRST if texts else None
    orders = {_only_order(int(found[1]), int(found[2])) for found in parted if found[1] != found[2]} - {None}
    return orders.pop() if len(orders) == 1 else None


def amount(text: str, sign: str | None) -> Decimal:
    """Return an amount of money; the decimal sign is `sign`, or the only one it can be."""
    bare = re.sub(r"[\s\u00a0\u202f€]|EUR", "", text)
    sign = sign or decimal_sign([bare])
    if sign is None and not re.fullmatch(r"-?\d+", bare):
        raise Unreadable(f"{quoted(text)} could be two amounts; set 'decimal' of this export in fleet.yaml")
    grouping = "." if sign == "," else ","
    if grouping in bare and not re.fullmatch(rf"-?\d{{1,3}}(\{grouping}\d{{3}})+(\{sign}\d+)?", bare):
        raise Unreadable(f"{quoted(text)} is no amount with the decimal sign {quoted(sign)}")
    try:
        return Decimal(bare.replace(grouping, "").replace(sign or ".", "."))
    except InvalidOperation:
        raise Unreadable(f"{quoted(text)} is no amount") from None


def decimal_sign(texts: list[str]) -> str | None:
    """Return the decimal sign of amounts, where they leave only one possible."""
    signs = set()
    for text in texts:
        marks = [mark for mark in re.sub(r"[^.,]", "", text)]
        tail = re.search(r"[.,](\d+)\D*$", text)
        if marks and tail and (len(tail[1]) != 3 or len(set(marks)) == 2):
            signs.add(marks[-1])
    return signs.pop() if len(signs) == 1 else None


def iccid(text: str) -> str:
    """Return the ICCID of a SIM, joints left out."""
    _require_whole(text)
    return _checked(text, identifiers.iccid_flaw)


def eid(text: str) -> str:
    """Return the EID of an eSIM, joints left out."""
    _require_whole(text)
    return _checked(text, identifiers.eid_flaw)


def _checked(text: str, flaw_of: object) -> str:
    bare = text if text.isdigit() else text.translate(_JOINTS)
    assert callable(flaw_of), "a validator of identifiers"
    flaw = flaw_of(bare)
    if flaw and flaw.fatal:
        raise Unreadable(flaw.message)
    return bare


def _require_whole(text: str) -> None:
    """Refuse digits that a spreadsheet has rounded: the last of them are lost."""
    if _ROUNDED.fullmatch(text):
        raise Unreadable(
            f"{quoted(text)} was rounded by a spreadsheet and its last digits are lost; export it anew as text"
        )


def _date(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(f"{quoted(text)} is no day of the calendar") from None
