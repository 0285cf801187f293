"""Whatever should be and whatever is there: an apply brings the one to the other, and a second has nothing to do."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.model.fleet import Service
from reconciler.ports import Result
from reconciler.sandbox import identities, seeds
from tests.harness import Trial, desired, person, with_quota
from tests.properties.fleets import fleet_seeds, wanted

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
THOROUGH = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)


def test_what_is_ordered_beside_an_unclear_match_does_not_settle_it() -> None:
    els = "els.maes@brouwerij.example"
    held = [
        seeds.ServiceSeed(els, None, "mobile-10", "+32470000002", identities.iccid(2), started=date(2025, 1, 15)),
        seeds.ServiceSeed(els, None, "m2m-1", "+32470000003", identities.iccid(3), started=date(2025, 1, 15)),
    ]
    contract = seeds.ContractSeed(removal_base=10, removal_ratio="1")
    trial = Trial.of(
        seeds.FleetSeed(contract=contract, users=(person(els),), services=tuple(held)), with_quota(base=10)
    )
    fleet = desired(Service(els, "data", "mobile-10", frozenset({"voicemail-plus"})), Service(els, "phone", "data-20"))
    first, _ = trial.apply(fleet)
    assert trial.plan(fleet).actions == first.actions


@THOROUGH
@given(st.data())
def test_a_plan_after_an_apply_is_empty(data: st.DataObject) -> None:
    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = Trial.of(seed, with_quota(base=10))
    plan, outcomes = trial.apply(fleet)
    assert {outcome.result for outcome in outcomes.values()} <= {Result.DONE}, (plan.actions, outcomes)
    again, nothing = trial.apply(fleet)
    assert again.ready == (), [(action.changes, action.before, action.after) for action in again.ready]
    assert nothing == {}


@THOROUGH
@given(st.data(), st.integers(0, 10_000))
def test_a_plan_after_drift_and_an_apply_is_empty(data: st.DataObject, chance: int) -> None:
    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = Trial.of(seed, with_quota(base=10))
    trial.apply(fleet)
    trial.sandbox.drift(chance)
    plan, outcomes = trial.apply(fleet)
    assert {outcome.result for outcome in outcomes.values()} <= {Result.DONE}, (plan.actions, outcomes)
    again = trial.plan(fleet)
    assert again.ready == (), [(action.changes, action.before, action.after) for action in again.ready]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(st.data(), st.randoms(use_true_random=False))
def test_a_plan_is_the_same_however_both_sides_are_shuffled(data: st.DataObject, chance: random.Random) -> None:
    from reconciler.planning.document import to_document
    from reconciler.planning.planner import plan

    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = Trial.of(seed, with_quota(base=10))
    fleet, live = replace(fleet, config=trial.config), trial.snapshot()
    services, declared = list(live.services), list(fleet.services)
    chance.shuffle(services)
    chance.shuffle(declared)
    day = trial.sandbox.today
    one = plan(fleet, live, day, tool_version="test")
    other = plan(
        replace(fleet, services=tuple(declared)), replace(live, services=tuple(services)), day, tool_version="test"
    )
    assert to_document(one, created_at=live.read_at) == to_document(other, created_at=live.read_at)
