"""What is live, as it would be declared: what it costs and what tells it apart, and nothing that is not ours to fix."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser
from reconciler.desired.live import Declared, Declarer
from reconciler.model.fleet import Sim, SimType, State
from reconciler.model.snapshot import LiveOption, LiveService, LiveUser, Presence
from tests.planning.values import AN, DAY, JAN, live, service, snapshot

NUMBER, OTHER = "+32470000001", "+32470000002"
ICCID, EID = "8932050000000000013", "89034011560010000000000000000121"


def declared(*services: LiveService, people: tuple[LiveUser, ...] = ()) -> Declared:
    """Return services as declared, of users without a cost centre unless `people` says so."""
    found = snapshot(*services)
    users = {**found.users, **{user.key: user for user in people}}
    whole = replace(found, users=users)
    return Declarer.of(whole, DAY).declare(services)


def one(held: LiveService) -> DeclaredService:
    """Return the only service of a fleet of one, as declared."""
    [user] = declared(held).users
    [only] = user.services
    return only


def user(centre: str | None, *centres: str | None, name: str = "An Peeters") -> DeclaredUser:
    """Return a user of a cost centre, as declared, with services booked at `centres`."""
    held = [live(str(n), service(label=f"s{n}", cost_centre=each)) for n, each in enumerate(centres)]
    [found] = declared(*held, people=(LiveUser(AN, "id", name, centre),)).users
    return found


def test_bundle_options_and_number_are_declared_and_the_rest_is_left_to_the_operator() -> None:
    held = service(options=("roaming", "calls"), number=NUMBER, sim=Sim(SimType.ESIM, ICCID, EID), state=State.ACTIVE)
    found = one(live("1", held))
    assert (found.label, found.bundle, found.number) == ("phone", Dated("mobile-10"), NUMBER)
    assert found.options == (Dated("calls"), Dated("roaming"))
    assert (found.sim, found.state, found.from_, found.until) == (Sim(), None, None, None)


def test_a_block_is_a_comment_and_not_declared() -> None:
    found = declared(live("1", service(number=NUMBER, state=State.BLOCKED)))
    assert found.users[0].services[0].state is None
    assert found.notes == {f"{AN}/phone": "blocked at the operator when imported"}


def test_a_service_without_a_number_of_its_own_is_told_by_its_sim() -> None:
    assert one(live("1", service(sim=Sim(SimType.ESIM, ICCID)))).sim == Sim(iccid=ICCID)
    assert one(live("1", service(number="+3212345678", sim=Sim(iccid=ICCID)))).number is None, "not one of R10"
    twins = [live(str(n), service(label=f"s{n}", number=NUMBER, sim=Sim(iccid=ICCID))) for n in range(2)]
    assert {(each.number, each.sim) for each in declared(*twins).users[0].services} == {(None, Sim())}


def test_what_comes_is_declared_and_what_goes_is_not() -> None:
    coming = live("1", service(number=NUMBER), Presence.COMING)
    going = live("2", service(label=None, number=OTHER), Presence.GOING)
    found = declared(coming, going, live("3", service(user=JAN, number="+32470000003"), Presence.GOING))
    assert [(each.key, [held.number for held in each.services]) for each in found.users] == [(AN, [NUMBER])]
    assert found.notes == {f"{AN}/phone": "on order when imported"}


def test_no_label_is_derived_that_a_service_on_its_way_out_still_has() -> None:
    going = live("2", service(label="phone", number=OTHER), Presence.GOING)
    [found] = declared(live("1", service(label=None, number=NUMBER)), going).users
    assert [each.label for each in found.services] == ["phone-2"]


@pytest.mark.parametrize(
    ("ends", "until"), [(None, None), (DAY, DAY), (date(2026, 12, 31), date(2026, 12, 31)), (date(2026, 11, 22), None)]
)
def test_an_end_at_the_operator_is_an_end_in_the_file(ends: date | None, until: date | None) -> None:
    held = service(number=NUMBER, options=("roaming",))
    options = (LiveOption("roaming", "o1", ends),)
    assert one(live("1", held)._replace(options=options)).options == (Dated("roaming", until=until),)
    assert one(live("1", held)._replace(ends=ends)).until == until


def test_an_option_held_twice_ends_with_the_later_one() -> None:
    held = live("1", service(number=NUMBER, options=("roaming",)))
    early, late = LiveOption("roaming", "o1", date(2026, 12, 1)), LiveOption("roaming", "o2", date(2026, 12, 31))
    assert one(held._replace(options=(late, early))).options == (Dated("roaming", until=date(2026, 12, 31)),)
    assert one(held._replace(options=(early, LiveOption("roaming", "o3")))).options == (Dated("roaming"),)


@pytest.mark.parametrize(
    ("centre", "services", "expected"),
    [
        ("SALES", ("SALES", "SALES"), ("SALES", [None, None])),
        ("SALES", ("SALES", "CARS"), ("SALES", [None, "CARS"])),
        (None, ("CARS", "CARS"), ("CARS", [None, None])),
        (None, ("CARS", "SALES"), (None, ["CARS", "SALES"])),
        (None, (None, "SALES"), (None, [None, "SALES"])),
        ("SALES", (None, "SALES"), (None, [None, "SALES"])),
        ("SA\u200bLES", ("SA\u200bLES",), (None, [None])),
    ],
)
def test_a_cost_centre_is_declared_where_it_holds_for_all(
    centre: str | None, services: tuple[str | None, ...], expected: Any
) -> None:
    found = user(centre, *services)
    assert (found.cost_centre, [each.cost_centre for each in found.services]) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("An  Peeters", "An Peeters"), ("An\u00a0P\x00", "An P"), (AN, None), ("\u200b", None)]
)
def test_a_name_is_for_readers(name: str, expected: str | None) -> None:
    assert user("SALES", "SALES", name=name).name == expected


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("an peeters", "'an peeters' is no user key"),
        ("hr/an", "'hr/an' is no user key"),
        ("an\u200b@x.example", "such a user key cannot stand in a file"),
        ("x" * 300, "such a user key cannot stand in a file"),
        ("nobody@x.example", "the operator does not say who that is"),
    ],
)
def test_who_cannot_be_declared_is_left_out_with_the_reason(key: str, reason: str) -> None:
    people = () if key.startswith("nobody") else (LiveUser(key, "id", "X"),)
    found = declared(live("1", service(user=key)), live("2", service(user=JAN)), people=people)
    assert [each.key for each in found.users] == [JAN]
    assert [(each.user, each.reason.startswith(reason)) for each in found.left_out] == [(key, True)]


def test_a_bundle_whose_name_is_invisible_in_part_keeps_its_user_out_of_the_files() -> None:
    found = declared(live("1", service(bundle="mobile\u200b10")), live("2", service(label="tablet")))
    assert (found.users, [each.user for each in found.left_out]) == ((), [AN])


@pytest.mark.parametrize("key", ["o'neill", "123", "no", "an+test@x.example", "#1", "jörg", "a:b", "-"])
def test_a_key_with_odd_characters_is_declared(key: str) -> None:
    assert [each.key for each in declared(live("1", service(user=key)), people=(LiveUser(key, "i", "X"),)).users] == [
        key
    ]


def test_the_order_does_not_depend_on_the_operators() -> None:
    held = [live(str(n), service(label=None, number=f"+3247000000{n}")) for n in range(4)]
    assert declared(*held) == declared(*reversed(held))
