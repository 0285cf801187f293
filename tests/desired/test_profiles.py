"""A bundle with options that recurs is a profile, by a name that says what it is."""

from __future__ import annotations

from datetime import date

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile
from reconciler.desired.profiles import find_profiles, with_profiles
from tests.desired.test_write import NOWHERE, declared


def users(*services: DeclaredService) -> list[DeclaredUser]:
    """Return a user for each service."""
    return [DeclaredUser(f"u{n}@x.example", None, None, NOWHERE, (held,)) for n, held in enumerate(services)]


def holding(*options: str, bundle: str = "mobile-25") -> DeclaredService:
    """Return a service with options."""
    return declared(bundle=bundle, options=tuple(Dated(option) for option in options))


def offer(bundle: str, *options: str) -> Profile:
    """Return a profile."""
    return Profile(Dated(bundle), tuple(Dated(option) for option in options))


def test_what_recurs_often_enough_is_a_profile_and_is_used() -> None:
    fleet = users(*[holding("roaming")] * 3, *[holding("calls")] * 2, *[holding()] * 9)
    found = find_profiles(fleet, at_least=3)
    assert found == {"mobile-25-roaming": offer("mobile-25", "roaming")}
    [first, *_, last] = with_profiles(fleet, found)
    assert (first.services[0].profile, first.services[0].bundle, first.services[0].options) == (
        "mobile-25-roaming",
        None,
        (),
    )
    assert last == fleet[-1]


def test_none_are_found_where_none_are_wanted() -> None:
    assert find_profiles(users(*[holding("roaming")] * 3), at_least=0) == {}


def test_the_order_of_options_makes_no_difference() -> None:
    fleet = users(holding("roaming", "calls"), holding("calls", "roaming"))
    assert list(find_profiles(fleet, at_least=2)) == ["mobile-25-calls-roaming"]


def test_what_has_dates_is_no_part_of_a_profile() -> None:
    dated = declared(bundle="mobile-25", options=(Dated("roaming", until=date(2026, 12, 31)),))
    fleet = users(dated, dated)
    assert find_profiles(fleet, at_least=1) == {}
    assert with_profiles(fleet, {"p": offer("mobile-25", "roaming")}) == tuple(fleet)


def test_a_profile_there_is_already_is_used_and_not_found_again() -> None:
    fleet = users(holding("roaming"), holding("roaming"))
    known = {"traveller": offer("mobile-25", "roaming"), "plain": offer("mobile-25")}
    assert find_profiles(fleet, at_least=1, known=known) == {}
    assert {user.services[0].profile for user in with_profiles(fleet, known)} == {"traveller"}


def test_a_bundle_alone_takes_no_profile() -> None:
    fleet = users(holding())
    assert with_profiles(fleet, {"plain": offer("mobile-25")}) == tuple(fleet)


def test_a_name_that_is_taken_or_too_long_gives_way() -> None:
    fleet = users(holding("roaming"))
    assert list(find_profiles(fleet, at_least=1, known={"mobile-25-roaming": offer("x", "y")})) == [
        "mobile-25-roaming-2"
    ]
    long = users(holding("a" * 40, "b" * 40), holding("a" * 40, "c" * 40))
    assert list(find_profiles(long, at_least=1)) == ["mobile-25-2-options", "mobile-25-2-options-2"]


def test_the_most_frequent_comes_first_whatever_the_order() -> None:
    fleet = users(holding("calls"), holding("calls"), *[holding("roaming")] * 3)
    assert list(find_profiles(fleet, at_least=2)) == ["mobile-25-roaming", "mobile-25-calls"]
    assert find_profiles(fleet[::-1], at_least=2) == find_profiles(fleet, at_least=2)
