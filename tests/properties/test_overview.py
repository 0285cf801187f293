"""Whatever is declared and whatever is live: an overview and a plan say the same of every service."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.config import Ownership
from reconciler.model.overview import Standing
from reconciler.model.plan import Kind, Status
from reconciler.planning.overview import overview
from reconciler.planning.planner import plan
from tests.harness import Trial, with_quota
from tests.properties.fleets import fleet_seeds, wanted


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(Ownership), st.integers(0, 5))
def test_an_overview_says_of_every_service_what_a_plan_does(
    data: st.DataObject, ownership: Ownership, chance: int
) -> None:
    seed = data.draw(fleet_seeds())
    config = replace(with_quota(base=10), ownership=ownership)
    fleet = replace(data.draw(wanted(seed)), config=config)
    trial = Trial.of(seed, config)
    trial.sandbox.configure(activation_delay_hours=data.draw(st.sampled_from([0, 24])))
    if data.draw(st.booleans()):
        trial.apply(fleet)
    trial.sandbox.drift(chance)
    live, today = trial.snapshot(), trial.sandbox.today
    made = plan(fleet, live, today, tool_version="test")
    seen = overview(fleet, live, day=today)
    counts = Counter(pair.standing for pair in seen.pairs)
    kinds = Counter(action.kind for action in made.actions if action.status is not Status.IN_FLIGHT)
    unclear = sum(1 for pair in seen.pairs if pair.standing is Standing.UNCLEAR and pair.live is None)
    assert counts[Standing.CHANGED] == kinds[Kind.CHANGE]
    assert counts[Standing.ONLY_LIVE] == kinds[Kind.REMOVE]
    assert counts[Standing.ONLY_DESIRED] + unclear == kinds[Kind.ADD]
    assert counts[Standing.IN_FLIGHT] == made.summary.in_flight
    assert counts[Standing.SAME] == made.summary.unchanged
    assert counts[Standing.UNMANAGED] == made.summary.unmanaged
    held = [pair.monthly.amount for pair in seen.pairs if pair.is_held and pair.monthly]
    assert sum(held, Decimal(0)) == made.bill.monthly_before.amount
    assert sorted(pair.live.id for pair in seen.pairs if pair.live) == sorted(item.id for item in live.services)
    assert sum(1 for pair in seen.pairs if pair.desired) == len(fleet.services)
