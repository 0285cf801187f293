"""A user is found by what one remembers, however it is written; what means several users names them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.errors import Exit, UsageError
from reconciler.model.fleet import Sim
from reconciler.model.overview import ServicePair, UserPair
from reconciler.model.snapshot import LiveUser
from reconciler.usecases.search import folded, found, the_one
from tests.planning.values import live, service

ICCID = "8932050000000000013"


def person(
    key: str, name: str, centre: str | None = None, number: str | None = None, iccid: str | None = None
) -> UserPair:
    """Return a user as live, with a service where a number or a SIM is given."""
    held = live(f"live-{key}", service(key, number=number, sim=Sim(iccid=iccid)))
    pairs = (ServicePair(None, held),) if number or iccid else ()
    return UserPair(key, None, LiveUser(key, f"id-{key}", name, centre), None, pairs)


PEOPLE = (
    person("hans.mueller@brouwerij.example", "Hans Müller", "SALES", "+32470123456"),
    person("an.peeters@brouwerij.example", "An Peeters", "Zürich", "+32471000041", ICCID),
    person("jan.peeters@brouwerij.example", "Jan Peeters", "4711"),
    person("soren@brouwerij.example", "Søren Łukasz Œhm"),
    person("peeters@brouwerij.example", "Peeters"),
)


def keys(text: str | None) -> list[str]:
    """Return the first part of the address of each user found."""
    return [user.key.partition("@")[0] for user in found(PEOPLE, text)]


@pytest.mark.parametrize("text", ["MULLER", "müller", "Hans muller", "muller hans", "hans.mueller@", "mu\u0308ller"])
def test_case_accents_and_the_order_of_words_are_forgiven(text: str) -> None:
    assert keys(text) == ["hans.mueller"]


@pytest.mark.parametrize("text", ["soren lukasz", "ŒHM", "oehm"])
def test_letters_that_one_cannot_type_are_forgiven(text: str) -> None:
    assert keys(text) == ["soren"]


@pytest.mark.parametrize(
    "text",
    [
        "+32470123456",
        "32470123456",
        "0470123456",
        "0470 12 34 56",
        "0470/12.34.56",
        "+32 470 12 34 56",
        "+32 (0)470 12 34 56",
        "0032470123456",
        "470 12 34 56",
        "123456",
        " 0470-123 456 ",
    ],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    assert keys(text) == ["hans.mueller"]


@pytest.mark.parametrize("text", [ICCID, "8932 0500 0000 0000 013", "0000000013"])
def test_a_sim_is_found(text: str) -> None:
    assert keys(text) == ["an.peeters"]


def test_a_cost_centre_is_found_also_one_that_looks_like_a_number() -> None:
    assert keys("zurich") == ["an.peeters"]
    assert keys("4711") == ["jan.peeters"]


def test_every_word_has_to_be_found_and_nothing_finds_everybody() -> None:
    assert keys("jan muller") == []
    assert len(keys(None)) == len(keys("")) == len(keys("  ")) == len(PEOPLE)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("AN.Peeters@brouwerij.example", "an.peeters"),
        ("an peeters", "an.peeters"),
        ("peeters", "peeters"),
        ("hans", "hans.mueller"),
        ("0470 12 34 56", "hans.mueller"),
    ],
)
def test_an_address_then_a_whole_name_or_number_then_any_search_means_one_user(text: str, key: str) -> None:
    assert the_one(PEOPLE, text).key == f"{key}@brouwerij.example"


def test_what_means_several_users_names_them() -> None:
    with pytest.raises(
        UsageError, match=r"'peet' could be any of 3 users: an\.peeters@\S+ \(An Peeters\), jan"
    ) as caught:
        the_one(PEOPLE, "peet")
    assert caught.value.exit_code is Exit.USAGE


def test_only_so_many_are_named() -> None:
    crowd = [person(f"user{n}@brouwerij.example", "Jan Janssens") for n in range(25)]
    with pytest.raises(UsageError, match=r"could be any of 25 users: .* and 15 more$"):
        the_one(crowd, "janssens")


@pytest.mark.parametrize("text", ["hans.muler", "Hanz Müller", "an.peters@brouwerij.example"])
def test_an_unknown_user_names_the_nearest(text: str) -> None:
    with pytest.raises(UsageError, match=r"there is no user '.*'; did you mean (hans\.mueller|an\.peeters)@"):
        the_one(PEOPLE, text)


def test_nothing_near_is_no_guess() -> None:
    with pytest.raises(UsageError, match=r"there is no user 'zzzzzzzz'$"):
        the_one(PEOPLE, "zzzzzzzz")


@given(st.text())
@example("ǅ")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
