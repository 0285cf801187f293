"""Wrong input of every kind: a message that says where and what to do, the right exit code, nothing ordered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Fleet, edit

SALES = "users/sales.yaml"
CASES = {
    "a syntax error": (SALES, "    services:", "    services: [", 1, r"users/sales\.yaml:\d+:\d+: this is no YAML"),
    "an unknown key": (
        SALES, "        bundle:", "        bundel:", 1,
        r"users/sales\.yaml:\d+:9: unknown key 'bundel'; did you mean 'bundle'\?",
    ),
    "a wrong type": (
        SALES, "    cost_centre: SALES", "    cost_centre: [SALES]", 1,
        r"users/sales\.yaml:\d+:18: cost_centre: expected text, found a list",
    ),
    "a duplicate key": (
        SALES, "    name: Bart Maes", "    name: Bart Maes\n    name: Bart",
        1, r"users/sales\.yaml:\d+:5: the key 'name' is here twice; it stands first at users/sales\.yaml:\d+",
    ),
    "an unknown profile": (
        "users/office/hr.yaml", "profile: office-tablet", "profile: ofice-tablet", 1,
        r"unknown profile 'ofice-tablet'; did you mean 'office-tablet'\?",
    ),
    "an unknown bundle": (
        "users/office/hr.yaml", "bundle: mobile-25    ", "bundle: mobil-25    ", 3,
        r"the operator has no bundle 'mobil-25'; did you mean 'mobile-25'\?",
    ),
    "an unknown option": (
        "fleet.yaml", "options: [roaming-world]", "options: [roaming-wrld]", 3,
        r"the operator has no option 'roaming-wrld'; did you mean 'roaming-world'\?",
    ),
    "an impossible date": (
        "users/logistics.yaml", "until: 2026-11-30", "until: 2026-11-31", 1,
        r"until: expected a date like 2026-12-31, found '2026-11-31'",
    ),
    "a number that is no number": (
        SALES, '"+32470000001"', '"0470000001"', 1, r"number: '0470000001' is no telephone number; expected E\.164",
    ),
    "a number without quotes": (
        SALES, '"+32470000001"', "32470000001", 1, r'number: expected text, found the number 32470000001; quote it',
    ),
    "a user that does not exist": (
        SALES, "lien.aerts@", "lien.aert@", 3, r"the operator knows no user 'lien\.aert@.*did you mean 'lien\.aerts@",
    ),
    "a secret in the file": (
        "fleet.yaml", "type: sandbox", "type: tmf\n  url: http://127.0.0.1:9\n  auth: {client_secret: abc}\n  #", 1,
        r"fleet\.yaml:\d+:\d+: 'client_secret' looks like a secret",
    ),
    "an unreachable operator": (
        "fleet.yaml", "type: sandbox", "type: tmf\n  url: http://127.0.0.1:9\n  attempts: 1\n  #", 1,
        r"http://127\.0\.0\.1:9\S* cannot be reached",
    ),
    "a missing variable": (
        "fleet.yaml", "type: sandbox",
        "type: tmf\n  url: http://127.0.0.1:9\n  auth: {client_id_env: NO_SUCH_ID, client_secret_env: NO_SUCH}\n  #", 1,
        r"environment variable NO_SUCH_ID is not set",
    ),
    "an unknown provider": ("fleet.yaml", "type: sandbox", "type: sandbx", 1, r"there is no provider 'sandbx'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_wrong_input_is_told_and_nothing_is_ordered(case: str, fleet: Fleet, root: Path) -> None:
    fleet("plan")
    file, old, new, code, words = CASES[case]
    edit(root / file, old, new)
    for command in (("plan",), ("apply", "--auto-approve", "--allow-removals", "9")):
        if code == 3 and command[0] == "apply":
            continue
        ran = fleet(*command)
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert re.search(words, " ".join((ran.stdout + ran.stderr).split())), ran.stdout + ran.stderr
        assert "Traceback" not in ran.stdout + ran.stderr
    assert "order ord-" not in fleet("sandbox", "advance", "1h").stdout


def test_every_problem_of_every_file_is_told_at_once(fleet: Fleet, root: Path) -> None:
    edit(root / SALES, "        bundle:", "        bundel:")
    edit(root / "users" / "brewery.yaml", "    name:", "    nam:")
    edit(root / "fleet.yaml", 'ratio: "0.30"', "ratio: much")
    ran = fleet("validate")
    assert ran.returncode == 1
    for words in ("fleet.yaml:17:12: ratio: expected a decimal", "unknown key 'nam'", "unknown key 'bundel'"):
        assert words in ran.stderr
    assert "problems in the fleet's files" in ran.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plan: plan["actions"][0]["after"].update(bundle="mobile-max"), "was changed after it was made"),
        (lambda plan: plan["findings"].clear(), "was changed after it was made"),
        (
            lambda plan: plan.update(format_version="3.0"),
            "has plan format 3.0; this version of fleet reads formats 1.x and 2.x",
        ),
        (lambda plan: plan.pop("actions"), "is broken at actions"),
        (lambda plan: plan.clear(), "it has no format_version"),
    ],
)
def test_a_plan_file_that_was_edited_or_is_from_later_is_refused(
    change: object, words: str, fleet: Fleet, root: Path
) -> None:
    fleet("plan", "-o", "plan.json")
    path = root.parent / "plan.json"
    plan = json.loads(path.read_text())
    assert callable(change)
    change(plan)
    path.write_text(json.dumps(plan))
    for command in ("show", "apply"):
        ran = fleet(command, "plan.json")
        assert ran.returncode == 1
        assert words in ran.stderr
    assert "Plan: 3 to add" in fleet("plan").stdout


def test_a_plan_file_that_was_only_laid_out_anew_is_the_same_plan(fleet: Fleet, root: Path) -> None:
    fleet("plan", "-o", "plan.json")
    path = root.parent / "plan.json"
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert fleet("show", "plan.json").returncode == 0


def test_approvals_that_cannot_be_verified_are_not_skipped(fleet: Fleet, root: Path) -> None:
    edit(root / "fleet.yaml", "required: 0", "required: 1")
    ran = fleet("apply", "--auto-approve", "--allow-removals", "9")
    assert ran.returncode == 1
    assert "fleet.yaml:50:20: 1 approvals are required, and there are 0 signers" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plam",), "there is no command 'plam'; did you mean 'plan'?"),
        (("plan", "--fromat", "json"), "No such option"),
        (("plan", "--day", "tomorrow"), "'tomorrow' is no date"),
        (("plan", "-C", "nowhere"), "begin one with 'fleet init'"),
        (("apply", "--parallelism", "0"), "parallelism"),
        (("sandbox", "advance", "soon"), "'soon' is no span of time"),
        (("sandbox", "reset", "--day", "2026-02-30"), "is no date"),
    ],
)
def test_wrong_usage_leaves_with_64(arguments: tuple[str, ...], words: str, fleet: Fleet) -> None:
    ran = fleet(*arguments)
    assert ran.returncode == 64
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_diagnostics_can_be_json(fleet: Fleet, root: Path) -> None:
    edit(root / SALES, "        bundle:", "        bundel:")
    first = json.loads(fleet("validate", "--log-format", "json").stderr.splitlines()[0])
    assert first["level"] == "error"
    assert first["message"].startswith("users/sales.yaml:")


def test_colours_are_for_terminals_or_on_demand(fleet: Fleet) -> None:
    assert "\x1b[" not in fleet("plan").stdout
    assert "\x1b[" in fleet("plan", "--color").stdout
    assert "\x1b[" in fleet("plan", CLICOLOR_FORCE="1").stdout
    assert "\x1b[" not in fleet("plan", CLICOLOR_FORCE="1", NO_COLOR="1").stdout


def test_one_removal_too_many_leaves_with_3_and_says_whom_to_ask(fleet: Fleet, root: Path) -> None:
    edit(root / "fleet.yaml", 'ratio: "0.30"', 'ratio: "0.00"')
    edit(root / "fleet.yaml", "removals: 5,", "removals: 4,")
    ran = fleet("plan")
    assert ran.returncode == 3
    text = " ".join(ran.stdout.split())
    assert "3 removals planned, 2 left: 2 used of 4 allowed this contract period" in text
    assert "ask Els Vermeulen, your account manager (sales@operator.example)" in text
    assert "Plan: 3 to add, 7 to change (1 transfer), 0 to remove. 1 deferred, 3 blocked." in text
    applied = fleet("apply", "--auto-approve")
    assert applied.returncode == 3
    assert "3 blocked actions left out" in applied.stdout
