"""What a target names, and that a plan of targets speaks of nothing else."""

from __future__ import annotations

import pytest

from reconciler.model.fleet import State
from reconciler.model.plan import Choices, Plan
from reconciler.model.snapshot import Extent
from reconciler.planning.targets import idle_targets, is_targeted, named_users
from tests.planning.values import AN, DAY, ELS, JAN, NUMBERS, codes, eur, fleet, live, planned, service, snapshot

PHONE, TABLET = service(AN), service(AN, "tablet")
THEIRS = service(ELS, cost_centre="BREW")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (AN, True),
        (AN.upper(), True),
        ("an.*@*", True),
        (f"{AN}/phone", True),
        (f"{AN}/ph*", True),
        ("*@*/PHONE", True),
        (f"{AN}/tablet", False),
        (ELS, False),
        ("hq@sales", False),
        ("hq*", True),
        ("HQ@S[a]les", True),
        ("an.peeters*", True),
        ("*/phone", True),
        ("s?les", False),
    ],
)
def test_a_target_with_an_at_sign_is_a_user_or_their_services_and_another_one_anything(
    target: str, expected: bool
) -> None:
    assert is_targeted(f"{AN}/phone", user=AN, cost_centre="HQ@Sales", targets=[target]) is expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([AN.upper(), f"{ELS}/phone"], Extent(frozenset({AN, ELS}))),
        ([AN, "a?n*@x/*"], Extent(frozenset({AN}), globs=frozenset({"a?n*@x"}))),
        ([AN, "SALES"], None),
        (["an.*"], None),
        (["x/an@x"], None),
        (["[a@]n@x"], None),
        ([], None),
    ],
)
def test_users_are_named_unless_a_target_could_be_a_cost_centre(targets: list[str], expected: Extent | None) -> None:
    assert named_users(targets) == expected


def test_a_target_that_nobody_goes_by_is_idle() -> None:
    sides = fleet(service(cost_centre="HQ@Sales"), users=[JAN]), snapshot(live("a", THEIRS))
    used = [AN, JAN, ELS, f"{AN}/phone", "els*@*/*", "BREW", "hq*", "*/phone"]
    idle = ["nobody@x", f"{AN}/tablet", f"{JAN}/phone", "hq@sales", "SALES", "zz*@*"]
    assert idle_targets(*sides, [*used, *idle]) == idle


def plan_of(*targets: str) -> Plan:
    """Return the plan of a fleet in which something is odd about everybody."""
    blocked = [each._replace(state=State.BLOCKED) for each in (PHONE, TABLET, THEIRS)]
    here = [live(f"l{index}", each) for index, each in enumerate([*blocked, service(JAN)])]
    return planned(fleet(PHONE, TABLET, THEIRS), snapshot(*here), choices=Choices(targets=targets), day=DAY)


def blocked(plan: Plan) -> list[str]:
    """Return what is said to be blocked at the operator."""
    return [f"{found.user}/{found.label}" for found in plan.findings if found.code == "blocked-at-operator"]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ((), [f"{AN}/phone", f"{AN}/tablet", f"{ELS}/phone"]),
        ((AN,), [f"{AN}/phone", f"{AN}/tablet"]),
        ((f"{AN}/phone",), [f"{AN}/phone"]),
        (("brew",), [f"{ELS}/phone"]),
        ((JAN,), []),
    ],
)
def test_only_what_concerns_the_targets_is_found(targets: tuple[str, ...], expected: list[str]) -> None:
    made = plan_of(*targets)
    assert blocked(made) == expected
    assert ("unmanaged" in codes(made)) is (targets in ((), (JAN,)))


def test_of_what_is_as_declared_only_the_targets_are_counted() -> None:
    held = [PHONE._replace(number=NUMBERS[1]), TABLET._replace(number=NUMBERS[2])]
    here = [live(f"l{index}", each) for index, each in enumerate(held)]
    made = planned(fleet(*held), snapshot(*here), choices=Choices(targets=(f"{AN}/tablet",)))
    assert (made.actions, made.summary.unchanged) == ((), 1)


def test_the_bill_and_the_counts_are_those_of_the_targets() -> None:
    whole, ones = plan_of(), plan_of(AN)
    assert (whole.summary.unchanged, ones.summary.unchanged, plan_of(f"{AN}/tablet").summary.unchanged) == (3, 2, 1)
    assert (whole.summary.unmanaged, ones.summary.unmanaged) == (1, 0)
    assert whole.bill.monthly_before == eur("40.00")
    assert ones.bill.monthly_before == eur("20.00")
    assert (ones.quota, ones.live) == (whole.quota, whole.live)
