"""The plain values of the YAML files, checked and worded: texts, days, amounts, numbers and SIMs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.desired.yaml import Number, nearest
from reconciler.model import identifiers
from reconciler.model.config import BaseKind


def _refuse(message: str) -> PydanticCustomError:
    return PydanticCustomError("fleet", "{message}", {"message": message})


def _text(value: Any) -> Any:
    if isinstance(value, Number) or not isinstance(value, str):
        found = "nothing" if value is None else f"{kind_of(value)} {value}" if _is_plain(value) else kind_of(value)
        hint = f'; quote it: "{value}"' if _is_plain(value) and not isinstance(value, bool) else ""
        raise _refuse(f"expected text, found {found}{hint}")
    if not value.strip():
        raise _refuse("expected text, found an empty one")
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
        raise _refuse(f"expected a decimal number like \"0.30\", found '{value}'")
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(f"expected a whole number, found {_shown(value)}")
    if value < 0:
        raise _refuse(f"expected a whole number of 0 or more, found {value}")
    return value


def _day(value: Any) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _refuse(f"expected a date like 2026-12-31, found {_shown(value)}")


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
        raise _refuse(f"expected a ratio from 0 to 1, found {value}")
    return value


def _amount(value: Decimal) -> Decimal:
    if value < 0:
        raise _refuse(f"expected an amount of 0 or more, found {value}")
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
        raise _refuse(f"expected one like Europe/Brussels, found '{value}'") from None
    return value


def _address_glob(value: str) -> str:
    if value.count("/") != 1:
        raise _refuse(f"expected user/label, * for any, found '{value}'")
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
    return f"'{value}'" if _is_plain(value) else kind_of(value)


_DECIMAL_SCHEMA = {"anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?$"}, {"type": "number", "minimum": 0}]}

Text = Annotated[str, BeforeValidator(_text)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0})]
Amount = Annotated[Decimal, BeforeValidator(lambda value: _amount(_decimal(value))), WithJsonSchema(_DECIMAL_SCHEMA)]
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
