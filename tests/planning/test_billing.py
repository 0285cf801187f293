"""The next bill by R4: the vectors of the operator, and whatever a change costs line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reconciler.model.plan import LineKind
from reconciler.planning.billing import cost, monthly, remaining_share
from tests.planning.values import CATALOGUE, DAY, eur, service


@pytest.mark.parametrize(
    ("fee", "day", "share"),
    [
        ("100.00", date(2026, 1, 16), "48.39"),
        ("85.00", date(2026, 1, 16), "41.13"),
        ("10.00", date(2024, 2, 10), "6.55"),
        ("10.00", date(2025, 2, 10), "6.43"),
        ("10.00", date(2025, 3, 15), "5.16"),
        ("10.00", date(2025, 4, 1), "9.67"),
        ("10.00", date(2025, 4, 30), "0.00"),
        ("10.00", date(2025, 12, 31), "0.00"),
    ],
)
def test_the_share_of_a_month_does_not_count_the_day_itself(fee: str, day: date, share: str) -> None:
    assert remaining_share(eur(fee), day) == eur(share)


def test_an_addition_costs_its_fees_and_what_is_left_of_the_month() -> None:
    made = cost(None, service(options={"roaming"}), CATALOGUE, day=date(2026, 1, 16), currency="EUR")
    assert [(line.what, line.kind, str(line.amount)) for line in made.lines] == [
        ("mobile-10", LineKind.RECURRING, "10.00"),
        ("mobile-10", LineKind.PRORATA, "4.84"),
        ("roaming", LineKind.RECURRING, "15.00"),
        ("roaming", LineKind.PRORATA, "7.26"),
    ]
    assert (made.monthly_delta, made.next_bill_delta) == (eur("25.00"), eur("37.10"))


def test_a_removal_is_credited_what_is_left_of_the_month() -> None:
    made = cost(service(), None, CATALOGUE, day=date(2026, 1, 16), currency="EUR")
    assert (made.monthly_delta, made.next_bill_delta) == (eur("-10.00"), eur("-14.84"))


def test_ten_services_are_rounded_per_line_before_they_are_added() -> None:
    one = cost(None, service(), CATALOGUE, day=date(2026, 1, 16), currency="EUR")
    assert one.next_bill_delta * 10 == eur("148.40")


def test_a_change_of_bundle_leaves_the_fees_of_the_options_alone() -> None:
    before, after = service(options={"roaming"}), service(bundle="mobile-25", options={"roaming"})
    made = cost(before, after, CATALOGUE, day=date(2026, 4, 1), currency="EUR")
    assert {line.what for line in made.lines} == {"mobile-10", "mobile-25"}
    assert (made.monthly_delta, made.next_bill_delta) == (eur("4.50"), eur("8.85"))


def test_a_start_on_the_last_day_of_the_year_is_billed_from_january() -> None:
    made = cost(None, service(), CATALOGUE, day=date(2025, 12, 31), currency="EUR")
    assert made.next_bill_delta == made.monthly_delta == eur("10.00")


def test_what_stays_costs_nothing_and_what_is_unknown_neither() -> None:
    same = service(options={"roaming"})
    assert cost(same, same, CATALOGUE, day=DAY, currency="EUR").lines == ()
    assert cost(None, service(bundle="no-such"), CATALOGUE, day=DAY, currency="EUR").lines == ()


def test_a_service_costs_its_bundle_and_its_options_a_month() -> None:
    assert monthly(service(options={"roaming", "calls"}), CATALOGUE, currency="EUR").amount == Decimal("32.50")
