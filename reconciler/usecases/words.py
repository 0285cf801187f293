"""What is written on one line for something that has parts: an option with dates, where a number comes from."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from reconciler.errors import UsageError, quoted

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATED = re.compile(f"(?P<name>.+?)(?::(?P<from>{_DAY})?(?::(?P<until>{_DAY})?)?)?")


def option_of(text: str) -> Any:
    """Return an option written `NAME[:FROM[:UNTIL]]` as it stands in a file; raises UsageError for a wrong day."""
    found = _DATED.fullmatch(text)
    if found is None:
        raise UsageError(f"{quoted(text)} is no option; expected NAME, NAME:FROM, NAME:FROM:UNTIL or NAME::UNTIL")
    dates = {key: day_of(found[key]) for key in ("from", "until") if found[key]}
    return {"name": found["name"], **dates} if dates else found["name"]


def donor_of(text: str) -> Any:
    """Return where a number comes from, written `OPERATOR:ACCOUNT[:DATE]`, as it stands in a file."""
    operator, _, rest = text.partition(":")
    account, *days = rest.split(":")
    if not operator.strip() or not account.strip() or len(days) > 1:
        raise UsageError(f"{quoted(text)} is no donor; expected OPERATOR:ACCOUNT or OPERATOR:ACCOUNT:2026-12-31")
    dated = {"date": day_of(days[0])} if days else {}
    return {"operator": operator.strip(), "account": account.strip(), **dated}


def option_name(option: Any) -> str:
    """Return the name of an option as it stands in a file."""
    return str(option["name"] if isinstance(option, dict) else option)


def day_of(text: str) -> str:
    """Return a day written as 2026-12-31 as it stands in a file; raises UsageError where it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"{quoted(text)} is no date; expected one like 2026-12-31") from error
