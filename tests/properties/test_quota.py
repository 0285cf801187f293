"""However removals are split over plans, whatever the portal removes in between: never more than the quota (R2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.model.fleet import Service
from reconciler.model.plan import Choices, Kind, Status, Verdict
from reconciler.ports import Result
from reconciler.sandbox import identities, seeds
from tests.harness import Trial, desired, person, with_quota

USER = "an.peeters@brouwerij.example"


def fleet_of(size: int, *, ratio: str = "0.30", base: int | None = None, offset: int = 0) -> seeds.FleetSeed:
    """Return a fleet of one user with `size` services labelled s1, s2 …, on contract since before the period."""
    services = tuple(
        seeds.ServiceSeed(
            USER, f"s{n}", "mobile-10", identities.number(n, 7), identities.iccid(n), started=date(2025, 1, 15)
        )
        for n in range(1, size + 1)
    )
    contract = seeds.ContractSeed(removal_ratio=ratio, removal_base=base, removals_used_offset=offset)
    return seeds.FleetSeed(contract=contract, users=(person(USER),), services=services)


def kept(live: set[int], removed: set[int]) -> list[Service]:
    """Return the services that should stay."""
    return [Service(USER, f"s{n}", "mobile-10", number=identities.number(n, 7)) for n in sorted(live - removed)]


def in_force(trial: Trial) -> set[int]:
    """Return the numbers of the services that are there."""
    return {int(str(item.service.label)[1:]) for item in trial.snapshot().services}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    size=st.integers(0, 12),
    ratio=st.sampled_from(["0", "0.30", "0.5", "1"]),
    steps=st.lists(
        st.tuples(st.sampled_from(["plan", "fit", "portal", "month"]), st.sets(st.integers(1, 12), max_size=6)),
        max_size=6,
    ),
)
@example(size=10, ratio="0.30", steps=[("plan", {1}), ("portal", {2}), ("plan", {3}), ("plan", {4})])
@example(size=10, ratio="0.30", steps=[("plan", {1, 2, 3}), ("fit", {4, 5})])
@example(size=10, ratio="0", steps=[("plan", {1}), ("fit", {1})])
def test_removals_of_any_sequence_of_plans_stay_within_the_quota(
    size: int, ratio: str, steps: list[tuple[str, set[int]]]
) -> None:
    trial = Trial.of(fleet_of(size, ratio=ratio))
    allowed = size * {"0": 0, "0.30": 30, "0.5": 50, "1": 100}[ratio] // 100
    for what, which in steps:
        if what == "portal":
            trial.sandbox.drift(sum(which))
        elif what == "month":
            trial.sandbox.advance(timedelta(days=8))
        else:
            live = in_force_safely(trial)
            fleet = desired(*kept(live, which), users=[USER])
            plan, outcomes = trial.apply(fleet, Choices(fit_quota=what == "fit"))
            removals = [action for action in plan.ready if action.kind is Kind.REMOVE]
            assert plan.quota.used + len(removals) <= allowed
            assert all(outcome.result is Result.DONE for outcome in outcomes.values())
        gone = [item for item in trial.snapshot().gone if item.terminated and item.terminated >= date(2026, 3, 1)]
        assert len(gone) <= allowed


def in_force_safely(trial: Trial) -> set[int]:
    """Return the numbers of the labelled services; what the portal added has no label."""
    return {int(item.service.label[1:]) for item in trial.snapshot().services if item.service.label}


@pytest.mark.parametrize(
    ("base", "ratio", "allowed"),
    [(0, "0.30", 0), (1, "0.30", 0), (3, "0.30", 0), (9, "0.30", 2), (10, "0.30", 3), (10, "0", 0), (0, "0", 0)],
)
def test_exactly_the_quota_fits_and_one_more_does_not(base: int, ratio: str, allowed: int) -> None:
    trial = Trial.of(fleet_of(12, ratio=ratio, base=base))
    everything = set(range(1, 13))
    at_limit = trial.plan(desired(*kept(everything, set(range(1, allowed + 1))), users=[USER]))
    assert at_limit.quota.verdict is Verdict.WITHIN
    assert at_limit.summary.remove == allowed
    over = trial.plan(desired(*kept(everything, set(range(1, allowed + 2))), users=[USER]))
    assert over.quota.verdict is Verdict.EXCEEDED
    assert over.summary.remove == 0
    assert over.summary.blocked == allowed + 1
    [finding] = [found for found in over.findings if found.code == "quota-exceeded"]
    assert finding.message.startswith(f"{allowed + 1} removal{'s' if allowed else ''} planned, ")
    assert f"{allowed} left: 0 used of {allowed} allowed" in finding.message or not allowed


def test_a_base_of_100_with_28_used_leaves_two_and_refuses_a_third() -> None:
    trial = Trial.of(fleet_of(12, base=40, offset=0), with_quota("0.30", base=100))
    trial.sandbox.load(fleet_of(12, base=100, offset=28))
    everything = set(range(1, 13))
    assert trial.plan(desired(*kept(everything, {1, 2}), users=[USER])).summary.remove == 2
    assert trial.plan(desired(*kept(everything, {1, 2, 3}), users=[USER])).summary.blocked == 3


def test_the_sandbox_refuses_on_its_own_what_a_wrong_configuration_would_let_through() -> None:
    trial = Trial.of(fleet_of(10), with_quota("1", base=10))
    plan, outcomes = trial.apply(desired(*kept(set(range(1, 11)), {1, 2, 3, 4}), users=[USER]))
    assert plan.summary.remove == 4
    assert {outcome.result for outcome in outcomes.values()} == {Result.FAILED}
    assert "do not fit the quota: 3 allowed" in str(next(iter(outcomes.values())).reason)
    assert len(in_force(trial)) == 10


def test_fitting_the_quota_keeps_what_saves_most_and_defers_the_rest_to_the_next_period() -> None:
    trial = Trial.of(fleet_of(10))
    plan = trial.plan(desired(*kept(set(range(1, 11)), {1, 2, 3, 4}), users=[USER]), Choices(fit_quota=True))
    assert plan.summary.remove == 3
    [later] = [action for action in plan.actions if action.status is Status.DEFERRED]
    assert later.not_before == date(2027, 3, 1)


def test_a_renewed_period_has_a_fresh_quota() -> None:
    trial = Trial.of(fleet_of(10))
    trial.apply(desired(*kept(set(range(1, 11)), {1, 2, 3}), users=[USER]))
    assert trial.plan(desired(*kept(in_force(trial), {4}), users=[USER])).summary.blocked == 1
    trial.sandbox.advance(timedelta(days=120))
    renewed = trial.plan(desired(*kept(in_force(trial), {4, 5}), users=[USER]))
    assert (renewed.quota.base, renewed.quota.allowed, renewed.quota.used) == (7, 2, 0)
    assert renewed.summary.remove == 2
