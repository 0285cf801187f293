"""The bill the operator issues is the bill without the plan plus what the plan said, to the cent (R4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from reconciler.sandbox import Sandbox
from reconciler.sandbox.schema import bills
from tests.harness import Trial, with_quota
from tests.properties.fleets import fleet_seeds, wanted


def next_bill(sandbox: Sandbox) -> Decimal:
    """Let the first of the next month pass, and return the bill issued on it."""
    first = (sandbox.today.replace(day=28) + timedelta(days=4)).replace(day=1)
    sandbox.advance(timedelta(days=(first - sandbox.today).days + 1))
    with sandbox.transaction() as connection:
        month = f"{first:%Y-%m}"
        return Decimal(connection.execute(select(bills.c.total).where(bills.c.month == month)).scalar_one())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(0, 75), st.integers(0, 1000))
def test_the_bill_is_what_was_predicted(data: st.DataObject, days: int, chance: int) -> None:
    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = Trial.of(seed, with_quota(base=10))
    trial.sandbox.drift(chance)
    trial.sandbox.advance(timedelta(days=days))
    without = trial.sandbox.copy(":memory:")
    plan, _ = trial.apply(fleet)
    trial.snapshot()
    assert next_bill(trial.sandbox) - next_bill(without) == plan.bill.next_bill_delta.amount
    assert sum((amount.amount for amount in plan.bill.by_cost_centre.values()), Decimal(0)) == (
        plan.bill.next_bill_delta.amount
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_steady_month_is_what_was_predicted(data: st.DataObject) -> None:
    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = Trial.of(seed, with_quota(base=10))
    plan, _ = trial.apply(fleet)
    trial.snapshot()
    next_bill(trial.sandbox)
    assert next_bill(trial.sandbox) == (plan.bill.monthly_before + plan.bill.monthly_delta).amount
