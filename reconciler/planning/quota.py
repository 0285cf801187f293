"""The removal quota of the contract period (R2): how much of it there is, what used it, and what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from reconciler.model.config import BaseKind, QuotaConfig
from reconciler.model.plan import Quota, Verdict
from reconciler.model.snapshot import Snapshot

DEFAULT_RATIO = Decimal("0.30")


def quota(config: QuotaConfig, snapshot: Snapshot, day: date) -> Quota:
    """Return the quota on `day` before any plan: the files' word wins, then the operator's, then the inventory."""
    contract = snapshot.contract
    ratio = next(value for value in (config.ratio, contract.removal_ratio, DEFAULT_RATIO) if value is not None)
    base = _base(config, snapshot)
    return Quota(
        ratio=ratio,
        base=base,
        allowed=int(ratio * base),
        exceptions=sum(each.removals for each in config.exceptions if each.until is None or day <= each.until),
        used=used(snapshot),
        planned=0,
        verdict=Verdict.WITHIN,
        period=contract.period,
    )


def with_removals(quota: Quota, planned: int) -> Quota:
    """Return `quota` with `planned` removals in it and its verdict (R2: fits if `used + r <= allowed`)."""
    fits = planned == 0 or planned <= quota.available
    return replace(quota, planned=planned, verdict=Verdict.WITHIN if fits else Verdict.EXCEEDED)


def used(snapshot: Snapshot) -> int:
    """Return the removals of this period, those on order included: the higher of the operator's count and ours."""
    return max(snapshot.contract.removals_used or 0, snapshot.totals.ended + on_order(snapshot))


def on_order(snapshot: Snapshot) -> int:
    """Return how many removals were ordered and have not taken effect."""
    return max(snapshot.totals.going, sum(order.removals for order in snapshot.open_orders))


def ended(snapshot: Snapshot) -> list[date]:
    """Return the days on which services went in this period, as far as the operator shows what has gone."""
    period = snapshot.contract.period
    days = (service.terminated for service in snapshot.gone)
    return [day for day in days if day is not None and day in period]


def needs_services(config: QuotaConfig) -> bool:
    """Tell whether the base is worked out from when each service began and ended, so that totals do not do."""
    return config.base is BaseKind.PEAK


def _base(config: QuotaConfig, snapshot: Snapshot) -> int:
    match config.base:
        case BaseKind.CURRENT:
            return snapshot.totals.in_force
        case BaseKind.PEAK:
            return _peak(snapshot)
        case BaseKind.PERIOD_START:
            return snapshot.totals.at_start
        case int(fixed):
            return fixed
        case None:
            reported = snapshot.contract.removal_base
            return reported if reported is not None else snapshot.totals.at_start


def _peak(snapshot: Snapshot) -> int:
    """Return the most services in force at once on any day of the period so far."""
    period, size, moves = snapshot.contract.period, snapshot.totals.at_start, dict[date, int]()
    for begun, ended in snapshot.spans():
        if begun is not None and begun in period:
            moves[begun] = moves.get(begun, 0) + 1
        if ended is not None and ended in period:
            moves[ended] = moves.get(ended, 0) - 1
    peak = size
    for day in sorted(moves):
        size += moves[day]
        peak = max(peak, size)
    return peak
