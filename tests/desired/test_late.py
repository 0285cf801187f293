"""A place that is looked up late is the place that reading the whole file gives, and looks like any other."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.late import LatePlace, Source
from reconciler.desired.lines import Lines
from reconciler.desired.load import load
from reconciler.desired.users import users_of
from reconciler.desired.yaml import parse
from reconciler.errors import Place, Problem
from tests.desired.files import service, write
from tests.desired.test_yaml_roads import HOSTILE
from tests.desired.written import users_file

#: What could be taken for a user's lines: the same words in texts, comments and labels, and texts over several lines.
TRAPS = (
    'users:\n  a:\n    name: "x\n  b:\n  c: y"\n    services: {}\n  ? b\n  : services: {}\n',
    'users:\n  a: {name: 5", services: {}, reason: "x\n  b: {services: {}}\n  "}\n  "\\x62": {services: {}}\n',
    "users:\n  a: {name: x, services: {\n  phone: {bundle: x}}}\n  ? phone\n  : {services: {}}\n",
    "users:\n  a:\n    services:\n      b: {bundle: x}\n      c: {bundle: x}\n  b:\n    services: {}\n  c: {services: {}}\n",  # noqa: E501
    "# users:\n#   b: x\n#  \n\nusers: # x\n# \n\n  # b: {services: {}}\n  b: {services: {}}\n  # b: x\n  c: {services: {}}\n",  # noqa: E501
    "users:\n  a: {services: {}} # '\n  b: {services: {}} # '\n  c: {services: {}}\n",
    "users:\n  a: {name: D'Hondt, services: {}}\n  b: {name: van 't Hof, services: {}}\n  'o''c': {services: {}}\n",
    'users:\n  "#b": {services: {}}\n  #b: {services: {}}\n  #c: "\n  c: {services: {}}\n',
    "users:\n  a:\n    name: >-\n      b:\n      c:\n    services: {}\n  b: {services: {}}\n",
    "users:\n  a: &x {services: {}}\n  b: &y\n    services: {}\n",
    '"users":\n  a: {services: {}}\n  b: {services: {}, name: "x\nusers:\n  a: {}"}\n',
    "users:\n  bb: {services: {}}\n  b : {services: {}}\n  b-b: {services: {}}\n",
    "{users: {a: {services: {}},\n  b: {services: {}}}}\n",
    "users:\n  a: {services: {}}\n  b:\n    services: {}\n# x\n    name: y\n...\n",
    "users:\n  a:\n    services:\n      b:\n        bundle:\n\ufeff          name: x\n",
    "--- # x\n\nusers:\n    a: {services: {}}\r\n    b: {services: {}}\n",
)


def late(text: str) -> list[Place]:
    """Return the late places of users, their services, and what may have dates in them."""
    source = Source("x.yaml", text.encode)
    return [LatePlace.of(source, user, below) for user, below in asked(text)]


def right(text: str) -> list[Place]:
    """Return the same places from reading the whole file."""
    whole = parse(text, "x.yaml")
    return [
        whole.place(("users", user, "services", below), key=True)
        if isinstance(below, str)
        else whole.place(("users", user, *below), key=not below)
        for user, below in asked(text)
    ]


def asked(text: str) -> Iterator[tuple[str, str | tuple[str | int, ...]]]:
    """Yield the users of a file and what is below them, as a late place holds it."""
    for user, part in ((parse(text, "").value or {}).get("users") or {}).items():
        yield user, ()
        for label, each in part["services"].items():
            yield user, label
            yield user, ("services", label, "bundle")
            yield from ((user, ("services", label, "options", index)) for index in range(len(each.get("options", []))))


@pytest.mark.parametrize("text", TRAPS)
def test_words_that_look_like_a_user_are_not_mistaken_for_one(text: str) -> None:
    problems: list[Problem] = []
    assert users_of(parse(text, "x.yaml"), None, problems) != []
    assert problems == []
    assert late(text) == right(text)
    assert late(text)[::-1] == right(text)[::-1]  # whichever is asked for first


@HOSTILE
@given(seed=st.integers(0, 1 << 40))
def test_a_place_is_that_of_the_whole_file(seed: int) -> None:
    text = users_file(Random(seed), tidy=1).removeprefix("\ufeff")
    problems: list[Problem] = []
    whole = parse(text, "x.yaml")
    users_of(whole, None, problems)
    if not problems and not whole.problems:
        found, expected = late(text), right(text)
        for index in Random(seed).sample(range(len(found)), len(found)):
            assert found[index] == expected[index]


def test_the_lines_of_users_in_an_ordinary_file_are_certain() -> None:
    text = service("bundle: x\nnumber: \"+32470123456\"\nsim: {type: esim, iccid: '8932'}\noptions: [a, {name: b}]")
    text += "  jan:  # don't\n    name: Jan 't Hof\n    services: {}\n"
    lines = Lines.of(text)
    for user in ("jan", "an.peeters@brouwerij.example"):
        assert lines.of_user(text, user, "x.yaml") is not None
    assert lines.of_user(text, "piet", "x.yaml") is None


PLAIN = Place("users/a.yaml", 3, 7)
LOOKS: dict[str, Callable[[Any], Any]] = {
    "str": str,
    "repr": repr,
    "format": lambda place: f"{place} {place!r}",
    "tuple": tuple,
    "list": list,
    "unpacked": lambda place: [*place, place[0], place[-1], place[:2], len(place)],
    "parts": lambda place: (place.file, place.line, place.column),
    "called with": lambda place: "{}:{}:{}".format(*place),
    "hash": hash,
    "set": lambda place: {place} == {PLAIN} and len({place, PLAIN}),
    "key": lambda place: {PLAIN: 1}[place] + {place: 1}[PLAIN],
    "json": json.dumps,
    "json, indented": lambda place: json.dumps({"place": place}, indent=1),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda place: pickle.loads(pickle.dumps(place)),
    "asdict": lambda place: place._asdict(),
    "replace": lambda place: place._replace(line=9),
    "asdict of a problem": lambda place: dataclasses.asdict(Problem("x", place)),
    "problem": lambda place: str(Problem("x", place)),
    "in": lambda place: (3 in place, "x" in place, place.count(3), place.index(7)),
    "plus": lambda place: (place + (1,), place * 2, 2 * place),  # noqa: RUF005
    "reversed": lambda place: list(reversed(place)),
    "truth": bool,
    "type": lambda place: isinstance(place, Place),
}


def one(text: str = "users:\n  jan:\n    services: {}\n") -> Place:
    return LatePlace.of(Source("users/a.yaml", lambda: text.encode()), "jan")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_late_place_looks_like_any_other(look: Callable[[Any], Any]) -> None:
    place = one("users:\n\n      jan: {services: {}}\n")
    assert look(place) == look(PLAIN)
    assert type(look(place)) is type(look(PLAIN))


def test_late_and_other_places_are_ordered_together() -> None:
    lines = (2, 3, 4)
    places = [one("users:" + "\n" * (line - 1) + "      jan: {services: {}}\n") for line in lines]
    plain = [Place("users/a.yaml", line, 7) for line in lines]
    for left, first in zip(plain, places, strict=True):
        for right_, second in zip(plain, places, strict=True):
            for one_, other in ((first, second), (first, right_), (left, second)):
                assert (one_ < other, one_ <= other) == (left < right_, left <= right_)
                assert (one_ > other, one_ >= other) == (left > right_, left >= right_)
                assert (one_ == other, one_ != other) == (left == right_, left != right_)
    assert sorted([*places, *plain], reverse=True) == sorted([*plain, *plain], reverse=True)
    assert one() != object()


def test_a_file_that_changed_meanwhile_is_answered_with_what_is_nearest(tmp_path: Path) -> None:
    write(
        tmp_path, a=service("bundle: x"), b=service("bundle: x").replace("an.", "b."), c="users: {jan: {services: {}}}"
    )
    users = load(tmp_path).users
    write(tmp_path, a="# moved\n" + service("bundle: x"), c="users: [\n")
    (tmp_path / "users" / "b.yaml").unlink()
    first, second, third = users
    assert str(first.services[0].place) == "users/a.yaml:5:7"
    assert [str(place) for place in (second.place, second.services[0].place)] == ["users/b.yaml:1:1"] * 2
    assert str(third.place).startswith("users/c.yaml:1:")


def test_what_was_asked_for_once_stays(tmp_path: Path) -> None:
    write(tmp_path, a=service("bundle: x"))
    [user] = load(tmp_path).users
    before = str(user.place)
    write(tmp_path, a="\n\n\n" + service("bundle: x"))
    assert str(user.place) == before == "users/a.yaml:2:3"


def test_a_file_that_is_no_text_any_more_is_answered_with_its_beginning(tmp_path: Path) -> None:
    write(tmp_path, a=service("bundle: x"))
    [user] = load(tmp_path).users
    (tmp_path / "users" / "a.yaml").write_bytes(b"\xff\xfe")
    assert str(user.place) == "users/a.yaml:1:1"
