"""A message quotes at most some forty characters of a value and never a second line, wherever the value stands.

A secret is planted in every position of every kind of file that is read: as a value, as a key, as a list, as a line of
the text, in many lines and in one. Whatever is printed, commented, annotated or left as SARIF has no more of it.
"""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.desired.yaml import parse
from reconciler.errors import Problem, bounded, bounded_words, quoted
from tests.security.stranger import Said, Tree, tree, with_exports

_CHANCE = random.Random(13)
LINES = ["".join(_CHANCE.choices(string.ascii_letters + string.digits, k=70)) for _ in range(5)]
SECRET, LINE = "\n".join(LINES), LINES[0] + LINES[1]
MOST = 44
#: Of the positions one in so many is tried; QUOTING_ALL=1 tries all.
_ONE_IN = 1 if os.environ.get("QUOTING_ALL") else 18

EVERYTHING = """
provider:
  type: tmf
  url: http://127.0.0.1:9
  auth: {token_url: "http://127.0.0.1:9/token", client_id_env: FLEET_CLIENT_ID, client_secret_env: FLEET_CLIENT_SECRET}
  headers: {X-Key: $FLEET_HEADER_KEY}
  base_paths: {party: /x}
  dialect: v4
  timeout: 1
  attempts: 1
overrides:
  - {check: limits.removals, until: 2026-12-31, reason: "depot"}
journal: {path: .fleet/journal.db, lease: 60, patience: 30}
users: {create: true}
approvals:
  required: 0
  allowed_signers: approvers/allowed_signers
  roles: {owner: [els.vermeulen@brouwerij.example]}
  rules: [{when: removals, role: owner, more_than: 1}]
"""
PEOPLE = """
users:
  zoe.zeeman@brouwerij.example:
    name: Zoe
    cost_centre: SALES
    reason: leaves
    services:
      phone:
        profile: traveller
        number: "+32470999991"
        sim: {type: esim, iccid: "8932000000000000014", eid: "89049032000000000000000000000066"}
        state: active
        from: 2026-01-01
        until: 2027-12-31
        activation: email
        port_in: {operator: other, account: "1", date: 2026-12-31}
      tablet:
        bundle: {name: data-20, until: 2027-01-01, then: mobile-10}
        options: [{name: roaming-world, from: 2026-01-01, until: 2027-01-01}, extra-data-10]
"""


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = tree(tmp_path, capsys, monkeypatch)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    return made


def require_short(text: str, where: object) -> None:
    """Refuse an output that has more than some forty characters of the secret, or any of its other lines."""
    for line in (*LINES, LINE):
        for start in range(len(line) - MOST):
            assert line[start : start + MOST] not in text, (where, text)
    require_one_line(text, where)


def require_one_line(text: str, where: object) -> None:
    """Refuse an output that has anything of the secret but its first line."""
    for line in LINES[2:]:
        assert line[:12] not in text, (where, text)


def told(fleet: Tree, where: object, *commands: tuple[str, ...]) -> list[Said]:
    """Run commands and look at all that comes of them."""
    said = [fleet(*command) for command in commands]
    # a long value that is valid is shown as what it is; one of many lines never is
    require = require_short if any(each.code in (1, 64) for each in said) else require_one_line
    for each in said:
        require(each.text, where)
        assert "problem of its own" not in each.text, (where, each.text)
        assert "Traceback" not in each.text, (where, each.text)
    for path in (*Path("fleet-ci").rglob("*"), *fleet.top.parent.glob("summary.md"), *fleet.top.parent.glob("output")):
        if path.is_file():
            require(path.read_text(), (where, path.name))
    shutil.rmtree("fleet-ci", ignore_errors=True)
    for name in ("summary.md", "output"):
        (fleet.top.parent / name).unlink(missing_ok=True)
    return said


def read(text: str) -> Any:
    """Return what a YAML file holds; days as text, as the product reads them."""
    found = parse(text, "x.yaml")
    assert not found.problems
    return json.loads(json.dumps(found.value, default=str))


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value of a document."""
    yield path
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from places(value, (*path, key))


def planted(document: Any, path: tuple[Any, ...], secret: str) -> Iterator[Any]:
    """Yield the document with a secret at a path: as the value, in a list, as a key beside it, as its key."""
    for each in (secret, [secret], {secret: secret}):
        yield put(document, path, each)
    if path and isinstance(path[-1], str):
        made = copy.deepcopy(document)
        around = made
        for part in path[:-1]:
            around = around[part]
        around[secret] = around.pop(path[-1])
        yield made
        made = copy.deepcopy(made)


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(document)
    around = made
    for part in path[:-1]:
        around = around[part]
    around[path[-1]] = value
    return made


def variants(text: str) -> Iterator[tuple[object, str]]:
    """Yield a YAML file with the secret in each position, and as a line of its text."""
    document = read(text)
    found = [
        ((path, number), each)
        for path in places(document)
        for secret in (SECRET, LINE)
        for number, each in enumerate(planted(document, path, secret))
    ]
    for where, each in found[_CHANCE.randrange(_ONE_IN) :: _ONE_IN]:
        yield (
            where,
            yaml.safe_dump(each, sort_keys=False, allow_unicode=True, default_style=_CHANCE.choice([None, '"', "|"])),
        )
    yield from lines(text)


def lines(text: str) -> Iterator[tuple[object, str]]:
    """Yield a text with the secret before, in and behind each of its lines."""
    kept = text.splitlines()
    found = [
        ((number, kind), [*kept[:number], *inserted, *kept[number + 1 :]])
        for number, line in enumerate(kept)
        for kind, inserted in (
            ("line", [line, *LINES]),
            ("quote", [f'{line} "{LINE}']),
            ("tag", [f"{line} !{LINE}"]),
            ("alias", [f"{line} *{LINE}"]),
            ("anchor", [f"&{LINE} {line}"]),
            ("flow", [f"{line} {{{LINE}: {LINE}"]),
            ("directive", [f"%{LINE}", line]),
        )
    ]
    for where, each in found[_CHANCE.randrange(_ONE_IN) :: _ONE_IN]:
        yield where, "\n".join(each)


def settings() -> str:
    text = (Path(__file__).parents[2] / "fleet-config" / "fleet.yaml").read_text()
    document = read(text) | read(EVERYTHING)
    return str(yaml.safe_dump(document, sort_keys=False))


def test_no_message_about_the_settings_quotes_more(fleet: Tree) -> None:
    for where, text in variants(settings()):
        (fleet.root / "fleet.yaml").write_text(text)
        told(fleet, where, ("validate",), ("ci", "plan", "--no-publish"))


def test_no_message_about_users_files_quotes_more(fleet: Tree) -> None:
    for where, text in variants(PEOPLE):
        (fleet.root / "users" / "office" / "z.yaml").write_text(text)
        told(fleet, where, ("validate",), ("fmt", "--check"), ("ci", "plan", "--no-publish"))


@pytest.mark.parametrize("name", ["fleet.yaml", "catalogue.yaml", "steps.yaml", "services", "users", "options"])
def test_no_message_about_what_the_file_provider_reads_quotes_more(fleet: Tree, name: str) -> None:
    with_exports(fleet)
    portal = (Path(__file__).parents[2] / "reconciler" / "desired" / "mydstny.yaml").read_text()
    (fleet.root / "steps.yaml").write_text(portal)
    settings = fleet.root / "fleet.yaml"
    settings.write_text(
        settings.read_text().replace("  type: file", "  type: file\n  checklist: {template: steps.yaml}")
    )
    assert fleet("plan").code == 0
    if name.endswith(".yaml"):
        path = fleet.root / name
        made = variants(path.read_text())
    else:
        path = next(each for each in (fleet.root / "en").iterdir() if name in each.name)
        made = cells(path.read_text())
    for where, text in made:
        path.write_text(text)
        told(fleet, where, ("ci", "plan", "--no-publish"))
        if not name.endswith(".yaml"):
            require_short(fleet("file", "map", str(path), "--no-input").err, where)


def cells(text: str) -> Iterator[tuple[object, str]]:
    """Yield a CSV file with the secret in each cell."""
    rows = [line.split(",") for line in text.splitlines()]
    for at, row in enumerate(rows):
        for cell in range(len(row)):
            for number, secret in enumerate((LINE, f'"{SECRET}"', f'"{LINE}', f"={LINE}", f"#{LINE}!", f"+{LINE}")):
                if _CHANCE.randrange(_ONE_IN) == 0:
                    changed = [*rows[:at], [*row[:cell], secret, *row[cell + 1 :]], *rows[at + 1 :]]
                    yield (at, cell, number), "\n".join(",".join(each) for each in changed)
    yield "lines", "\n".join(LINES)
    yield "line", LINE


def test_no_message_about_signers_quotes_more(fleet: Tree) -> None:
    path = fleet.root / "fleet.yaml"
    path.write_text(path.read_text().replace("required: 0 ", "required: 2 "))
    for where, text in enumerate((SECRET, LINE, f"{LINE} ssh-ed25519 AAAA", f"x ssh-ed25519 {LINE}", f"x {LINE}")):
        (fleet.root / "approvers" / "allowed_signers").write_text(text)
        told(fleet, where, ("validate",), ("ci", "plan", "--no-publish"))


@pytest.mark.parametrize("kind", ["plan", "snapshot", "approval"])
def test_no_message_about_a_saved_document_quotes_more(fleet: Tree, kind: str) -> None:
    if kind == "approval":
        text = json.dumps({"statement": json.dumps({"format": 1, "digest": "x", "role": None}), "signature": "y"})
    else:
        assert fleet(*((kind,) if kind == "snapshot" else ("plan",)), "-o", "saved").code == 0
        text = Path("saved").read_text()
    assert fleet("plan", "-o", "plan.json").code == 0
    every_command: dict[str, list[tuple[str, ...]]] = {
        "plan": [("show", "saved"), ("apply", "saved", "--auto-approve")],
        "snapshot": [("plan", "--live", "saved")],
        "approval": [("apply", "plan.json", "--approval", "saved")],
    }
    commands = every_command[kind]
    document = json.loads(text)
    every = list(places(document))
    for path in every[:: max(1, len(every) // (2000 // _ONE_IN))]:
        for number, each in enumerate(planted(document, path, SECRET)):
            Path("saved").write_text(json.dumps(each))
            refused = fleet(*commands[0])
            if refused.code == 1 or kind == "approval":  # what is not refused is shown as what it is
                told(fleet, (path, number), *commands)
    for broken in (SECRET, LINE, f'{{"format_version": "{LINE}"}}', text[:-200] + LINE):
        Path("saved").write_text(broken)
        told(fleet, "broken", *commands)


def test_no_message_about_a_table_of_edits_or_a_bill_quotes_more(fleet: Tree) -> None:
    table = "action,user,label,bundle,options,number,from,port_in_operator,port_in_account,to\n"
    rows = table + "add,an.peeters@brouwerij.example,x,mobile-10,a,+32470000009,2026-01-01,a,b,\n"
    for where, text in cells(rows):
        Path("table.csv").write_text(text)
        told(fleet, where, ("edit", "--from", "table.csv", "--yes"))
    listing = "number,product,amount,kind\n+32470000001,Mobile 10,10.00,recurring\n"
    for where, text in cells(listing):
        Path("bill.csv").write_text(text)
        refused = fleet("bill", "check", "bill.csv", "--month", "2026-11")
        if refused.code == 1:  # what can be read is shown as what it is
            told(fleet, where, ("bill", "check", "bill.csv", "--month", "2026-11"))
    for text in (f"<x>{LINE}</x>", f"<{LINE}/>", f"<!DOCTYPE {LINE}><x/>", f"<x &{LINE};"):
        Path("bill.xml").write_text(text)
        told(fleet, text, ("bill", "check", "bill.xml"))


def test_what_is_quoted_is_short_and_of_one_line() -> None:
    assert quoted("mobile-10") == "'mobile-10'"
    assert quoted("a\nb") == "'a…'"
    assert quoted("\nb") == "'…'"
    assert quoted("x" * 40) == f"'{'x' * 40}'"
    assert quoted("x" * 41) == f"'{'x' * 40}…'"
    assert bounded("") == ""
    assert bounded_words(f"found {'x' * 41} here") == f"found {'x' * 40}… here"


def test_a_problem_is_of_one_line_whatever_it_was_made_of() -> None:
    assert Problem("this is wrong:\nsecret").message == "this is wrong:…"
    assert LINE + LINE not in Problem(f"found {LINE + LINE}").message
