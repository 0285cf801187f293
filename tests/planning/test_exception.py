"""What the account manager is asked for, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.model.exception import ExceptionRequest
from reconciler.model.fleet import DesiredFleet, DesiredUser, Ending
from reconciler.model.plan import Choices
from reconciler.planning.exception import exception_request
from tests.harness import PLACE
from tests.planning.values import AN, CATALOGUE, NUMBERS, eur, fleet, live, planned, service, snapshot

LINES = tuple(
    live(f"l{n}", service(AN, f"s{n}", "mobile-25" if n > 6 else "mobile-10", number=NUMBERS[n])) for n in range(10)
)
BUNDLES = {word: bundle.name for word, bundle in CATALOGUE.bundles.items()}


def asked(kept: int, *, reason: str | None = None, otherwise: str | None = None, used: int = 0) -> ExceptionRequest:
    """Return the request of keeping the first `kept` of ten services."""
    desired = fleet(*(item.service for item in LINES[:kept]), users=[AN])
    desired = replace(desired, users={AN: DesiredUser(AN, PLACE, reason=reason)})
    return request(desired, otherwise=otherwise, used=used)


def request(desired: DesiredFleet, *, otherwise: str | None = None, used: int = 0) -> ExceptionRequest:
    """Return the request of a fleet against ten services."""
    snap = snapshot(*LINES, base=10, used=used, ratio=None)
    fitted = planned(desired, snap, choices=Choices(fit_quota=True))
    return exception_request(fitted, desired, bundles=BUNDLES, otherwise=otherwise)


def test_what_saves_most_fits_and_the_rest_is_asked_for() -> None:
    made = asked(5)
    assert [(item.action.id, item.bundle) for item in made.removals] == [
        (f"{AN}/s5", "Mobile 10"),
        (f"{AN}/s6", "Mobile 10"),
    ]
    assert (made.fitting, made.saving) == (3, eur("20.00"))


def test_a_plan_that_fits_asks_for_nothing() -> None:
    assert asked(7).removals == ()


@pytest.mark.parametrize("used", range(5))
@pytest.mark.parametrize("kept", range(11))
def test_what_fits_and_what_is_asked_for_are_together_what_is_wanted(kept: int, used: int) -> None:
    made = asked(kept, used=used)
    assert made.fitting + len(made.removals) == 10 - kept
    assert len(made.removals) == max(0, 10 - kept - max(0, 3 - used))


def test_a_removal_has_its_users_reason_and_one_without_has_that_of_the_command() -> None:
    assert {item.reason for item in asked(5, reason="left", otherwise="moved").removals} == {"left"}
    assert {item.reason for item in asked(5, otherwise="moved").removals} == {"moved"}
    assert {item.reason for item in asked(5).removals} == {None}


def test_a_service_that_came_to_its_end_has_its_own_reason() -> None:
    desired = fleet(*(item.service for item in LINES[:5]), users=[AN])
    ending = Ending("the service", date(2026, 10, 31), PLACE, "the project is over")
    desired = replace(
        desired,
        users={AN: DesiredUser(AN, PLACE, reason="left")},
        ended={f"{AN}/s5": ending, NUMBERS[6]: ending},
    )
    assert [item.reason for item in request(desired).removals] == ["the project is over"] * 2
