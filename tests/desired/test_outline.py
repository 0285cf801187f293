"""The names of a file are found however it is written, and above a mistake in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.outline import KnownUser, Outline, outline

BLOCK = """\
users:
  An.Peeters@x.example:   # the keys ignore case
    name: An Peeters
    cost_centre: SALES
    services:
      phone: &phone
        bundle: {name: mobile-10, until: 2026-12-31, then: mobile-25}
        options: [{name: roaming-world, until: 2026-12-31}]
        cost_centre: "FIELD: SALES"
      'second phone':
        profile: traveller
      tablet: *phone
  jan@x.example: {services: {}}
"""


def test_users_services_and_cost_centres_are_named() -> None:
    services = {"phone": "mobile-10", "second phone": "traveller", "tablet": ""}
    users = {"an.peeters@x.example": KnownUser("An Peeters", services), "jan@x.example": KnownUser("", {})}
    assert outline(BLOCK) == Outline(users, ("SALES", "FIELD: SALES"), ())


def test_profiles_are_those_of_the_settings() -> None:
    text = "version: 1\nprofiles:\n  traveller: {bundle: mobile-25}\n  office:\n    options: [a, b]\n"
    assert outline(text).profiles == ("traveller", "office")


@pytest.mark.parametrize(
    "rest", ["\n  jan", "\n\tx", "\n  jan: [", "\n  'jan", "\n  <<: {", "\n  ? {a: b}\n  : [c\n  d: e"]
)
def test_what_stands_above_a_mistake_is_named(rest: str) -> None:
    assert next(iter(outline(f"users:\n  an@x.example:\n    name: An{rest}").users)) == "an@x.example"


@given(st.text("users: \n'\"-?&*{}[],|>#%\t\x00é", max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(outline(text), Outline)
