"""What becomes of a service in the eyes of one who asks about it: the answers that only odd sides give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reconciler.model.explanation import Answer, Explanation
from reconciler.model.fleet import DesiredFleet
from reconciler.model.snapshot import OpenOrder, Snapshot
from reconciler.planning.explaining import Case, explain, matched_by
from reconciler.planning.overview import overview
from tests.planning.values import AN, DAY, ELS, NUMBERS, fleet, live, planned, service, sim, snapshot

ICCID = "8932050000000000013"


def explained(wanted: DesiredFleet, here: Snapshot, *, live_id: str | None, user: str = AN) -> Explanation:
    """Return the explanation of one pair: of the one with that live service, or of the one that is only declared."""
    pairs = overview(wanted, here, day=DAY).pairs
    [pair] = [each for each in pairs if (each.live.id if each.live else None) == live_id]
    return explain(Case(user, "phone", wanted, planned(wanted, here), pair))


@pytest.mark.parametrize(
    ("wanted", "held", "words"),
    [
        ({"number": NUMBERS[1], "sim": sim(ICCID)}, {"number": NUMBERS[1], "sim": sim(ICCID)}, "by its number"),
        ({"sim": sim(ICCID)}, {"sim": sim(ICCID), "user": ELS}, "by its SIM"),
        ({}, {"number": NUMBERS[1]}, "by user and label"),
        ({}, {"label": None}, "since it is the only one it can be"),
    ],
)
def test_by_what_two_sides_were_matched(wanted: dict[str, Any], held: dict[str, Any], words: str) -> None:
    assert matched_by(service(**wanted), service(**held)) == words


def test_live_is_as_declared() -> None:
    each = explained(fleet(service()), snapshot(live("a")), live_id="a")
    assert (each.answer, each.action) == (Answer.AS_DECLARED, None)


def test_an_open_order_is_in_flight() -> None:
    order = OpenOrder("ord-9", "inProgress", live_ids=frozenset({"a"}))
    each = explained(fleet(service(bundle="mobile-25")), snapshot(live("a"), orders=[order]), live_id="a")
    assert (each.answer, each.orders) == (Answer.IN_FLIGHT, (order,))
    assert "Order ord-9 is inProgress." in [text for text, _ in each.reasons]


def test_what_could_be_any_of_several_is_unclear_on_both_sides() -> None:
    here = snapshot(
        live("a", service(label=None, number=NUMBERS[1])), live("b", service(label=None, number=NUMBERS[2]))
    )
    declared = explained(fleet(service()), here, live_id=None)
    assert declared.answer is Answer.BLOCKED
    assert [found.code for found in declared.findings] == ["ambiguous-match"]
    assert "Which live service it is cannot be told, so it is left as it is." in [text for text, _ in declared.reasons]
    candidate = explained(fleet(service()), here, live_id="a")
    assert (candidate.answer, candidate.reasons[0].text) == (
        Answer.UNCLEAR,
        "Which declared service a is cannot be told, so it is left as it is.",
    )


def test_what_is_declared_for_later_and_live_already_is_taken_for_begun() -> None:
    each = explained(fleet(service(), starts=date(2026, 12, 1)), snapshot(live("a")), live_id="a")
    assert each.answer is Answer.AS_DECLARED
    assert each.reasons[1].text == "It is declared from 2026-12-01 on, and taken for begun since it is live already."


def test_a_user_who_is_created_first_is_said_to_be() -> None:
    wanted = fleet(service(), create_users=True)
    wanted = replace(wanted, users={AN: wanted.users[AN]._replace(name="An Peeters")})
    each = explained(wanted, snapshot(users=()), live_id=None)
    assert each.answer is Answer.PLANNED
    assert "Its user, whom the operator does not know, is created first." in [text for text, _ in each.reasons]


def test_a_removal_beyond_the_quota_comes_with_the_finding_of_the_whole_plan() -> None:
    here = snapshot(live("a"), ratio="0", base=1)
    each = explained(fleet(users=[AN]), here, live_id="a")
    assert (each.answer, "quota-exceeded" in [found.code for found in each.findings]) == (Answer.BLOCKED, True)


def test_the_findings_of_another_unlabelled_service_are_not_its_own() -> None:
    here = snapshot(*(live(name, service(label=None, number=NUMBERS[n])) for n, name in enumerate("ab", 1)), ratio="1")
    each = explained(fleet(users=[AN]), here, live_id="a")
    assert [found.message.partition(":")[0] for found in each.findings] == [f"{AN}/{NUMBERS[1]}"]
