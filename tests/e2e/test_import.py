"""`fleet import` through the installed command: an empty folder, a sandbox, and a plan with nothing to do."""

from __future__ import annotations

import json
import shutil
from difflib import unified_diff
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.e2e.conftest import Fleet
from tests.e2e.test_reads_only import watched
from tests.e2e.test_served import over_http

FRESH = ("import", "--provider", "sandbox", "--organisation", "brouwerij-demo")


@pytest.fixture
def empty(root: Path) -> Path:
    """Return the fleet's folder with nothing in it."""
    shutil.rmtree(root)
    return root


def test_an_empty_folder_becomes_a_fleet_that_plans_to_nothing(fleet: Fleet, empty: Path) -> None:
    ran = fleet(*FRESH)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Written in fleet-config: 54 services of 40 users, 10 files.\n  fleet.yaml\n")
    assert ran.stderr == ""
    planned = fleet("plan", "--detailed-exitcode")
    assert planned.returncode == 0, planned.stdout
    assert "\nNo changes." in planned.stdout
    assert "ambiguous" not in planned.stdout
    assert "unmanaged" not in planned.stdout
    for path in [*empty.glob("*.yaml"), *empty.glob("users/*.yaml")]:
        schema = path.read_text().splitlines()[0].partition("=")[2]
        assert (path.parent / schema).is_file(), path


def test_what_is_written_is_what_the_schemas_allow(fleet: Fleet, empty: Path) -> None:
    fleet(*FRESH)
    for name, paths in (("fleet", empty.glob("*.yaml")), ("users", empty.glob("users/*.yaml"))):
        schema = json.loads((empty / "schemas" / f"{name}.schema.json").read_text())
        for path in paths:
            jsonschema.validate(yaml.safe_load(path.read_text()), schema)


def test_a_check_writes_nothing_and_leaves_with_2(fleet: Fleet, empty: Path) -> None:
    empty.mkdir()
    (empty / "fleet.yaml").write_text("version: 1\norganisation: brouwerij-demo\nprovider: {type: sandbox}\n")
    ran = fleet("import", "--check")
    assert ran.returncode == 2, ran.stderr
    assert ran.stdout.startswith("To be written in fleet-config: ")
    assert [path.name for path in empty.iterdir() if path.name != ".fleet"] == ["fleet.yaml"]


def test_files_that_are_there_are_listed_and_stay(fleet: Fleet, root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    ran = fleet("import")
    assert ran.returncode == 1
    assert "users/office/finance.yaml" in ran.stderr
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before
    assert fleet("import", "--out", "elsewhere").returncode == 0
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before
    assert fleet("validate", "-C", "elsewhere").returncode == 0


def test_an_operator_that_cannot_be_reached_leaves_no_folder(fleet: Fleet, empty: Path) -> None:
    ran = fleet("import", "--provider", "tmf", "--url", "http://127.0.0.1:9", "--organisation", "x")
    assert ran.returncode == 1
    assert "cannot be reached" in ran.stderr
    assert not empty.exists()


def test_what_was_written_is_in_the_usual_form(fleet: Fleet, empty: Path) -> None:
    fleet(*FRESH)
    assert fleet("fmt", "--check").returncode == 0


def test_a_second_import_writes_what_the_portal_changed_and_nothing_else(fleet: Fleet, empty: Path) -> None:
    fleet(*FRESH)
    sales = empty / "users" / "sales.yaml"
    sales.write_text(sales.read_text().replace("users:\n", "users:  # ours\n"))
    before = {path: path.read_text().splitlines() for path in empty.rglob("*.yaml")}
    for command in (["import", "--check"], ["import"]):
        assert fleet(*command).returncode == 0
    fleet("sandbox", "drift")
    checked = fleet("import", "--check")
    assert checked.returncode == 2
    assert checked.stdout.startswith("To be written in fleet-config: 3 changes, 3 files.\n")
    assert {path: path.read_text().splitlines() for path in empty.rglob("*.yaml")} == before
    written = fleet("import")
    assert written.stdout == checked.stdout.replace("To be written", "Written")
    after = {path: path.read_text().splitlines() for path in empty.rglob("*.yaml")}
    changed = [line for path in before for line in unified_diff(before[path], after[path], n=0) if line[0] in "+-"]
    assert len([line for line in changed if line[:3] not in ("---", "+++")]) <= 9
    assert fleet("plan", "--detailed-exitcode").returncode == 0
    assert fleet("import", "--check").returncode == 0


def test_files_by_hand_are_edited_only_where_that_is_said(fleet: Fleet, root: Path) -> None:
    assert fleet("import", "--check").returncode == 2
    ran = fleet("import", "--adopt")
    assert ran.returncode == 0, ran.stderr
    assert "\n> petra.hermans@brouwerij.example/tablet from els.lemmens@brouwerij.example/tablet\n" in ran.stdout
    assert fleet("plan", "--detailed-exitcode").returncode == 0
    moved = "      tablet:                                  # was Petra Hermans': the same number, so a transfer\n"
    assert moved in (root / "users" / "office" / "it.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import"], "no fleet.yaml in 'fleet-config'"),
        (["import", "--url", "http://x.example"], "go with --provider"),
        (["import", "--provider", "tmf", "--organisation", "x"], "needs --url"),
        (["import", "--provider", "sandbox"], "needs --organisation"),
        (["import", "--split", "floor"], "'floor' is not one of"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(fleet: Fleet, empty: Path, arguments: list[str], words: str) -> None:
    empty.mkdir()
    ran = fleet(*arguments)
    assert ran.returncode == 64
    assert words in ran.stderr
    assert list(empty.iterdir()) == []


def test_an_import_sends_nothing_but_get(fleet: Fleet, root: Path) -> None:
    fleet("sandbox", "reset")
    with watched(root) as (url, wire):
        over_http(root, url)
        shutil.rmtree(root / "users")
        assert fleet("import", "--check").returncode == 2
        assert fleet("import").returncode == 0
        assert {method for method, _ in wire.asked} == {"GET"}
