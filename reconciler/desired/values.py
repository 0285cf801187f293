"""The plain values of the YAML files, checked and worded: texts, days, amounts, numbers and SIMs."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.desired.yaml import Number, nearest
from reconciler.errors import bounded, quoted
from reconciler.model import identifiers
from reconciler.model.config import BaseKind

#: Numbers and days with which everything can be reckoned: no amount, count or date of a contract lies beyond.
_SMALLEST, _LARGEST, _MOST_DIGITS = Decimal("1e-12"), Decimal("1e12"), 24
_YEARS = range(1900, 10000)
#: Nobody waits longer than a day.
_LONGEST = 86_400
_SLOWEST, _FASTEST = Decimal("0.001"), 100_000


def _refuse(message: str) -> PydanticCustomError:
    return PydanticCustomError("fleet", "{message}", {"message": message})


def _text(value: Any) -> Any:
    if isinstance(value, Number) or not isinstance(value, str):
        shown = f"{kind_of(value)} {bounded(value)}" if _is_plain(value) else kind_of(value)
        found = "nothing" if value is None else shown
        hint = f'; quote it: "{bounded(value)}"' if _is_plain(value) and not isinstance(value, bool) else ""
        raise _refuse(f"expected text, found {found}{hint}")
    if not value.strip():
        raise _refuse("expected text, found an empty one")
    if len(value.splitlines()) > 1 or value != value.rstrip("\r\n"):
        hint = "write it on one line, or begin it with '>-', which joins the lines below it"
        raise _refuse(f"expected text on one line, found one with a line break; {hint}")
    if not value.isprintable():
        raise _refuse(f"expected text, found one with the invisible character {_first_unprintable(value)}")
    return value


def _first_unprintable(value: str) -> str:
    return next(f"U+{ord(letter):04X}" for letter in value if not letter.isprintable())


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _refuse(f'expected a decimal number like "0.30", found {kind_of(value)}')
    try:
        number = Decimal(value)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _refuse(f'expected a decimal number like "0.30", found {quoted(value)}')
    if number and not (_SMALLEST <= abs(number) < _LARGEST and len(number.as_tuple().digits) <= _MOST_DIGITS):
        raise _refuse(f'expected a decimal number like "0.30" of at most 12 digits, found {quoted(value)}')
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(f"expected a whole number, found {_shown(value)}")
    if value < 0:
        raise _refuse(f"expected a whole number of 0 or more, found {bounded(value)}")
    return value


def _day(value: Any) -> date:
    day = None
    if isinstance(value, str) and len(value) == len("2026-12-31"):
        with suppress(ValueError):
            day = date.fromisoformat(value)
    if day is None:
        raise _refuse(f"expected a date like 2026-12-31, found {_shown(value)}")
    if day.year not in _YEARS:
        raise _refuse(f"expected a date from {_YEARS.start} to {_YEARS.stop - 1}, found {quoted(value)}")
    return day


def _number(value: str) -> str:
    flaw = identifiers.number_flaw(value)
    if flaw:
        raise _refuse(flaw.message)
    return value


def _iccid(value: str) -> str:
    flaw = identifiers.iccid_flaw(value)
    if flaw and flaw.fatal:
        raise _refuse(flaw.message)
    return value


def _eid(value: str) -> str:
    flaw = identifiers.eid_flaw(value)
    if flaw:
        raise _refuse(flaw.message)
    return value


def _ratio(value: Decimal) -> Decimal:
    if not 0 <= value <= 1:
        raise _refuse(f"expected a ratio from 0 to 1, found {bounded(value)}")
    return value


def _amount(value: Decimal) -> Decimal:
    if value < 0:
        raise _refuse(f"expected an amount of 0 or more, found {bounded(value)}")
    return value


def _seconds(value: Decimal) -> Decimal:
    if not 0 <= value <= _LONGEST:
        raise _refuse(f"expected seconds, 0 to {_LONGEST:,}, found {bounded(value)}")
    return value


def _rate(value: Decimal) -> Decimal:
    if not _SLOWEST <= value <= _FASTEST:
        raise _refuse(f"expected calls a second, {_SLOWEST} to {_FASTEST:,}, found {bounded(value)}")
    return value


def _base(value: Any) -> BaseKind | int:
    if value in tuple(BaseKind):
        return BaseKind(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value)
    words = ", ".join(BaseKind)
    near = nearest(value, list(BaseKind)) if isinstance(value, str) else ""
    raise _refuse(f"expected {words} or a number of services, found {_shown(value)}{near}")


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refuse(f"expected one like Europe/Brussels, found {quoted(value)}") from None
    return value


def _address_glob(value: str) -> str:
    if value.count("/") != 1:
        raise _refuse(f"expected user/label, * for any, found {quoted(value)}")
    return value


def _without_address(value: Any) -> int | str:
    if value == BY_ID:
        return BY_ID
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _refuse(f"expected a number of users or '{BY_ID}', found {_shown(value)}")


#: Users without an address go by the operator's id.
BY_ID = "by-id"


def kind_of(value: Any) -> str:
    """Return what a value is, in words of YAML."""
    words = {dict: "a mapping", list: "a list", bool: "a boolean", str: "text", type(None): "nothing"}
    return words.get(type(value), "the number")


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | Decimal | str)


def _shown(value: Any) -> str:
    return quoted(value) if _is_plain(value) else kind_of(value)


_DECIMAL_SCHEMA = {"anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?$"}, {"type": "number", "minimum": 0}]}

Text = Annotated[str, BeforeValidator(_text)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0})]
Amount = Annotated[Decimal, BeforeValidator(lambda value: _amount(_decimal(value))), WithJsonSchema(_DECIMAL_SCHEMA)]
Seconds = Annotated[Decimal, BeforeValidator(lambda value: _seconds(_decimal(value))), WithJsonSchema(_DECIMAL_SCHEMA)]
Rate = Annotated[Decimal, BeforeValidator(lambda value: _rate(_decimal(value))), WithJsonSchema(_DECIMAL_SCHEMA)]
Ratio = Annotated[Decimal, BeforeValidator(lambda value: _ratio(_decimal(value))), WithJsonSchema(_DECIMAL_SCHEMA)]
PhoneNumber = Annotated[
    str,
    BeforeValidator(lambda value: _number(_text(value))),
    WithJsonSchema({"type": "string", "pattern": r"^\+[1-9]\d{6,14}$"}),
]
Iccid = Annotated[
    str,
    BeforeValidator(lambda value: _iccid(_text(value))),
    WithJsonSchema({"type": "string", "pattern": r"^89\d{17,18}$"}),
]
Eid = Annotated[
    str, BeforeValidator(lambda value: _eid(_text(value))), WithJsonSchema({"type": "string", "pattern": r"^\d{32}$"})
]


Timezone = Annotated[str, BeforeValidator(lambda value: _timezone(_text(value))), WithJsonSchema({"type": "string"})]
AddressGlob = Annotated[
    str,
    BeforeValidator(lambda value: _address_glob(_text(value))),
    WithJsonSchema({"type": "string", "pattern": "^[^/]*/[^/]*$"}),
]
WithoutAddress = Annotated[
    int | str,
    BeforeValidator(_without_address),
    WithJsonSchema({"anyOf": [{"const": BY_ID}, {"type": "integer", "minimum": 0}]}),
]
Base = Annotated[
    BaseKind | int,
    BeforeValidator(_base),
    WithJsonSchema({"anyOf": [{"enum": [str(kind) for kind in BaseKind]}, {"type": "integer", "minimum": 0}]}),
]
