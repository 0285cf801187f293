"""Profiles, inheritance and dates, worked into plain services as of a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.desired.load import load
from reconciler.desired.resolve import resolve
from reconciler.errors import InvalidInput
from reconciler.model.fleet import DesiredFleet
from tests.desired.files import SETTINGS, service, write

TODAY = date(2026, 11, 23)
PROFILES = SETTINGS + "profiles: {traveller: {bundle: mobile-max, options: [roaming-world]}}\n"


def fleet(root: Path, text: str, day: date = TODAY, settings: str = PROFILES) -> DesiredFleet:
    """Return the fleet of one file on a day."""
    return resolve(load(write(root, fleet=settings, a=text)), day)


def test_a_profile_gives_what_the_service_does_not_say(tmp_path: Path) -> None:
    [found] = fleet(tmp_path, service("profile: traveller\noptions: [voicemail-plus]")).services
    assert found.service.bundle == "mobile-max"
    assert found.service.options == {"roaming-world", "voicemail-plus"}


def test_a_bundle_of_its_own_beats_the_profiles(tmp_path: Path) -> None:
    [found] = fleet(tmp_path, service("profile: traveller\nbundle: mobile-10")).services
    assert (found.service.bundle, found.service.options) == ("mobile-10", frozenset({"roaming-world"}))


def test_a_cost_centre_comes_from_the_user_unless_the_service_has_one(tmp_path: Path) -> None:
    text = (
        "users:\n  a@x.example:\n    cost_centre: SALES\n    services:\n"
        "      phone: {bundle: b}\n      car: {bundle: b, cost_centre: FLEET}\n"
    )
    assert {each.service.label: each.service.cost_centre for each in fleet(tmp_path, text).services} == {
        "phone": "SALES",
        "car": "FLEET",
    }


@pytest.mark.parametrize(
    ("day", "there"), [("2026-12-30", True), ("2026-12-31", True), ("2027-01-01", False), ("2026-10-31", False)]
)
def test_an_option_is_there_from_its_first_day_to_its_last(tmp_path: Path, day: str, there: bool) -> None:
    text = service("bundle: b\noptions: [{name: o, from: 2026-11-01, until: 2026-12-31}]")
    [found] = fleet(tmp_path, text, date.fromisoformat(day)).services
    assert (found.service.options == {"o"}) is there


def test_a_bundle_ends_on_its_last_day_and_the_next_follows(tmp_path: Path) -> None:
    text = service("bundle: {name: data-20, until: 2026-12-31, then: data-5}")
    bundles = [fleet(tmp_path, text, day).services[0].service.bundle for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert bundles == ["data-20", "data-5"]


def test_a_service_is_gone_after_its_last_day(tmp_path: Path) -> None:
    text = service("bundle: b\nuntil: 2026-11-23")
    assert len(fleet(tmp_path, text).services) == 1
    assert fleet(tmp_path, text, date(2026, 11, 24)).services == ()


def test_a_service_that_is_yet_to_come_says_when(tmp_path: Path) -> None:
    text = service("bundle: b\nfrom: 2026-12-01")
    assert fleet(tmp_path, text).services[0].starts == date(2026, 12, 1)
    assert fleet(tmp_path, text, date(2026, 12, 1)).services[0].starts is None


@pytest.mark.parametrize(("what", "line"), [("number", 'number: "+32470123456"'), ("ICCID", "sim: {iccid: X}")])
def test_a_number_or_a_sim_declared_twice_names_both_places(tmp_path: Path, what: str, line: str) -> None:
    line = line.replace("X", '"8932050000000000013"')
    one = service(f"bundle: b\n{line}")
    write(tmp_path, fleet=PROFILES, a=one, b=one.replace("an.peeters", "jan.claes"))
    with pytest.raises(InvalidInput) as caught:
        resolve(load(tmp_path), TODAY)
    [found] = caught.value.problems
    assert f"{what} " in found.message
    assert "is declared twice; first at users/a.yaml:4:7" in found.message
    assert str(found.place) == "users/b.yaml:4:7"


def test_a_number_moves_to_its_next_owner_by_dates(tmp_path: Path) -> None:
    line = 'bundle: b\nnumber: "+32470123456"\n'
    leaver = service(line + "until: 2026-11-22")
    joiner = service(line).replace("an.peeters", "jan.claes")
    write(tmp_path, fleet=PROFILES, a=leaver, b=joiner)
    assert [each.service.user for each in resolve(load(tmp_path), TODAY).services] == ["jan.claes@brouwerij.example"]


def test_an_iccid_with_a_wrong_check_digit_is_a_warning(tmp_path: Path) -> None:
    found = fleet(tmp_path, service('bundle: b\nsim: {iccid: "8932050000000000014"}'))
    assert [str(each.place) for each in found.warnings] == ["users/a.yaml:4:7"]


def test_files_that_are_the_whole_truth_and_name_nobody_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        fleet(tmp_path, "users: {}", settings=SETTINGS + "ownership: organisation\n")
    assert "would remove every service" in caught.value.problems[0].message


def test_a_reason_stands_with_a_user_and_with_a_service_that_has_ended_and_changes_nothing_else(tmp_path: Path) -> None:
    ended = "bundle: mobile-10\nuntil: 2026-10-31\nreason: the project is over"
    told = write(tmp_path, a=service(ended).replace("    services:", "    reason: has left\n    services:"))
    fleet = resolve(load(told), TODAY)
    [user] = fleet.users.values()
    assert user.reason == "has left"
    assert {ending.reason for ending in fleet.ended.values()} == {"the project is over"}
    assert fleet.services == ()
