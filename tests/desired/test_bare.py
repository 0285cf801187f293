"""What is read without places is what `yaml.parse` reads, whichever parser does it, or it is not read at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.desired.bare import DOUBT, bare_value
from reconciler.desired.late import Source
from reconciler.desired.rows import Declaring, RowReader
from reconciler.desired.users import users_of
from reconciler.desired.yaml import parse
from reconciler.errors import Problem
from tests.desired.test_yaml_roads import FLEET, HOSTILE, PIECES, spoilt

ROADS = pytest.mark.parametrize("fast", [False, True], ids=["plain", "fast"])


@ROADS
@HOSTILE
@given(text=spoilt() | st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@example(text="users: {}\n")
@example(text="? users\n: {}\n")
@example(text="users:\n  1: {services: {}}\n")
@example(text="users:\n  ? [sim, type]\n  : {services: {}}\n")
@example(text="a: |\n  x\n")
@example(text="a: 1_000\n")
@example(text="a: 12:30\n")
@example(text="users: {}\nusers: {}\n")
@example(text="users: {}\n---\nusers: {}\n")
@example(text="a: R&D\n")
def test_a_value_is_the_one_that_the_whole_road_reads(*, fast: bool, text: str) -> None:
    content = text.encode()
    value = bare_value(content, fast=fast)
    if value is not DOUBT and is_of_texts(value):
        read = parse(content.decode("utf-8-sig"), "x.yaml")
        assert (typed(value), read.problems) == (typed(read.value), [])


def is_of_texts(value: Any) -> bool:
    """Tell whether all keys are texts, and all leaves texts or nothing; what else there is has no rows."""
    if isinstance(value, dict):
        return all(type(key) is str for key in value) and all(map(is_of_texts, value.values()))
    return all(map(is_of_texts, value)) if isinstance(value, list) else value is None or type(value) is str


def typed(value: Any) -> object:
    """Return a value with the types of its leaves."""
    if isinstance(value, dict):
        return [(typed(name), typed(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [typed(each) for each in value]
    return type(value), value


@ROADS
@HOSTILE
@given(text=spoilt())
@example(text=FLEET)
def test_users_are_those_that_the_whole_road_reads(*, fast: bool, text: str) -> None:
    content = text.encode()
    rows = RowReader(fast=fast).rows(content)
    if rows is not None:
        problems: list[Problem] = []
        read = parse(content.decode("utf-8-sig"), "x.yaml")
        users = users_of(read, None, problems)
        declaring = Declaring()
        found = list(declaring.users(rows, declaring.shared(rows), Source("x.yaml", lambda: content)))
        assert (found, problems, read.problems) == (users, [], [])
