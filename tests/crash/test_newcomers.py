"""Users are created first: what becomes of them, and of what was for them, where the operator fails at it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.crash.faulty import NOTHING_LEFT, USERS, Rig
from tests.state import lose_journal

PEOPLE = "POST /tmf-api/party/v4/individual"
NELE = "nele.nieuw@brouwerij.example"
ALL_DONE = "Apply complete! 3 added, 2 changed, 2 removed. 1 user created."


def wait_for(happened: Callable[[], bool]) -> None:
    """Return once something has happened."""
    for _ in range(500):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen within 10 s")


@pytest.fixture
def newcomer(one: Rig) -> Rig:
    """Return the company with one more user, whom the operator does not know."""
    settings, users = one.company.root / "fleet.yaml", one.company.root / "users" / "all.yaml"
    settings.write_text(settings.read_text().replace("create: false", "create: true"))
    users.write_text(f"{users.read_text()}  {NELE}: {{name: Nele Nieuw, services: {{phone: {{bundle: mobile-10}}}}}}\n")
    return one


def created_once(rig: Rig) -> None:
    """Hold the operator's own book against what was to be done."""
    assert rig.company.people()[NELE] == 1
    assert rig.orders() == {user: ["completed"] for user in range(len(USERS) + 1)}
    assert rig.plan() == NOTHING_LEFT


@pytest.mark.parametrize("kind", ["lost", "error-after", "cut", "timeout-after", "conflict-after", "throttle"])
def test_a_user_who_shows_or_can_be_sent_again_is_created_in_the_same_run(newcomer: Rig, kind: str) -> None:
    newcomer.sandbox.fault(kind, PEOPLE)
    ran = newcomer.apply()
    assert (ran.code, ran.verdict) == (0, ALL_DONE)
    created_once(newcomer)


def test_a_user_nobody_can_find_is_unknown_and_created_by_whoever_goes_on(newcomer: Rig) -> None:
    newcomer.sandbox.fault("timeout-before", PEOPLE)
    ran = newcomer.apply()
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 6 of 8 done, 1 unknown, 1 not started.")
    assert newcomer.outcomes()[f"{NELE}/phone"] == ("not started", "its user was not created")
    ran = newcomer.resume()
    assert (ran.code, ran.verdict) == (0, "Apply complete! 3 added, 2 changed, 2 removed. 1 user created.")
    created_once(newcomer)


def test_a_user_who_arrives_after_being_given_up_is_not_created_again(newcomer: Rig) -> None:
    newcomer.sandbox.fault("latency", PEOPLE, value=2)
    assert newcomer.apply().code == 6
    wait_for(lambda: newcomer.company.people()[NELE] == 1)
    assert newcomer.resume().code == 0
    created_once(newcomer)


def test_a_repeated_job_whose_journal_is_gone_creates_nobody_twice(newcomer: Rig) -> None:
    newcomer.sandbox.fault("fails", newcomer.order_of(0))
    assert newcomer.apply().code == 6
    lose_journal(newcomer.company.root)
    ran = newcomer.apply(run=newcomer.run)
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 0 of 1 done, 1 failed.")
    assert newcomer.company.people()[NELE] == 1
    assert newcomer.orders()[len(USERS)] == ["completed"]
