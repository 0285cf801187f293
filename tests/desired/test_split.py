"""Users are parted into files whose names hold everywhere and follow from their cost centres or keys alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.declared import DeclaredUser
from reconciler.desired.split import Split, parted
from tests.desired.test_write import NOWHERE, declared


def user(key: str, centre: str | None = None, *centres: str) -> DeclaredUser:
    """Return a user of a cost centre, with services booked at others."""
    return DeclaredUser(key, None, centre, NOWHERE, tuple(declared(f"s{c}", cost_centre=c) for c in centres))


def files(split: Split, *users: DeclaredUser) -> dict[str, list[str]]:
    """Return the keys in each file."""
    return {path: [each.key for each in members] for path, members in parted(users, split).items()}


def test_a_cost_centre_is_a_file() -> None:
    found = files(Split.COST_CENTRE, user("b", "SALES"), user("c", "HR"), user("a", "SALES"), user("d", None, "HR"))
    assert found == {"users/hr.yaml": ["c", "d"], "users/sales.yaml": ["a", "b"]}


def test_who_has_no_cost_centre_is_in_a_file_too() -> None:
    assert files(Split.COST_CENTRE, user("a")) == {"users/no-cost-centre.yaml": ["a"]}


def test_a_user_is_a_file_or_all_are_in_one() -> None:
    two = (user("b@x.example"), user("a@x.example"))
    assert list(files(Split.USER, *two)) == ["users/a@x.example.yaml", "users/b@x.example.yaml"]
    assert files(Split.ONE, *two) == {"users/users.yaml": ["a@x.example", "b@x.example"]}


@pytest.mark.parametrize(
    ("centre", "name"),
    [
        ("R&D", "r-d"),
        ("Ventes Liège", "ventes-liege"),
        ("../../etc", "etc"),
        (".hidden", "hidden"),
        ("王", "users"),
        ("IT/Ops", "it-ops"),
        ("a" * 300, "a" * 100),
    ],
)
def test_a_file_name_holds_everywhere(centre: str, name: str) -> None:
    assert list(files(Split.COST_CENTRE, user("a", centre))) == [f"users/{name}.yaml"]


def test_two_centres_are_two_files_also_where_their_names_come_out_alike() -> None:
    found = files(Split.COST_CENTRE, user("a", "R&D"), user("b", "r d"), user("c", "R D"))
    assert found == {"users/r-d-2.yaml": ["a"], "users/r-d-3.yaml": ["b"], "users/r-d.yaml": ["c"]}


@given(
    st.lists(st.tuples(st.text(min_size=1), st.none() | st.text(min_size=1)), unique_by=lambda x: x[0]), st.randoms()
)
def test_everybody_is_in_one_file_whatever_the_order(
    people: list[tuple[str, str | None]], chance: random.Random
) -> None:
    everybody = [user(key, centre) for key, centre in people]
    shuffled = everybody.copy()
    chance.shuffle(shuffled)
    for split in Split:
        found = parted(everybody, split)
        assert sorted(each.key for members in found.values() for each in members) == sorted(key for key, _ in people)
        assert found == parted(shuffled, split)
        assert len({path.lower() for path in found}) == len(found)


def test_a_team_is_what_the_operator_says_it_is() -> None:
    two = user("a@x.example", "SALES"), user("b@x.example", "HR"), user("c@x.example")
    found = parted(two, Split.TEAM, {"a@x.example": "Sales North", "b@x.example": "Sales North"})
    assert {path: len(members) for path, members in found.items()} == {
        "users/no-team.yaml": 1,
        "users/sales-north.yaml": 2,
    }
