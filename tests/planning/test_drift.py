"""Whose orders a plan asks about, and which of them it calls drift."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.model.fleet import State
from reconciler.model.plan import Inquiry, Kind, Plan
from reconciler.model.snapshot import ADDED, REMOVED, OpenOrder, PlacedOrder, Presence, Snapshot
from reconciler.planning.drift import questions, suspects, told
from tests.planning.values import AN, ELS, JAN, NUMBERS, fleet, live, only, planned, service, snapshot

PORTAL = PlacedOrder("ord-1", "completed", None, None, "portal", ("by telephone",))


def asked(made: Plan, here: Snapshot) -> list[tuple[str, set[str]]]:
    """Return the live ids asked about, with what an order must have touched."""
    return [(each.live.id, set(each.paths)) for each in suspects(made, here)]


def test_a_change_is_asked_about_by_what_it_changes() -> None:
    here = snapshot(live("a", number=NUMBERS[1], options={"calls"}))
    made = planned(fleet(service(bundle="mobile-25", number=NUMBERS[1])), here)
    assert asked(made, here) == [("a", {"bundle", "options"})]


def test_what_is_only_live_was_added_or_moved_here() -> None:
    here = snapshot(live("a"), ratio="1")
    assert asked(planned(fleet(users=[AN]), here), here) == [("a", {ADDED, "user"})]


@pytest.mark.parametrize("number", [None, NUMBERS[1]])
def test_what_is_missing_was_removed_the_last_that_went_is_meant(number: str | None) -> None:
    gone = [
        live(identity, service(number=number))._replace(presence=Presence.GONE, terminated=date(2026, month, 1))
        for identity, month in (("new", 11), ("old", 3))
    ]
    here = snapshot(gone=[*gone, live("other", service(label="tablet", number=NUMBERS[2]))])
    assert asked(planned(fleet(service(number=number)), here), here) == [("new", {REMOVED})]


def test_a_block_that_is_nobodys_action_is_asked_about_and_said_in_its_finding() -> None:
    here = snapshot(live("a", state=State.BLOCKED), live("b", service(ELS, state=State.BLOCKED)))
    made = planned(fleet(service(), service(ELS)), here)
    found = suspects(made, here)
    assert [(each.live.id, set(each.paths)) for each in found] == [("a", {"state"}), ("b", {"state"})]
    shown = told(made, found, {"a": PORTAL, "b": PORTAL._replace(requester="fleet", reference="r-0001")}, Inquiry(2))
    told_of, ours = [each.message for each in shown.findings if each.code == "blocked-at-operator"]
    assert told_of == f"{AN}/phone is blocked at the operator and still billed (R8); blocked by order ord-1 by portal"
    assert ours == f"{ELS}/phone is blocked at the operator and still billed (R8)"


def test_what_is_new_is_on_order_or_starts_later_is_not_asked_about() -> None:
    here = snapshot(live("a"), orders=[OpenOrder("ord-9", "inProgress", live_ids=frozenset({"a"}))])
    assert asked(planned(fleet(service(bundle="mobile-25"), service(JAN)), here), here) == []
    later = snapshot(gone=[live("b")])
    assert asked(planned(fleet(service(), starts=date(2026, 12, 1)), later), later) == []


def test_the_other_services_of_the_users_concerned_come_along() -> None:
    here = snapshot(live("a"), live("b", service(label="tablet")), live("c", service(ELS)))
    made = planned(fleet(service(bundle="mobile-25"), service(label="tablet"), service(ELS)), here)
    services, touching = questions(suspects(made, here), here)
    assert ([item.id for item in services], set(touching)) == (["a", "b"], {"a"})


@pytest.mark.parametrize(
    ("order", "ours"),
    [
        (PORTAL, False),
        (PORTAL._replace(reference="T-12"), False),
        (PORTAL._replace(reference="run-0001"), False),
        (PORTAL._replace(requester="fleet", reference="261124084347a259-0007"), True),
        (PORTAL._replace(requester=None, reference="261124084347a259-0007"), True),
        (PORTAL._replace(requester="fleet"), False),
        (PORTAL._replace(requester=None), False),
    ],
)
def test_an_order_of_our_own_runs_is_no_drift(order: PlacedOrder, ours: bool) -> None:
    here = snapshot(live("a"))
    made = planned(fleet(service(bundle="mobile-25")), here)
    shown = told(made, suspects(made, here), {"a": order}, Inquiry(1))
    assert only(shown).drift == (None if ours else order._replace(notes=()))
    assert order.run == ("261124084347a259" if ours else None)
    assert (only(shown).kind, shown.inquiry) == (Kind.CHANGE, Inquiry(1))
