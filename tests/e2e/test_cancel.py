"""Orders that wait can be withdrawn, once, and what became of them is on record."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import FLEET, Fleet, edit


@pytest.fixture
def waiting(fleet: Fleet, root: Path) -> Fleet:
    """Return the fleet with one addition that waits for its user."""
    edit(root / "users" / "sales.yaml", "activation: administrator ", "activation: email ")
    assert fleet("apply", "--auto-approve", "--allow-removals", "3").returncode == 7
    return fleet


def test_what_waits_is_withdrawn_and_the_next_plan_shows_it_again(waiting: Fleet) -> None:
    assert "1 in flight" in waiting("plan").stdout
    done = waiting("cancel", text="yes\n")
    assert done.returncode == 0, done.stderr
    assert "has 1 action on order" in done.stdout
    assert "Cancelled: 1 of 1." in done.stdout
    assert "planned again" in done.stderr
    assert "\nPlan: 1 to add, 0 to change, 0 to remove." in waiting("plan").stdout
    assert "nothing to cancel" in waiting("cancel").stdout


def test_what_was_cancelled_is_on_record_and_going_on_does_not_order_it_again(waiting: Fleet) -> None:
    waiting("cancel", "--yes")
    [run] = json.loads(waiting("history", "--format", "json").stdout)
    actions = json.loads(waiting("history", run["id"], "--format", "json").stdout)["actions"]
    assert [action["result"] for action in actions].count("cancelled") == 1
    resumed = waiting("apply", "--resume")
    assert "Apply incomplete: 12 of 13 done, 1 cancelled." in resumed.stdout
    assert resumed.returncode == 6
    again = json.loads(waiting("history", run["id"], "--format", "json").stdout)["actions"]
    assert len(again) == len(actions)


def test_only_a_yes_cancels(waiting: Fleet) -> None:
    for arguments, text in ((("cancel",), "y\n"), (("cancel",), ""), (("cancel", "--no-input"), "")):
        refused = waiting(*arguments, text=text)
        assert refused.returncode == 4, refused.stdout
    assert "1 in flight" in waiting("plan").stdout


def test_a_run_there_is_none_of_is_a_wrong_usage(fleet: Fleet) -> None:
    for arguments in (("cancel",), ("cancel", "nonsense")):
        refused = fleet(*arguments)
        assert refused.returncode == 64
        assert "fleet history" in refused.stderr


def test_ctrl_c_at_the_question_ends_at_once_and_orders_nothing(fleet: Fleet, root: Path) -> None:
    with subprocess.Popen(
        [FLEET, "apply"], cwd=root.parent, stdin=-1, stdout=-1, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        seen = ""
        while "is taken as one: " not in seen:
            seen += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert "Plan: 3 to add" in fleet("plan").stdout
