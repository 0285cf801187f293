"""How the removal quota of a contract period is used up (R2): what went, what is to go, and when nothing is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from reconciler.model.plan import Quota, Upcoming


class Step(NamedTuple):
    """A day on which removals took effect, and how many."""

    day: date
    removals: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The quota of the period as seen on `day`; `quota.used` is what `told`, `on_order` and `undated` add up to.

    `undated` removals are in the operator's count, and nobody tells when they were. `dated` are services that the files
    end within the period, `later` those of the next one, `deferred` the removals that a plan puts off until then.
    """

    day: date
    quota: Quota
    told: tuple[Step, ...]
    on_order: int
    undated: int
    dated: tuple[Upcoming, ...]
    later: tuple[Upcoming, ...]
    deferred: tuple[str, ...]
    #: Removals in 30 days, on average of the period so far.
    pace: Decimal
    #: When nothing is left any more, by the pace so far and by the dates in the files; None for not in this period.
    by_pace: date | None
    by_dates: date | None

    @property
    def granted(self) -> int:
        """How many removals the period has in all."""
        return self.quota.allowed + self.quota.exceptions

    @property
    def left_at_end(self) -> int:
        """What is left once all is done that is planned and dated; negative where that is too much."""
        return self.quota.remaining - len(self.dated)

    @property
    def runs_out(self) -> date | None:
        """The first day on which nothing is left, by whichever comes first; None for not in this period."""
        return min((day for day in (self.by_pace, self.by_dates) if day is not None), default=None)
