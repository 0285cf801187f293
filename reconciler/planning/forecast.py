"""Look ahead over the contract period: what uses the removal quota up, and when nothing is left of it (R2, R3).

The pace is that of the count alone, which every operator tells; the curve needs the days, which not every one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from reconciler.model.catalogue import Catalogue
from reconciler.model.fleet import DesiredFleet, Turn
from reconciler.model.forecast import Forecast, Step
from reconciler.model.plan import Plan, Quota, Turning, Upcoming
from reconciler.model.snapshot import Snapshot
from reconciler.planning.exception import is_beyond
from reconciler.planning.quota import ended, on_order
from reconciler.planning.upcoming import upcoming

_MONTH = 30


def forecast(plan: Plan, desired: DesiredFleet, snapshot: Snapshot, *, until: date) -> Forecast:
    """Return what becomes of the quota of the plan's period; `desired` has its turns up to and including `until`."""
    quota, period = plan.quota, plan.quota.period
    gone = Counter(min(day, plan.day) for day in ended(snapshot))
    going = on_order(snapshot)
    endings = _endings(desired, snapshot.catalogue, plan, until)
    dated = tuple(each for each in endings if each.day in period)
    elapsed = _elapsed(quota, plan.day)
    return Forecast(
        day=plan.day,
        quota=quota,
        told=tuple(Step(day, count) for day, count in sorted(gone.items())),
        on_order=going,
        undated=quota.used - gone.total() - going,
        dated=dated,
        later=tuple(each for each in endings if each.day > period.end),
        deferred=tuple(action.id for action in plan.actions if is_beyond(action)),
        pace=(Decimal(quota.used * _MONTH) / elapsed).quantize(Decimal("0.1")),
        by_pace=_by_pace(quota, plan.day, elapsed),
        by_dates=_by_dates(quota, plan.day, dated),
    )


def _endings(desired: DesiredFleet, catalogue: Catalogue, plan: Plan, until: date) -> list[Upcoming]:
    """Return the services that end by a date, by day; one that begins elsewhere with its number is a transfer."""
    begins = {(turn.day, turn.after.number) for turn in desired.turns if turn.before is None and turn.after}
    ending = tuple(turn for turn in desired.turns if turn.after is None and not _moves(turn, begins))
    found = upcoming(replace(desired, turns=ending), catalogue, day=plan.day, until=until, targets=plan.choices.targets)
    return [each for each in found if each.kind is Turning.SERVICE_ENDS]


def _moves(turn: Turn, begins: set[tuple[date, str | None]]) -> bool:
    return turn.before is not None and turn.before.number is not None and (turn.day, turn.before.number) in begins


def _elapsed(quota: Quota, day: date) -> int:
    """Return how many days of the period there were, that day included."""
    return max(1, (min(day, quota.period.end) - quota.period.start).days + 1)


def _by_pace(quota: Quota, day: date, elapsed: int) -> date | None:
    """Return the day on which what is left is used up, if it goes on as it did."""
    ahead = (quota.period.end - day).days
    if ahead < 0 or quota.remaining <= 0:
        return None if ahead < 0 else day
    days = -(-quota.remaining * elapsed // quota.used) if quota.used else ahead + 1
    return day + timedelta(days=days) if days <= ahead else None


def _by_dates(quota: Quota, day: date, dated: Sequence[Upcoming]) -> date | None:
    """Return the day on which the dates in the files have used up what is left."""
    if day > quota.period.end or quota.remaining > len(dated):
        return None
    return dated[quota.remaining - 1].day if quota.remaining > 0 else day
