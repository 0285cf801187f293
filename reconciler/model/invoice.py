"""What the operator billed: documents with lines, as read, before anybody says whether they are right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

from reconciler.model.money import Money
from reconciler.model.plan import LineKind

#: The type of a day, where a field is called `month`.
Month: TypeAlias = date


class BilledLine(NamedTuple):
    """One line: `service` is whatever names one (a number, the operator's id), `item` whatever names a fee."""

    where: str
    kind: LineKind
    item: str
    service: str | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """One document for the month that begins on `month`; `stated` is the sum of its lines as it says itself."""

    id: str
    source: str
    month: Month
    lines: tuple[BilledLine, ...]
    stated: Money | None = None
