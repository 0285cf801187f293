"""The operator's own bills (R4), reckoned from its log of fees and from nothing the client says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from reconciler.sandbox.billing import rest_of_month
from reconciler.sandbox.schema import bill_lines, bills
from tests.sandbox.http import Operator, add, delete, rebundle


@pytest.mark.parametrize(
    ("monthly", "day", "share"),
    [
        ("100", "2023-01-16", "48.39"),
        ("85", "2023-01-16", "41.13"),
        ("10", "2024-02-10", "6.55"),
        ("10", "2025-02-10", "6.43"),
        ("10", "2025-03-15", "5.16"),
        ("10", "2025-04-01", "9.67"),
        ("10", "2025-04-30", "0.00"),
        ("10", "2025-12-31", "0.00"),
    ],
)
def test_the_day_itself_is_not_counted(monthly: str, day: str, share: str) -> None:
    assert rest_of_month(Decimal(monthly), date.fromisoformat(day)) == Decimal(share)


def bill(operator: Operator, month: str) -> tuple[Decimal, list[tuple[str, str, str]]]:
    """Return the total of a month's bill, and its lines as kind, offering and amount."""
    with operator.sandbox.transaction() as connection:
        row = connection.execute(select(bills).where(bills.c.month == month)).one()
        statement = select(bill_lines).where(bill_lines.c.bill_id == row.id).order_by(bill_lines.c.id)
        return Decimal(row.total), [(each.kind, each.offering, each.amount) for each in connection.execute(statement)]


def test_a_service_added_in_the_month_is_billed_ahead_and_for_the_days_left() -> None:
    operator = Operator.of(services=0)
    operator.order(add("mobile-10"))
    operator.sandbox.advance(timedelta(days=8))
    total, lines = bill(operator, "2026-12")
    assert lines == [("recurring", "mobile-10", "10.00"), ("prorata", "mobile-10", "2.33")]
    assert total == Decimal("12.33")


def test_a_service_removed_is_credited_with_its_options() -> None:
    operator = Operator.of()
    operator.order(delete("prd-00000001"))
    operator.sandbox.advance(timedelta(days=8))
    total, lines = bill(operator, "2026-12")
    assert lines == [("credit", "mobile-10", "-2.33"), ("credit", "voicemail-plus", "-0.29")]
    assert total == Decimal("-2.62")


def test_a_change_is_an_end_and_a_start_of_the_same_day() -> None:
    operator = Operator.of(services=1)
    operator.order(rebundle("prd-00000001", "mobile-25"))
    operator.sandbox.advance(timedelta(days=8))
    _, lines = bill(operator, "2026-12")
    assert {kind for kind, offering, _ in lines if offering == "mobile-10"} == {"credit"}
    assert {kind for kind, offering, _ in lines if offering == "mobile-25"} == {"recurring", "prorata"}


def test_a_start_on_the_first_is_billed_on_the_next_bill() -> None:
    operator = Operator.of(services=0)
    operator.sandbox.advance(datetime(2026, 12, 1, 9, tzinfo=UTC) - operator.sandbox.now)
    operator.order(add("mobile-10"))
    operator.sandbox.advance(timedelta(days=31))
    assert bill(operator, "2026-12")[1] == []
    assert bill(operator, "2027-01")[1] == [("recurring", "mobile-10", "10.00"), ("prorata", "mobile-10", "9.68")]


def test_a_blocked_service_is_still_billed() -> None:
    from tests.sandbox.http import modify

    operator = Operator.of()
    operator.order(modify("prd-00000001", status="suspended"))
    operator.sandbox.advance(timedelta(days=8))
    assert {kind for kind, _, _ in bill(operator, "2026-12")[1]} == {"recurring"}
