"""Contract periods by R3."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.contract import Period, add_months, period_on

FIRST_SIM = date(2024, 5, 16)
INITIAL = Period(date(2024, 5, 16), date(2027, 5, 15))
DAYS = st.dates(date(2000, 1, 1), date(2080, 12, 31))


def test_the_first_period_lasts_36_months_from_the_first_sim() -> None:
    assert period_on(date(2024, 5, 16), FIRST_SIM) == INITIAL
    assert period_on(date(2027, 5, 15), FIRST_SIM) == INITIAL


def test_notice_is_given_three_months_before_the_period_is_over() -> None:
    assert INITIAL.notice == date(2027, 2, 16)


def test_a_period_is_renewed_by_twelve_months() -> None:
    assert period_on(date(2027, 5, 16), FIRST_SIM) == Period(date(2027, 5, 16), date(2028, 5, 15))
    assert INITIAL.resets == date(2027, 5, 16)


def test_a_period_contains_its_first_and_its_last_day() -> None:
    assert INITIAL.start in INITIAL
    assert INITIAL.end in INITIAL
    assert INITIAL.resets not in INITIAL
    assert "2025-01-01" not in INITIAL


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 1, 15), -1, date(2024, 12, 15)),
    ],
)
def test_months_are_added_on_the_last_day_of_a_short_one(day: date, months: int, moved: date) -> None:
    assert add_months(day, months) == moved


def test_a_start_on_the_31st_does_not_wander() -> None:
    first = date(2023, 12, 31)
    assert period_on(date(2028, 1, 5), first) == Period(date(2027, 12, 31), date(2028, 12, 30))


@given(first=DAYS, later=st.integers(0, 20_000))
def test_periods_follow_each_other_without_a_gap_and_cover_every_day(first: date, later: int) -> None:
    day = min(first + timedelta(days=later), date(2090, 1, 1))
    period = period_on(day, first)
    assert day in period
    assert period_on(period.end, first) == period
    assert period_on(period.resets, first).start == period.resets
