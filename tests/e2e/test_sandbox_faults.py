"""`fleet sandbox fault`: a user switches a fault on, sees how an apply copes, and switches it off."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.sandbox.faults import KINDS
from tests.e2e.conftest import Fleet
from tests.e2e.test_served import over_http, served

ORDERS = "POST /tmf-api/productOrderingManagement/v4/productOrder"


def test_the_help_says_what_each_kind_does(fleet: Fleet) -> None:
    shown = " ".join(fleet("sandbox", "fault", "--help").stdout.split())
    for kind, meaning in KINDS.items():
        assert f"{kind} {meaning}" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fail"], "there is no fault 'fail'; did you mean 'fails'?"),
        ([], "expected either the KIND of a fault or --clear"),
        (["cut", "--clear"], "expected either the KIND of a fault or --clear"),
        (["cut", "--times", "0"], "Invalid value for '--times'"),
    ],
)
def test_a_fault_that_makes_no_sense_is_wrong_usage(fleet: Fleet, arguments: list[str], words: str) -> None:
    ran = fleet("sandbox", "fault", *arguments)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert words in ran.stderr


def test_a_fault_is_used_up_by_an_apply_and_the_next_one_is_clean(fleet: Fleet) -> None:
    said = fleet("sandbox", "fault", "fails", "--match", ORDERS, "--times", "2").stdout
    assert said == f"fails: {KINDS['fails']}; for the next 2 requests of '{ORDERS}'.\n"
    first = fleet("apply", "--auto-approve", "--allow-removals", "3")
    assert first.returncode == 6
    assert first.stdout.count("the operator answered 'failed': provisioning failed for item") == 2
    resumed = fleet("apply", "--resume")
    assert resumed.returncode == 6, "what the operator has refused is ordered again by a new plan alone"
    assert resumed.stdout.count("make a new plan") == 2
    assert fleet("apply", "--auto-approve", "--allow-removals", "3").returncode == 0
    assert fleet("plan").stdout.splitlines()[-1].startswith("No changes.")


def test_faults_are_cleared_at_a_served_sandbox_whose_log_shows_no_traceback(fleet: Fleet, root: Path) -> None:
    with served(root) as url:
        over_http(root, url, "  attempts: 3\n")
        fleet("sandbox", "fault", "cut", "--match", "GET /tmf-api/productInventory", "--times", "1")
        assert fleet("plan").returncode == 0
        fleet("sandbox", "fault", "error-before", "--times", "100")
        assert fleet("plan").returncode == 1
        assert fleet("sandbox", "fault", "--clear").stdout == "All faults are switched off.\n"
        assert fleet("plan").returncode == 0
    said = (root.parent / "served.log").read_text(encoding="utf-8")
    assert said.startswith("The sandbox is at")
    assert "Traceback" not in said
    assert "ERROR" not in said
