"""The mobile contract, its periods (R3) and what the operator says of its removal quota (R2)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

INITIAL_MONTHS = 36
RENEWAL_MONTHS = 12
NOTICE_MONTHS = 3


class Period(NamedTuple):
    """A contract period; `end` is its last day."""

    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def resets(self) -> date:
        """The first day of the next period, when the quota is fresh again (R2)."""
        return self.end + timedelta(days=1)

    @property
    def notice(self) -> date:
        """The last day to give notice: three months before the period is over (R3)."""
        return add_months(self.resets, -NOTICE_MONTHS)


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract as the operator reports it; None where it does not say."""

    id: str
    period: Period
    removal_ratio: Decimal | None = None
    removal_base: int | None = None
    removals_used: int | None = None


def add_months(day: date, months: int) -> date:
    """Return `day` moved by whole months, on the last day of a month too short for it."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_on(day: date, first_sim: date) -> Period:
    """Return the contract period `day` falls in: 36 months from the first SIM, then 12 at a time (R3).

    A day before the first SIM falls in the first period. Periods are counted from the first SIM, not from each
    other, so that a start on the 31st does not wander.
    """
    start, months = first_sim, INITIAL_MONTHS
    while (following := add_months(first_sim, months)) <= day:
        start, months = following, months + RENEWAL_MONTHS
    return Period(start, following - timedelta(days=1))
