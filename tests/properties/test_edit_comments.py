"""An edit loses nothing: in files with comments in every position it means what was asked, and each comment stays at
its key, or the edit is refused with the place.

`SOAK_EDITS` says how many edits are made. Whose a comment is says `comment_owners`, which shares nothing with the code.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from reconciler.desired.edit import AddService, Edit, RemoveService, edited, taken
from reconciler.desired.formatting import formatted
from reconciler.desired.yaml import parse
from reconciler.errors import EditRefused
from tests.properties.comment_owners import Owners, Path, owners
from tests.properties.commented import Commented, commented
from tests.properties.test_edits import any_edit, is_there

EDITS = int(os.environ.get("SOAK_EDITS", "150"))
#: What an edit may be refused for, and how often at most in a hundred.
COMMENTS = ("would lose the comment", "cannot move along")
ALIASES = ("is used again at line", "is an alias of what stands elsewhere", "shared by an alias")
MOST_REFUSED = 12


def test_edits_mean_what_was_asked_and_every_comment_stays_at_its_key() -> None:
    refused = Counter[str]()
    for seed in range(EDITS):
        random = Random(seed)
        file = commented(random)
        intended = copy.deepcopy(file.fleet)
        edit, _, _ = any_edit(random, file.fleet, intended)
        moved = _moved(edit)
        try:
            after = _carried_out(file, edit)
        except EditRefused as error:
            refused[_reason(error, file, seed)] += 1
            continue
        _require_meant(after, intended, seed)
        shown = f"{file.text}\n---\n{after}"
        _require_same_owners(owners(file.text), owners(after), {"users": intended}, moved, seed, shown)
    assert refused.total() * 100 <= EDITS * MOST_REFUSED, refused


def test_several_edits_at_once_leave_every_comment_at_its_key() -> None:
    refused, done = Counter[str](), 0
    for seed in range(EDITS // 3):
        random = Random(-100_000 - seed)
        file = commented(random)
        intended, every = copy.deepcopy(file.fleet), list[Edit]()
        for _ in range(random.randint(2, 6)):
            known = copy.deepcopy(intended)
            edits, _, _ = any_edit(random, known, known)
            if len(edits) == 1 and not is_there(edits[0], intended):
                intended = known
                every += edits
        try:
            after = edited(file.text, every, file="f.yaml")
        except EditRefused as error:
            refused[_reason(error, file, seed)] += 1
            continue
        done += 1
        _require_meant(after, intended, seed)
        shown = f"{every}\n{file.text}\n---\n{after}"
        _require_same_owners(owners(file.text), owners(after), {"users": intended}, {}, seed, shown)
    assert done > EDITS // 6, refused


def test_transfers_between_files_take_the_comments_of_the_service_along() -> None:
    refused, done = Counter[str](), 0
    for seed in range(EDITS // 3):
        random = Random(-1 - seed)
        files = commented(random), commented(random, first=1000)
        pairs = [
            (user, label, to)
            for user, part in files[0].fleet.items()
            for label in part["services"]
            for to, other in files[1].fleet.items()
            if label not in other["services"]
        ]
        if not pairs:
            continue
        user, label, to = random.choice(pairs)
        try:
            service = taken(files[0].text, user, label, file="a.yaml")
            here = edited(files[0].text, [RemoveService(user, label)], file="a.yaml")
            there = edited(files[1].text, [AddService(to, label, service.service, service.lines)], file="b.yaml")
        except EditRefused as error:
            refused[_reason(error, files[0], seed)] += 1
            continue
        done += 1
        fleets = copy.deepcopy(files[0].fleet), copy.deepcopy(files[1].fleet)
        fleets[1][to]["services"][label] = fleets[0][user]["services"].pop(label)
        _require_meant(here, fleets[0], seed)
        _require_meant(there, fleets[1], seed)
        before = _in_files(owners(files[0].text), owners(files[1].text))
        after = _in_files(owners(here), owners(there))
        values = {"a": {"users": fleets[0]}, "b": {"users": fleets[1]}}
        moved = {("a", "users", user, "services", label): ("b", "users", to, "services", label)}
        shown = "\n---\n".join([*(file.text for file in files), here, there])
        _require_same_owners(before, after, values, moved, seed, shown)
    assert done > EDITS // 10, refused


def test_formatting_leaves_every_comment_at_its_key() -> None:
    refused = Counter[str]()
    for seed in range(EDITS):
        file = commented(Random(seed), askew=False)  # those that are, go where the others are
        try:
            after = formatted(file.text, file="f.yaml")
        except EditRefused as error:
            refused[str(error)] += 1
            continue
        _require_meant(after, file.fleet, seed)
        assert formatted(after, file="f.yaml") == after, seed
        shown = f"{file.text}\n---\n{after}"
        _require_same_owners(owners(file.text), owners(after), {"users": file.fleet}, {}, seed, shown)
    assert refused.total() * 100 <= EDITS, refused


def _carried_out(file: Commented, edit: list[Edit]) -> str:
    """Return the text after the edits; a removal before an addition is a move."""
    if len(edit) == 2 and isinstance(edit[0], RemoveService) and isinstance(edit[1], AddService):
        source, to = edit[0], edit[1].user
        lines = taken(file.text, source.user, source.label, file="f.yaml")
        return edited(file.text, [source, AddService(to, source.label, lines.service, lines.lines)], file="f.yaml")
    return edited(file.text, edit, file="f.yaml")


def _moved(edit: list[Edit]) -> dict[Path, Path]:
    if len(edit) == 2 and isinstance(edit[0], RemoveService) and isinstance(edit[1], AddService):
        return {
            ("users", edit[0].user, "services", edit[0].label): ("users", edit[1].user, "services", edit[1].label),
        }
    return {}


def _reason(error: EditRefused, file: Commented, seed: int) -> str:
    """Return why an edit was refused; raises AssertionError for what it may not be refused for."""
    known = next((words for words in (*COMMENTS, *ALIASES) if words in str(error)), None)
    assert known, f"{seed}: {error}\n{file.text}"
    assert error.place, f"{seed}: {error}"
    assert error.hint, f"{seed}: {error}"
    assert known in COMMENTS or file.shared, f"{seed}: {error}\n{file.text}"
    return known


def _require_meant(text: str, intended: Any, seed: int) -> None:
    read = parse(text.removeprefix("\ufeff"), "f.yaml")
    assert (read.problems, read.value) == ([], {"users": intended}), seed


def _in_files(one: dict[str, Owners], other: dict[str, Owners]) -> dict[str, Owners]:
    return {
        number: Owners(*(frozenset((name, *path) for path in paths) for paths in found))
        for name, each in (("a", one), ("b", other))
        for number, found in each.items()
    }


def _require_same_owners(
    before: dict[str, Owners],
    after: dict[str, Owners],
    value: Any,
    moved: dict[Path, Path],
    seed: int,
    shown: str,
) -> None:
    """Require each comment once, at one of the keys it belonged to, unless all of those went."""
    shown = shown.replace("\r\n", "\n").replace("\r", "\n")
    for number, (keys, also) in before.items():
        left = {_renamed(path, moved) for path in keys if _is_there(_renamed(path, moved), value)}
        left |= {path[:-1] for path in left if path[-1:] == ("name",)}
        assert number in after or not left, f"{seed}: {number} of {_shown(keys)} is lost\n{shown}"
        if left:
            now = after[number]
            kept = (left | also) & (now.keys | now.also)
            assert kept, f"{seed}: {number} went from {_shown(keys)} to {_shown(now.keys)}\n{shown}"
    assert after.keys() <= before.keys(), f"{seed}: {after.keys() - before.keys()} came up\n{shown}"


def _shown(paths: frozenset[Path]) -> list[Path]:
    return sorted(paths, key=str)


def _renamed(path: Path, moved: dict[Path, Path]) -> Path:
    return next((to + path[len(start) :] for start, to in moved.items() if path[: len(start)] == start), path)


def _is_there(path: Path, value: Any) -> bool:
    """Tell whether something stands at a path."""
    for key in path:
        if isinstance(value, list) and isinstance(key, tuple):
            name, count = key
            same = [item for item in value if (item["name"] if isinstance(item, dict) else item) == name]
            if len(same) < count:
                return False
            value = same[count - 1]
        elif isinstance(value, dict):
            if key not in value:
                return False
            value = value[key]
        else:
            return bool(key == "name")  # `{name: x, until: …}` is `x` now
    return True


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_note_goes_with_nothing_but_its_key(newline: str) -> None:
    text = newline.join(
        [
            "users:",
            "  a@x:",
            "    services: { # all of them",
            "      # about the phone",
            "      phone: {bundle: m}, # c1",
            "      car: {bundle: n}, # c2",
            "    }",
            "",
        ]
    )
    after = edited(text, [RemoveService("a@x", "phone")], file="f.yaml")
    assert after.split(newline) == [
        "users:",
        "  a@x:",
        "    services: { # all of them",
        "      car: {bundle: n}, # c2",
        "    }",
        "",
    ]
    assert owners(after) == {"c2": Owners(frozenset({("users", "a@x", "services", "car")}))}
