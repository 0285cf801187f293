"""Users the operator does not know: created before their first service where that is asked for (R1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.model.fleet import DesiredFleet, DesiredUser, Service
from reconciler.model.plan import Change, Kind, Plan, Status
from reconciler.planning.document import digest
from tests.harness import PLACE
from tests.planning.values import AN, DAY, JAN, codes, fleet, live, planned, service, snapshot

NEW = "nele.nieuw@brouwerij.example"


def named(*services: Service, name: str | None = "Nele Nieuw", user: str = NEW, **parts: object) -> DesiredFleet:
    """Return a fleet in which users are created, and `user` has a name."""
    made = fleet(*services, users=[user], create_users=True, **parts)  # type: ignore[arg-type]
    return replace(made, users=dict(made.users) | {user: DesiredUser(user, PLACE, name, "SALES")})


def kinds(made: Plan) -> list[tuple[str, Kind, Status]]:
    """Return what a plan does, in order."""
    return [(action.id, action.kind, action.status) for action in made.actions]


def test_an_unknown_user_is_created_right_before_the_first_service() -> None:
    made = planned(named(service(NEW), service(NEW, "tablet"), service(AN)), snapshot())
    assert kinds(made) == [
        (f"{AN}/phone", Kind.ADD, Status.READY),
        (NEW, Kind.CREATE, Status.READY),
        (f"{NEW}/phone", Kind.ADD, Status.READY),
        (f"{NEW}/tablet", Kind.ADD, Status.READY),
    ]
    assert made.actions[1].changes == (Change("name", None, "Nele Nieuw"), Change("cost_centre", None, "SALES"))
    assert (made.summary.create, made.summary.add, made.summary.ready) == (1, 3, 4)
    assert not made.is_blocked


def test_nobody_is_created_unless_that_is_asked_for_and_the_error_says_how() -> None:
    made = planned(fleet(service(NEW)), snapshot())
    assert kinds(made) == [(f"{NEW}/phone", Kind.ADD, Status.BLOCKED)]
    assert "'users: {create: true}'" in str(made.findings[0].hint)


@pytest.mark.parametrize("name", [None, "", "Nele"])
def test_a_user_without_a_given_and_a_family_name_is_not_created(name: str | None) -> None:
    made = planned(named(service(NEW), name=name), snapshot())
    assert kinds(made) == [(f"{NEW}/phone", Kind.ADD, Status.BLOCKED)]
    assert codes(made) == ["unknown-user"]
    assert "declare 'name'" in str(made.findings[0].hint)


def test_nobody_is_created_for_a_service_that_cannot_be_had() -> None:
    assert kinds(planned(named(service(NEW, bundle="mobile-11")), snapshot())) == [
        (f"{NEW}/phone", Kind.ADD, Status.BLOCKED)
    ]


def test_nobody_is_created_without_a_service_and_nobody_who_is_known() -> None:
    assert planned(named(), snapshot()).actions == ()
    assert planned(named(service(AN)), snapshot()).summary.create == 0


def test_a_joiner_is_created_on_the_day_of_the_first_service() -> None:
    starts = date(2027, 1, 4)
    waiting = planned(named(service(NEW), starts=starts), snapshot())
    assert kinds(waiting) == [
        (NEW, Kind.CREATE, Status.DEFERRED),
        (f"{NEW}/phone", Kind.ADD, Status.DEFERRED),
    ]
    assert waiting.actions[0].not_before == starts
    assert planned(named(service(NEW), starts=starts), snapshot(), day=starts).summary.create == 1


def test_a_service_can_move_to_a_user_who_is_created() -> None:
    number = "+32470000001"
    held = live("l-1", service(AN, number=number))
    wanted = named(service(NEW, number=number))
    made = planned(replace(wanted, users=dict(wanted.users) | {AN: DesiredUser(AN, PLACE)}), snapshot(held))
    assert [(action.kind, action.is_transfer) for action in made.actions] == [(Kind.CREATE, False), (Kind.CHANGE, True)]


def test_somebody_who_looks_like_a_known_user_is_pointed_out() -> None:
    typo = "an.peters@brouwerij.example"
    made = planned(named(service(typo), user=typo, name="An Peters"), snapshot())
    assert codes(made) == ["looks-like-user"]
    assert f"looks like '{AN}'" in made.findings[0].message
    assert codes(planned(named(service(NEW)), snapshot(users=(AN, JAN)))) == []


def test_an_approval_covers_the_name_of_whom_it_creates() -> None:
    one, other = (planned(named(service(NEW), name=name), snapshot(), day=DAY) for name in ("Nele A", "Nele B"))
    assert digest(one) != digest(other)
