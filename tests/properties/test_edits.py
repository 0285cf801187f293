"""Edits of users' files in any layout: exactly the intended change, and only the lines it needs."""

from __future__ import annotations

import copy
import re
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, given, settings

from reconciler.desired.documents import UsersFile
from reconciler.desired.edit import (
    AddService,
    AddUser,
    ChangeService,
    ChangeUser,
    Edit,
    RemoveService,
    RemoveServices,
    edited,
    taken,
)
from reconciler.desired.formatting import formatted
from reconciler.desired.yaml import parse
from reconciler.errors import EditRefused
from tests.properties.texts import FILES, RANDOMS, Fleet, Tag, Written, attributes, service

MANY = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(FILES, RANDOMS)
def test_an_edit_changes_exactly_what_it_means_and_no_other_line(file: Written, random: Random) -> None:
    intended = copy.deepcopy(file.fleet)
    edit, touched, most = any_edit(random, file.fleet, intended)
    event(" ".join(type(each).__name__ for each in edit))
    try:
        after = _carried_out(file, edit)
    except EditRefused as refused:
        event(f"refused:{str(refused).rpartition(':')[2][:24]}")
        if not _may_be_refused(file, edit) and "would lose the comment" not in str(refused):
            raise AssertionError(file.text) from refused
        return
    read = parse(after.removeprefix("\ufeff"), "f.yaml")
    assert (read.problems, read.value) == ([], {"users": intended})
    UsersFile.model_validate(read.value)
    _require_untouched(file, after, touched, most, blank=isinstance(edit[0], RemoveService | RemoveServices))


@MANY
@given(FILES)
def test_an_edit_that_changes_nothing_leaves_every_byte(file: Written) -> None:
    edits = [
        ChangeService(user, label, held)
        for user, part in file.fleet.items()
        for label, held in part["services"].items()
    ]
    assert edited(file.text, edits, file="f.yaml") == file.text


@MANY
@given(FILES, RANDOMS)
def test_several_edits_at_once_come_to_the_same_values(file: Written, random: Random) -> None:
    intended = copy.deepcopy(file.fleet)
    every: list[Edit] = []
    for _ in range(random.randint(2, 5)):
        known = copy.deepcopy(intended)
        edits, _, _ = any_edit(random, known, known)
        if len(edits) == 1 and not is_there(edits[0], intended):
            intended = known
            every += edits
    try:
        after = edited(file.text, every, file="f.yaml")
    except EditRefused as refused:
        if not file.shared and "would lose the comment" not in str(refused):
            raise AssertionError(file.text) from refused
        return
    assert parse(after.removeprefix("\ufeff"), "f.yaml").value == {"users": intended}


def is_there(edit: Edit, fleet: Fleet) -> bool:
    """Tell whether what an edit adds is there already."""
    if isinstance(edit, AddService):
        return edit.label in fleet[edit.user]["services"]
    return isinstance(edit, AddUser) and edit.user in fleet


def any_edit(random: Random, fleet: Fleet, intended: Fleet) -> tuple[list[Edit], set[Tag], int]:
    """Make one edit in `intended`; return it, whose lines it may touch, and how many it may add to them."""
    user = random.choice(sorted(fleet))
    services = intended[user]["services"]
    always, with_services = ["user", "add", "centre"], ["add", "change", "change", "change", "remove", "leave", "move"]
    kind = random.choice(always + (with_services if services else []))
    if kind == "user":
        key, held = random.choice(["aa@x.example", "mo@x.example", "zz@x.example"]), {"phone": service(random, 900)}
        intended[key] = {"cost_centre": "IT", "services": held}
        return [AddUser(key, held, cost_centre="IT")], set(), 40
    if kind == "centre":
        value = random.choice([None, "R&D: 2"])
        intended[user] = {key: each for key, each in intended[user].items() if key != "cost_centre"}
        intended[user] |= {"cost_centre": value} if value else {}
        return [ChangeUser(user, {"cost_centre": value})], {(user, "user"), (user, "services", "flow")}, 2
    if kind == "add":
        services["new"] = service(random, 901)
        return [AddService(user, "new", services["new"])], {(user, "services", "flow")}, 40
    if kind == "leave":
        services.clear()
        return [RemoveServices(user)], {(user, "services"), (user, "service")}, 0
    label = random.choice(sorted(services))
    if kind == "change":
        return _change(random, user, label, services[label])
    others = [key for key in sorted(intended) if key != user and label not in intended[key]["services"]]
    held = services.pop(label)
    touched: set[Tag] = {(user, "services", "flow"), (user, "service", label)}
    touched |= set() if services else {(user, "services", "block")}
    if kind == "remove" or not others:
        return [RemoveService(user, label)], touched, 0
    to = random.choice(others)
    intended[to]["services"][label] = held
    return [RemoveService(user, label), AddService(to, label, {})], touched | {(to, "services", "flow")}, 40


def _change(random: Random, user: str, label: str, held: dict[str, Any]) -> tuple[list[Edit], set[Tag], int]:
    every = attributes(random, 902)
    name = random.choice(sorted(every))
    touched: set[Tag] = {(user, "services", "flow"), (user, "service", label, "*"), (user, "service", label, name)}
    if name in held and name != "bundle" and random.random() < 0.4:
        del held[name]
        return [ChangeService(user, label, {name: None})], touched, 0
    held[name] = every[name]
    return [ChangeService(user, label, {name: every[name]})], touched, 8


def _carried_out(file: Written, edits: list[Edit]) -> str:
    """Return the text after the edits; a removal before an addition is a move."""
    if len(edits) == 2 and isinstance(edits[0], RemoveService) and isinstance(edits[1], AddService):
        source, to = edits[0], edits[1].user
        lines = taken(file.text, source.user, source.label, file="f.yaml")
        return edited(file.text, [source, AddService(to, source.label, lines.service, lines.lines)], file="f.yaml")
    return edited(file.text, edits, file="f.yaml")


def _may_be_refused(file: Written, edits: list[Edit]) -> bool:
    """Tell whether something is shared by an alias, or comments would have to move to between brackets."""
    users = {edit.user for edit in edits}
    labels = {edit.label for edit in edits if not isinstance(edit, AddUser | ChangeUser | RemoveServices)}
    if any(user in users and (not labels or label in labels) for user, label in file.shared):
        return True
    return len(edits) == 2 and "#" in file.text and "services: {" in file.text.replace("'", "").replace('"', "")


def _require_untouched(file: Written, after: str, touched: set[Tag], most: int, *, blank: bool) -> None:
    """Require that every other line survives in order, and that no more are new than the edit needs."""
    old = [(line, any(tag[: len(each)] == each for each in touched)) for tag, line in file.lines]
    new = after.removeprefix("\ufeff").removesuffix(file.newline).split(file.newline)
    rest = iter(new)
    missing = [line for line, free in old if not free and (line or not blank) and line not in rest]
    assert not missing, f"{missing}\n--- {touched}\n{file.text}\n---\n{after}"
    assert len(new) - len(old) <= most
    assert after.startswith(file.bom)
    assert after.count("\n") == after.count(file.newline)


@MANY
@given(FILES)
def test_formatting_keeps_every_value_and_comment_and_is_done_after_once(file: Written) -> None:
    once = formatted(file.text, file="f.yaml")
    assert parse(once.removeprefix("\ufeff"), "f.yaml").value == {"users": file.fleet}
    assert formatted(once, file="f.yaml") == once
    assert _comments(once) == _comments(file.text)
    blank = [text.replace("\r", "").split("\n").count("") for text in (once, file.text)]
    assert blank[0] - blank[1] == (not file.ended)


def _comments(text: str) -> list[str]:
    """Return the comments of the files here, which all look like one of three."""
    return sorted(re.findall(r"# (?:note, \{'x'\}|remark: \"of\" one|below|the end)", text))
