"""Users as they are created over the wire, and what happens where the operator creates none or answers oddly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from reconciler.model.fleet import Activation, DesiredFleet, DesiredUser, Service
from reconciler.ports import Outcome, Result
from reconciler.sandbox import identities, seeds
from tests.harness import PLACE, Trial, desired, person, with_quota

AN, NELE = "an.peeters@brouwerij.example", "nele.van.den.broeck@brouwerij.example"
NUMBER = "+32470000001"


def trial() -> Trial:
    """Return a trial of one user with a phone, whose users may be created."""
    phone = seeds.ServiceSeed(AN, "phone", "mobile-10", NUMBER, identities.iccid(1), started=date(2025, 1, 15))
    seed = seeds.FleetSeed(users=(person(AN),), services=(phone,))
    return Trial.of(seed, replace(with_quota(base=1), create_users=True))


def with_nele(*services: Service) -> DesiredFleet:
    """Return a fleet in which Nele is declared beside An."""
    made = desired(*services, users=[AN, NELE])
    return replace(made, users=dict(made.users) | {NELE: DesiredUser(NELE, PLACE, "Nele Van den Broeck", "HR")})


def results(outcomes: Mapping[str, Outcome]) -> set[Result]:
    """Return what became of actions."""
    return {outcome.result for outcome in outcomes.values()}


def test_a_user_is_created_with_name_and_cost_centre_and_then_has_the_service() -> None:
    one = trial()
    fleet = with_nele(Service(AN, "phone", "mobile-10", number=NUMBER), Service(NELE, "phone", "mobile-25"))
    made, outcomes = one.apply(fleet)
    assert made.summary.create == 1
    assert results(outcomes) == {Result.DONE}
    live = one.snapshot()
    assert (live.users[NELE].name, live.users[NELE].cost_centre) == ("Nele Van den Broeck", "HR")
    assert [item.service.bundle for item in live.services if item.service.user == NELE] == ["mobile-25"]
    assert one.plan(fleet).actions == ()


def test_a_service_moves_to_a_user_who_is_created_in_the_same_run() -> None:
    one = trial()
    made, outcomes = one.apply(with_nele(Service(NELE, "phone", "mobile-10", number=NUMBER)))
    assert (made.summary.create, made.summary.transfer) == (1, 1)
    assert results(outcomes) == {Result.DONE}
    assert [item.service.user for item in one.snapshot().services] == [NELE]


def test_a_service_that_waits_for_its_user_is_ordered_after_the_user_is_created() -> None:
    one = trial()
    phone = Service(NELE, "phone", "mobile-25", activation=Activation.EMAIL)
    _, outcomes = one.apply(with_nele(Service(AN, "phone", "mobile-10", number=NUMBER), phone))
    assert (outcomes[NELE].result, outcomes[f"{NELE}/phone"].result) == (Result.DONE, Result.WAITING)


def test_a_user_whom_somebody_else_created_meanwhile_is_taken_as_is() -> None:
    one = trial()
    fleet = with_nele(Service(AN, "phone", "mobile-10", number=NUMBER), Service(NELE, "phone", "mobile-25"))
    one.app = Meanwhile(one)
    _, outcomes = one.apply(fleet)
    assert results(outcomes) == {Result.DONE}
    assert sum(1 for user in one.snapshot().users if user == NELE) == 1
    assert "Nele Elders" in {user.name for user in one.snapshot().users.values()}


def test_an_operator_that_creates_nobody_is_said_to() -> None:
    one = trial()
    one.app = NoCreation(one.sandbox.app())
    fleet = with_nele(Service(AN, "phone", "mobile-10", number=NUMBER), Service(NELE, "phone", "mobile-25"))
    _, outcomes = one.apply(fleet)
    assert outcomes[NELE].result is Result.FAILED
    assert "This operator creates no users here" in str(outcomes[NELE].reason)
    assert outcomes[f"{NELE}/phone"] == Outcome(Result.NOT_STARTED, "its user was not created")


class Meanwhile:
    """Has somebody else create Nele right after the users were read for the first time."""

    def __init__(self, one: Trial) -> None:
        self.one, self.app, self.done = one, one.sandbox.app(), False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        await self.app(scope, receive, send)
        if scope["path"].endswith("/individual") and not self.done:
            from reconciler.sandbox import people

            self.done = True
            medium = {"mediumType": "email", "characteristic": {"emailAddress": NELE}}
            with self.one.sandbox.transaction() as connection:
                people.create(connection, {"givenName": "Nele", "familyName": "Elders", "contactMedium": [medium]})


class NoCreation:
    """An operator whose list of individuals can only be read."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        if scope["method"] == "POST" and scope["path"].endswith("/individual"):
            await send({"type": "http.response.start", "status": 405, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)
