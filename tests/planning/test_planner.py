"""Whose services a plan speaks for, what it says beside its actions, and what it refuses to plan from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconciler.errors import IncompleteSnapshot, Problem
from reconciler.model.config import IgnoreRule, Ownership, QuotaConfig
from reconciler.model.fleet import Ending, State
from reconciler.model.plan import Choices, Kind, Severity, Status
from reconciler.model.snapshot import LiveService, OpenOrder, Presence
from tests.harness import PLACE
from tests.planning.values import (
    AN,
    DAY,
    ELS,
    JAN,
    NUMBERS,
    codes,
    eur,
    fleet,
    live,
    only,
    planned,
    service,
    snapshot,
)

MOVED = service(JAN, number=NUMBERS[1])


def test_users_that_are_not_declared_are_reported_and_left_alone() -> None:
    made = planned(fleet(users=[JAN]), snapshot(live("a")))
    assert (made.actions, codes(made), made.summary.unmanaged) == ((), ["unmanaged"], 1)


def test_owning_the_organisation_removes_what_is_not_declared() -> None:
    made = planned(fleet(users=[JAN], ownership=Ownership.ORGANISATION), snapshot(live("a"), ratio="1", base=1))
    assert only(made).kind is Kind.REMOVE


def test_ignoring_beats_both_sides() -> None:
    rules = (IgnoreRule("*@BROUWERIJ.example"),)
    made = planned(fleet(service(JAN), ownership=Ownership.ORGANISATION, ignore=rules), snapshot(live("a")))
    assert (made.actions, made.summary.unmanaged) == ((), 0)


def test_a_declared_user_without_services_has_left() -> None:
    assert only(planned(fleet(users=[AN]), snapshot(live("a"), ratio="1", base=1))).kind is Kind.REMOVE


def test_a_number_that_moves_to_another_user_is_a_transfer_and_costs_no_quota() -> None:
    made = planned(fleet(MOVED, users=[AN]), snapshot(live("a", service(AN, number=NUMBERS[1])), base=0, used=0))
    assert only(made).is_transfer
    assert (made.summary.transfer, made.quota.planned, made.bill.monthly_delta) == (1, 0, eur("0.00"))


def test_a_removal_and_an_addition_that_look_alike_are_pointed_out_and_not_merged() -> None:
    made = planned(fleet(service(label="mobile")), snapshot(live("a", number=NUMBERS[1]), ratio="1", base=10, used=9))
    assert {action.kind for action in made.actions} == {Kind.ADD, Kind.REMOVE}
    assert "looks-like-transfer" in codes(made)


def unlabelled() -> tuple[LiveService, LiveService]:
    """Return two services of one user that only their numbers tell."""
    return live("a", label=None, number=NUMBERS[1]), live("b", label=None, number=NUMBERS[2])


def test_an_unclear_match_is_an_error_that_names_the_candidates() -> None:
    made = planned(fleet(service()), snapshot(*unlabelled()))
    [finding] = [found for found in made.findings if found.code == "ambiguous-match"]
    assert "a (" in finding.message
    assert "b (" in finding.message
    assert only(made).status is Status.BLOCKED


def test_what_would_settle_an_unclear_match_by_itself_waits_with_it() -> None:
    one = service(label="data", bundle="mobile-10")
    other = service(label="phone", bundle="mobile-25")
    made = planned(fleet(one, other), snapshot(live("a", label=None, bundle="mobile-10", number=NUMBERS[1])))
    assert {(action.id.partition("/")[2], action.status) for action in made.actions} == {
        ("data", Status.BLOCKED),
        ("phone", Status.BLOCKED),
    }
    assert [found.code for found in made.findings if found.severity is Severity.ERROR] == ["ambiguous-match"] * 2


def test_candidates_are_named_in_one_order_whatever_the_operator_lists_first() -> None:
    both = unlabelled()
    one, other = (planned(fleet(service()), snapshot(*order)).findings for order in (both, both[::-1]))
    assert one == other


def test_an_adopted_service_is_said_to_be() -> None:
    assert codes(planned(fleet(service()), snapshot(live("a", label=None, number=NUMBERS[1])))) == ["adopted"]


def test_a_blocked_sim_stays_blocked_until_somebody_says_active() -> None:
    blocked = live("a", state=State.BLOCKED, number=NUMBERS[1])
    quiet = planned(fleet(service()), snapshot(blocked))
    assert (quiet.actions, codes(quiet)) == ((), ["blocked-at-operator"])
    assert only(planned(fleet(service(state=State.ACTIVE)), snapshot(blocked))).kind is Kind.CHANGE


def test_a_service_that_starts_later_is_deferred_to_its_day() -> None:
    starts = DAY + timedelta(days=1)
    made = planned(fleet(service(), starts=starts), snapshot())
    assert (only(made).status, only(made).not_before) == (Status.DEFERRED, starts)
    assert only(planned(fleet(service(), starts=DAY), snapshot())).status is Status.READY


@pytest.mark.parametrize(("days", "said"), [(-1, False), (0, True), (30, True), (31, False)])
def test_what_ends_within_thirty_days_is_announced(days: int, said: bool) -> None:
    made = fleet(service())
    ending = Ending("option roaming", DAY + timedelta(days=days), PLACE)
    [wish] = made.services
    soon = type(made)(made.config, made.users, (wish._replace(endings=(ending,)),))
    assert ("ends-soon" in codes(planned(soon, snapshot(live("a"))))) is said


@pytest.mark.parametrize(
    ("day", "said"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2027, 3, 1), True), (date(2027, 3, 2), False)],
)
def test_the_day_of_notice_is_announced_before_it_has_passed(day: date, said: bool) -> None:
    assert ("contract-notice" in codes(planned(fleet(), snapshot(), day=day))) is said


def test_what_was_odd_in_the_files_is_a_warning_of_the_plan() -> None:
    made = fleet(service())
    odd = replace(made, warnings=(Problem("odd", PLACE),))
    assert codes(planned(odd, snapshot(live("a")))) == ["odd-input"]


@pytest.mark.parametrize("target", [AN, f"{AN}/ph*", "sales", "AN.*"])
def test_a_target_is_a_user_an_address_or_a_cost_centre(target: str) -> None:
    wanted = [service(cost_centre="SALES"), service(ELS, cost_centre="BREW")]
    made = planned(fleet(*wanted), snapshot(), choices=Choices(targets=(target,)))
    assert only(made).user == AN


def test_a_removal_on_order_is_in_flight_and_counts_as_used() -> None:
    going = live("a", presence=Presence.GOING)
    made = planned(fleet(users=[AN]), snapshot(going, ratio="1", base=10, used=9))
    assert (only(made).status, made.quota.planned) == (Status.IN_FLIGHT, 0)


def test_nothing_is_planned_from_a_snapshot_with_gaps() -> None:
    with pytest.raises(IncompleteSnapshot, match="page 3 of the products"):
        planned(fleet(), snapshot(gaps=("page 3 of the products was not read",)))


def test_nothing_is_planned_where_live_has_less_than_the_contract_counts() -> None:
    with pytest.raises(IncompleteSnapshot, match="1 services were read, though the contract counts 10"):
        planned(fleet(), snapshot(live("a"), base=10, used=8))
    planned(fleet(), snapshot(live("a"), ratio="1", base=1))
    planned(fleet(quota=QuotaConfig(base=10)), snapshot(live("a"), base=10, used=8))


def test_nothing_is_planned_where_the_catalogue_lacks_what_services_have() -> None:
    with pytest.raises(IncompleteSnapshot, match="the catalogue lacks mobile-99"):
        planned(fleet(), snapshot(live("a", bundle="mobile-99")))


def test_the_bill_is_booked_on_the_cost_centres_and_a_move_takes_its_fees_along() -> None:
    held = service(number=NUMBERS[1], cost_centre="SALES")
    made = planned(fleet(held._replace(cost_centre="BREW")), snapshot(live("a", held)))
    assert made.bill.by_cost_centre == {"BREW": eur("10.00"), "SALES": eur("-10.00")}
    assert made.bill.next_bill_delta == eur("0.00")


def test_an_open_order_that_shows_in_live_already_is_in_flight_all_the_same() -> None:
    order = OpenOrder("ord-7", "inProgress", live_ids=frozenset({"l1"}))
    made = planned(fleet(service()), snapshot(live("l1", service()), orders=[order]))
    assert (only(made).status, only(made).reason) == (Status.IN_FLIGHT, "order ord-7 is inProgress")
    assert (made.summary.in_flight, made.summary.unchanged, only(made).changes) == (1, 0, ())
