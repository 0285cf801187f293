"""What becomes of the quota: what went, what is dated, when it runs out (R2, R3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.config import QuotaConfig
from reconciler.model.contract import Period
from reconciler.model.fleet import DesiredFleet, Turn
from reconciler.model.forecast import Forecast, Step
from reconciler.model.plan import Choices
from reconciler.model.snapshot import LiveService, Presence, Snapshot
from reconciler.planning.forecast import forecast
from tests.harness import PLACE
from tests.planning.values import AN, DAY, JAN, NUMBERS, PERIOD, fleet, live, planned, service, snapshot

KEPT = tuple(live(f"l{n:02d}", service(AN, f"s{n:02d}", number=NUMBERS[n])) for n in range(10))
UNTIL = date(2028, 5, 31)


def went(*days: date) -> list[LiveService]:
    """Return services that ended on these days."""
    return [live(f"g{n}", presence=Presence.GONE)._replace(terminated=day) for n, day in enumerate(days)]


def ending(desired: DesiredFleet, *days: date) -> DesiredFleet:
    """Return a fleet with a service that ends on each of these days."""
    turns = (Turn(day, service(AN, f"s{n:02d}", number=NUMBERS[n]), None, PLACE) for n, day in enumerate(days))
    return replace(desired, turns=tuple(turns))


def seen(
    snap: Snapshot, base: int, *days: date, kept: int = 10, day: date = DAY, period: Period = PERIOD, fit: bool = False
) -> Forecast:
    """Return the forecast of a contract of `base` services, of which ten are seen and the first `kept` declared.

    Some of them end on `days`.
    """
    snap = replace(snap, contract=replace(snap.contract, period=period))
    desired = ending(fleet(*(item.service for item in KEPT[:kept]), users=[AN], quota=QuotaConfig(base=base)), *days)
    return forecast(planned(desired, snap, day=day, choices=Choices(fit_quota=fit)), desired, snap, until=UNTIL)


def test_28_of_a_base_of_100_used_leaves_two_and_two_dates_use_them_up() -> None:
    made = seen(snapshot(*KEPT, used=28), 100, date(2027, 1, 1), date(2027, 2, 1))
    assert (made.granted, made.quota.remaining, made.left_at_end) == (30, 2, 0)
    assert made.by_dates == date(2027, 2, 1)
    assert seen(snapshot(*KEPT, used=28), 100, date(2027, 1, 1)).by_dates is None


def test_the_pace_is_that_of_the_period_so_far() -> None:
    made = seen(snapshot(*KEPT, used=15), 100, day=PERIOD.start + timedelta(days=99))
    assert (made.pace, made.by_pace) == (Decimal("4.5"), PERIOD.start + timedelta(days=199))
    assert seen(snapshot(*KEPT, used=1), 100).runs_out is None
    assert seen(snapshot(*KEPT, used=0), 100).runs_out is None


def test_a_quota_that_is_used_up_or_none_at_all_has_run_out_today() -> None:
    assert seen(snapshot(*KEPT, used=3), 10).runs_out == DAY
    assert seen(snapshot(*KEPT, used=0), 3).runs_out == DAY
    assert seen(snapshot(*KEPT, used=0), 10, kept=6).runs_out == DAY


def test_what_ends_after_the_last_day_of_the_period_moves_into_the_next_one() -> None:
    period = Period(date(2024, 5, 16), date(2027, 5, 15))
    made = seen(snapshot(*KEPT), 100, date(2027, 5, 15), date(2027, 5, 16), period=period)
    assert [each.day for each in made.dated] == [date(2027, 5, 15)]
    assert [each.day for each in made.later] == [date(2027, 5, 16)]
    assert made.quota.period.notice == date(2027, 2, 16)


def test_removals_that_do_not_fit_move_into_the_next_one_too() -> None:
    made = seen(snapshot(*KEPT), 10, kept=6, fit=True)
    assert made.deferred == (f"{AN}/s09",)
    assert seen(snapshot(*KEPT), 10, kept=6).deferred == ()


def test_what_ends_and_begins_elsewhere_with_its_number_is_a_transfer() -> None:
    day = date(2027, 1, 1)
    desired = ending(fleet(*(item.service for item in KEPT), users=[AN, JAN]), day)
    here = Turn(day, None, service(JAN, "phone", number=NUMBERS[0]), PLACE)
    snap = snapshot(*KEPT)
    moved = replace(desired, turns=(*desired.turns, here))
    assert len(forecast(planned(desired, snap), desired, snap, until=UNTIL).dated) == 1
    assert forecast(planned(moved, snap), moved, snap, until=UNTIL).dated == ()


def test_the_days_the_operator_tells_are_the_curve_and_the_rest_of_its_count_has_none() -> None:
    days = (date(2026, 7, 1), date(2026, 7, 1), date(2026, 9, 3), date(2026, 1, 1))
    made = seen(snapshot(*KEPT, gone=went(*days), used=5), 100)
    assert made.told == (Step(date(2026, 7, 1), 2), Step(date(2026, 9, 3), 1))
    assert (made.undated, made.on_order) == (2, 0)
    assert seen(snapshot(*KEPT, gone=went(*days)), 100).undated == 0


def test_after_the_period_nothing_is_foretold() -> None:
    made = seen(snapshot(*KEPT, used=3), 10, day=PERIOD.resets)
    assert made.runs_out is None


COUNTS = st.integers(0, 40)
DAYS = st.integers(0, (PERIOD.end - PERIOD.start).days).map(lambda days: PERIOD.start + timedelta(days=days))


@settings(max_examples=40)
@given(used=COUNTS, base=st.integers(0, 120), dated=st.lists(DAYS, max_size=4), gone=st.lists(DAYS, max_size=6))
def test_it_adds_up(used: int, base: int, dated: list[date], gone: list[date]) -> None:
    made = seen(snapshot(*KEPT, gone=went(*gone), used=used), base, *dated, kept=8)
    told = sum(each.removals for each in made.told)
    assert told + made.on_order + made.undated == made.quota.used
    assert made.undated >= 0
    assert made.quota.used + made.quota.planned + len(made.dated) + made.left_at_end == made.granted
    assert made.runs_out is None or made.day <= made.runs_out <= PERIOD.end
    assert (made.left_at_end <= 0) <= (made.runs_out is not None)


@settings(max_examples=40)
@given(used=COUNTS, base=st.integers(0, 120), dated=st.lists(DAYS, max_size=4), extra=DAYS)
def test_more_removals_never_make_it_last_longer_and_more_quota_never_shorter(
    used: int, base: int, dated: list[date], extra: date
) -> None:
    last = _out(seen(snapshot(*KEPT, used=used), base, *dated))
    assert _out(seen(snapshot(*KEPT, used=used + 1), base, *dated)) <= last
    assert _out(seen(snapshot(*KEPT, used=used), base, *dated, extra)) <= last
    assert _out(seen(snapshot(*KEPT, used=used), base, *dated, kept=9)) <= last
    assert _out(seen(snapshot(*KEPT, used=used), base + 10, *dated)) >= last


def _out(made: Forecast) -> date:
    return made.runs_out or date.max
