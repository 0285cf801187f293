"""What is read without places is what `yaml.parse` reads, whichever parser does it, or it is not read at all."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.desired.bare import DOUBT, bare_value
from reconciler.desired.declared import odd_iccids
from reconciler.desired.declaring import Declaring
from reconciler.desired.late import Source
from reconciler.desired.row_reader import RowReader
from reconciler.desired.rows import packed, unpacked
from reconciler.desired.users import users_of
from reconciler.desired.yaml import parse
from reconciler.errors import Problem
from tests.bench.fleets import write_fleet
from tests.desired import written
from tests.desired.test_load import EXAMPLE
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
@example(text="{a\n b: c}\n")
@example(text="a: 1e99999999999999999999\n")
def test_a_value_is_the_one_that_the_whole_road_reads(*, fast: bool, text: str) -> None:
    content = text.encode()
    value = bare_value(content, fast=fast)
    if value is not DOUBT and is_of_texts(value):
        read = parse(content.decode("utf-8-sig"), "x.yaml")
        assert (typed(value), read.problems) == (typed(read.value), [])


def is_of_texts(value: Any) -> bool:
    """Tell whether all keys are texts without blanks, and all leaves texts or nothing; else there are no rows."""
    if isinstance(value, dict):
        return all(type(key) is str and not set(key) & set(" \n") for key in value) and all(
            map(is_of_texts, value.values())
        )
    return all(map(is_of_texts, value)) if isinstance(value, list) else value is None or type(value) is str


def typed(value: Any) -> object:
    """Return a value with the types of its leaves."""
    if isinstance(value, dict):
        return [(typed(name), typed(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [typed(each) for each in value]
    return type(value), value


def files() -> st.SearchStrategy[str]:
    """Return users' files in every way of writing, some of them spoilt."""
    return st.integers(0, 1 << 40).map(lambda seed: written.users_file_or_spoilt(Random(seed)))


@ROADS
@HOSTILE
@given(text=spoilt() | files())
@example(text=FLEET)
@example(text="users: {jan: {services: {}, name: ?a}}\n")
@example(text='"users": {:jan": {services: {}}, "piet": {services: {}}}\n')
@example(text="users: {jan: {services: {}, 'name'\n: x}}\n")
@example(text='users: {jan: {services: {}, "name"::"b"}}\n')
@example(text="users: {jan: {services: {}, name:, reason: x}}\n")
@example(text="users: &x= {}\n")
@example(text="users: {{a: b}: c}\n")
@example(text="users: {[a]: b}\n")
@example(text=f"users: {'1' * 5000}\n")
@example(text=f"users: {'[' * 5000}{']' * 5000}\n")
@example(text=f"users: {'{a: ' * 200}{'}' * 200}\n")
@example(text=f"users:\n  jan{' ' * 1030}: {{services: {{}}}}\n")
@example(text=f"users:\n  {'x' * 1030}: {{services: {{}}}}\n")
@example(text="users: {jan: {services: {bundle: {bundle: {name: a, until: 2026-12-31, then: b}}}}}\n")
@example(text="users:\n  jan: {services: {phone: {bundle: x}}} # \u2028\n  piet: {services: {}}\n")
def test_users_are_those_that_the_whole_road_reads(*, fast: bool, text: str) -> None:
    content = text.encode()
    rows = RowReader(fast=fast).rows(content)
    if rows is not None:
        problems: list[Problem] = []
        read = parse(content.decode("utf-8-sig"), "x.yaml")
        users = users_of(read, None, problems)
        declaring = Declaring()
        kept = unpacked(packed(rows))
        found = list(declaring.users(kept, declaring.shared(kept), Source("x.yaml", lambda: content)))
        assert (found, problems, read.problems) == (users, [], [])
        assert sorted(rows.odd) == sorted(iccid for user in users for iccid in odd_iccids(user))


def test_a_file_without_anything_wrong_has_rows_however_it_is_written() -> None:
    reader, without = RowReader(fast=False), []
    for seed in range(300):
        text = written.users_file(Random(seed), tidy=1)
        problems: list[Problem] = []
        read = parse(text.removeprefix("\ufeff"), "x.yaml")
        users_of(read, None, problems)
        if reader.rows(text.encode()) is None and not problems and not read.problems:
            without.append(text)
    assert without == []


@ROADS
def test_ordinary_files_have_rows(*, fast: bool, tmp_path: Path) -> None:
    write_fleet(tmp_path, 300)
    reader = RowReader(fast=fast)
    names = [path for root in (EXAMPLE, tmp_path) for path in sorted((root / "users").rglob("*.yaml"))]
    assert len(names) > 3
    assert [path for path in names if reader.rows(path.read_bytes()) is None] == []
