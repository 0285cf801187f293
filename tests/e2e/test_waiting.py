"""Orders that take their time: what is awaited is said, and nothing is ordered twice meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.e2e.conftest import Fleet, edit
from tests.e2e.test_reads_only import watched
from tests.e2e.test_served import over_http

YES = ("apply", "--auto-approve", "--allow-removals", "3")


@pytest.fixture
def slow(fleet: Fleet, root: Path) -> Sandbox:
    """Return the fleet's operator, at which an order takes two hours."""
    fleet("sandbox", "reset")
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
    sandbox.configure(activation_delay_hours=2)
    return sandbox


def test_what_a_human_has_to_do_is_said_and_the_code_is_7(fleet: Fleet, root: Path) -> None:
    edit(root / "users" / "sales.yaml", "activation: administrator ", "activation: email ")
    applied = fleet(*YES)
    assert applied.returncode == 7, applied.stderr
    said = "lien.aerts@brouwerij.example has to finish the activation, by the link in the e-mail"
    assert said in applied.stdout
    assert said in fleet("apply", "--resume").stdout
    assert fleet("apply", "--resume").returncode == 7


def test_not_waiting_returns_after_submission_and_a_second_apply_orders_nothing(
    fleet: Fleet, slow: Sandbox, root: Path
) -> None:
    applied = fleet(*YES, "--no-wait")
    assert applied.returncode == 0, applied.stderr
    assert "Apply incomplete: 0 of 13 done, 13 ordered." in applied.stdout
    planned = fleet("plan").stdout
    assert planned.endswith("No changes. Nothing can be ordered now. 1 deferred, 13 in flight.\n")
    assert "Nothing can be ordered now" in fleet(*YES).stdout
    assert slow.advance(timedelta(hours=3))
    assert fleet("plan").stdout.endswith("No changes. Nothing can be ordered now. 1 deferred.\n")


def test_what_is_open_by_the_journal_is_not_ordered_again_where_the_operator_lists_no_orders(
    fleet: Fleet, slow: Sandbox, root: Path
) -> None:
    def unlisted(path: str, _at: int, _status: int, headers: dict[str, str], _body: Any) -> Any:
        return (404, headers, b"{}") if path.endswith("/productOrder") else None

    with watched(root) as (url, wire):
        over_http(root, url)
        wire.spoil = unlisted
        assert fleet(*YES, "--no-wait").returncode == 0
        posted = sum(method == "POST" for method, _ in wire.asked)
        again = fleet(*YES)
        assert sum(method == "POST" for method, _ in wire.asked) == posted, again.stdout
        assert again.returncode == 7, again.stderr
        assert "still on its way" in again.stdout


def test_the_outcomes_of_orders_nobody_waited_for_are_learnt_by_the_next_run(
    fleet: Fleet, slow: Sandbox, root: Path
) -> None:
    fleet(*YES, "--no-wait")
    slow.advance(timedelta(hours=3))
    fleet(*YES)
    runs = json.loads(fleet("history", "--format", "json").stdout)
    actions = json.loads(fleet("history", runs[-1]["id"], "--format", "json").stdout)["actions"]
    assert {action["result"] for action in actions} == {"done"}
