"""An approval covers the same actions or fewer, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.applying.approval import require_removals_allowed, same_target, uncovered, withdrawn
from reconciler.errors import ApprovalMissing
from reconciler.model.plan import Plan, Status
from tests.planning.test_document import OTHERS, PLAN

ACTIONS = PLAN.actions


def of(*numbers: int) -> Plan:
    """Return the plan with some of its actions only."""
    return replace(PLAN, actions=tuple(ACTIONS[number] for number in numbers))


def test_the_same_actions_are_covered() -> None:
    assert uncovered(PLAN, PLAN) == withdrawn(PLAN, PLAN) == ()


@given(st.sets(st.integers(0, len(ACTIONS) - 1)), st.sets(st.integers(0, len(ACTIONS) - 1)))
def test_fewer_are_covered_and_more_are_not(approved: set[int], now: set[int]) -> None:
    new = uncovered(of(*approved), of(*now))
    assert set(new) == {ACTIONS[number] for number in now - approved}
    assert set(withdrawn(of(*approved), of(*now))) == {ACTIONS[number] for number in approved - now}


@pytest.mark.parametrize("name", [name for name in OTHERS if name.startswith(("after", "before", "fee", "live"))])
def test_an_action_that_differs_in_any_field_is_not_covered(name: str) -> None:
    assert len(uncovered(PLAN, OTHERS[name])) == 1


@pytest.mark.parametrize("name", ["organisation", "contract", "provider", "account"])
def test_an_approval_is_for_one_organisation_contract_and_account(name: str) -> None:
    assert not same_target(PLAN, OTHERS[name])
    assert same_target(PLAN, PLAN)


def test_what_is_not_ready_was_not_approved_to_be_ordered() -> None:
    deferred = replace(PLAN, actions=tuple(action._replace(status=Status.DEFERRED) for action in ACTIONS))
    assert len(uncovered(deferred, PLAN)) == len(PLAN.ready)


def test_an_automatic_approval_covers_as_many_removals_as_were_allowed_by_number() -> None:
    require_removals_allowed(ACTIONS, 1)
    with pytest.raises(ApprovalMissing, match="does not cover removals, and 1 are planned"):
        require_removals_allowed(ACTIONS, 0)
