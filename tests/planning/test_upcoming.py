"""What a plan says of the days to come: what, whose, and what it does to a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from reconciler.errors import Place
from reconciler.model.config import IgnoreRule, Overridable, Override, ProtectRule, QuotaConfig, QuotaException
from reconciler.model.fleet import DesiredFleet, Service, Turn
from reconciler.model.plan import Choices, Status, Turning
from reconciler.planning.upcoming import ahead, upcoming
from tests.harness import PLACE
from tests.planning.values import AN, CATALOGUE, DAY, ELS, JAN, fleet, live, planned, service, snapshot

SOON = DAY + timedelta(days=7)


def turning(*turns: tuple[Service | None, Service | None], **parts: Any) -> DesiredFleet:
    """Return a fleet in which these turns come in a week."""
    return replace(fleet(users=[AN, JAN, ELS], **parts), turns=tuple(Turn(SOON, *turn, PLACE) for turn in turns))


def told(desired: DesiredFleet, **parts: Any) -> list[tuple[str, str | None]]:
    """Return what comes in the next thirty days, with what it does to a month."""
    found = upcoming(desired, CATALOGUE, day=DAY, until=ahead(DAY, 30), **parts)
    return [(each.what, str(each.monthly_delta) if each.monthly_delta else None) for each in found]


def test_each_kind_of_turn_is_said_with_its_price() -> None:
    plain, roaming = service(), service(options={"roaming"})
    pairs = [(None, roaming), (roaming, None), (plain, roaming), (roaming, plain), (plain, service(bundle="mobile-25"))]
    assert sorted(told(turning(*pairs))) == [
        ("bundle mobile-10 → mobile-25", "4.50"),
        ("option roaming begins", "15.00"),
        ("option roaming ends", "-15.00"),
        ("the service begins: mobile-10 + roaming", "25.00"),
        ("the service ends: mobile-10 + roaming", "-25.00"),
    ]


def test_what_the_catalogue_does_not_know_has_no_price() -> None:
    assert told(turning((service(), service(bundle="nonsense")))) == [("bundle mobile-10 → nonsense", None)]


def test_without_a_catalogue_nothing_has_a_price() -> None:
    [each] = upcoming(turning((None, service())), None, day=DAY, until=SOON)
    assert (each.day, each.kind, each.monthly_delta, each.place) == (SOON, Turning.SERVICE_BEGINS, None, PLACE)


def test_ignored_users_are_left_out_and_targets_choose() -> None:
    turns = [(service(key), None) for key in (AN, JAN, ELS)]
    desired = turning(*turns, ignore=(IgnoreRule("els.*"),), protect=(ProtectRule("x/y", PLACE, DAY),))
    until = ahead(DAY, 30)
    assert [each.user for each in upcoming(desired, None, day=DAY, until=until)] == [None, AN, JAN]
    assert [each.user for each in upcoming(desired, None, day=DAY, until=until, targets=["jan*"])] == [JAN]
    assert [each.user for each in planned(desired, snapshot(), choices=Choices(targets=("jan*",))).upcoming] == [JAN]


def test_rules_end_on_the_day_after_their_last() -> None:
    place = Place("fleet.yaml", 20, 9)
    desired = fleet(
        protect=(ProtectRule(f"{AN}/*", PLACE, DAY, "board decision 12"), ProtectRule("x/y", PLACE)),
        overrides=(Override(Overridable.REMOVALS, SOON, "depot closes", PLACE),),
        quota=QuotaConfig(exceptions=(QuotaException("AM-1", 5, SOON, place), QuotaException("AM-2", 5))),
    )
    found = upcoming(desired, CATALOGUE, day=DAY, until=ahead(DAY, 30))
    assert [(each.day - DAY, each.what) for each in found] == [
        (timedelta(days=1), f"the protection of '{AN}/*' ends (board decision 12)"),
        (timedelta(days=8), "the exception AM-1 ends, with 5 removals"),
        (timedelta(days=8), "the override of limits.removals ends (depot closes)"),
    ]
    assert found[1].place == place


def test_a_protection_ends_on_the_day_a_plan_may_remove() -> None:
    desired = fleet(users=[AN], protect=(ProtectRule(f"{AN}/*", PLACE, SOON),))
    [each] = upcoming(desired, CATALOGUE, day=DAY, until=ahead(DAY, 30))
    statuses = [planned(desired, snapshot(live("a"), ratio="1"), day=day).actions[0].status for day in (SOON, each.day)]
    assert statuses == [Status.BLOCKED, Status.READY]


def test_a_rule_without_end_and_one_that_has_ended_are_not_upcoming() -> None:
    ended = ProtectRule("x/y", PLACE, DAY - timedelta(days=1))
    assert told(fleet(protect=(ended, ProtectRule("x/y", PLACE, date.max)))) == []


def test_looking_ahead_ends_with_the_calendar() -> None:
    assert ahead(DAY, 30) == date(2026, 12, 23)
    assert ahead(DAY, 10**9) == date.max


def test_a_plan_looks_thirty_days_ahead() -> None:
    desired = turning((None, service()), protect=(ProtectRule("x/y", PLACE, DAY + timedelta(days=30)),))
    assert [each.kind for each in planned(desired, snapshot()).upcoming] == [Turning.SERVICE_BEGINS]
