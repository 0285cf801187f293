"""The whole job through the installed command: validate, plan, apply, and nothing left to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.e2e.conftest import Fleet, edit


def test_the_example_is_planned_applied_and_then_matches(fleet: Fleet, root: Path) -> None:
    assert fleet("validate").stdout == "fleet-config is valid: 37 users, 52 services.\n"
    planned = fleet("plan", "--detailed-exitcode")
    assert planned.returncode == 2
    assert "\nPlan: 3 to add, 7 to change (1 transfer), 3 to remove. 1 deferred.\n" in planned.stdout
    assert "warning ends-soon" in planned.stdout
    assert "info unmanaged" in planned.stdout
    applied = fleet("apply", text="yes\n")
    assert applied.returncode == 0, applied.stderr
    assert "Apply complete! 3 added, 7 changed, 3 removed." in applied.stdout
    again = fleet("plan", "--detailed-exitcode")
    assert again.returncode == 0
    assert "\nNo changes. Nothing can be ordered now. 1 deferred.\n" in again.stdout
    assert fleet("apply", "--auto-approve").returncode == 0


def test_a_saved_plan_is_shown_and_carried_out_exactly(fleet: Fleet, root: Path) -> None:
    assert fleet("plan", "-o", "plan.json").returncode == 0
    shown = fleet("show", "plan.json")
    assert shown.stdout == fleet("plan").stdout
    document = json.loads(fleet("plan", "--format", "json").stdout)
    saved = json.loads((root.parent / "plan.json").read_text())
    assert document["digest"] == saved["digest"]
    assert fleet("apply", "plan.json").returncode == 0
    assert "No changes" in fleet("apply", "plan.json").stdout


def test_a_plan_that_lost_an_action_meanwhile_is_still_the_approved_one(fleet: Fleet, root: Path) -> None:
    fleet("plan", "-o", "plan.json")
    edit(
        root / "users" / "office" / "hr.yaml", "bundle: mobile-25                      # was", "bundle: mobile-10  # is"
    )
    applied = fleet("apply", "plan.json")
    assert applied.returncode == 0, applied.stderr
    assert "3 added, 6 changed, 3 removed" in applied.stdout


def test_a_plan_that_would_do_something_new_is_stale_and_says_what(fleet: Fleet, root: Path) -> None:
    fleet("plan", "-o", "plan.json")
    edit(root / "users" / "sales.yaml", "bundle: mobile-10", "bundle: mobile-max")
    stale = fleet("apply", "plan.json")
    assert stale.returncode == 4
    assert "1 action would be carried out now that nobody has approved" in stale.stderr
    assert re.search(r"els\.declercq@\S+\n  ~ phone  bundle mobile-10 → mobile-max", stale.stdout)
    assert "Plan: 3 to add" in fleet("plan").stdout


def test_only_a_literal_yes_is_one(fleet: Fleet) -> None:
    for text, words in (("y\n", "the answer was not 'yes'"), ("", "there is nobody to ask")):
        refused = fleet("apply", text=text)
        assert refused.returncode == 4
        assert words in refused.stderr
        assert "is taken as one: \nerror: " in refused.stderr
    assert fleet("apply", "--no-input").returncode == 4
    assert "Plan: 3 to add" in fleet("plan").stdout


def test_removals_are_not_covered_by_auto_approve_alone(fleet: Fleet) -> None:
    refused = fleet("apply", "--auto-approve")
    assert refused.returncode == 4
    assert "--allow-removals 3" in refused.stderr


def test_a_target_narrows_the_plan_and_a_saved_one_stays_narrow(fleet: Fleet) -> None:
    planned = fleet("plan", "--target", "SALES", "-o", "plan.json")
    assert "Plan: 1 to add, 1 to change, 1 to remove." in planned.stdout
    assert "1 added, 1 changed, 1 removed" in fleet("apply", "plan.json").stdout


def test_a_snapshot_can_be_planned_from_without_the_operator(fleet: Fleet, root: Path) -> None:
    assert fleet("snapshot", "-o", "live.json").returncode == 0
    fresh = fleet("plan").stdout
    edit(root / "fleet.yaml", "type: sandbox ", "type: tmf\n  url: http://127.0.0.1:9 ")
    assert fleet("plan", "--live", "live.json").stdout == fresh
    (root.parent / "live.json").write_text("{}")
    assert fleet("plan", "--live", "live.json").returncode == 1


def test_an_email_activation_waits_and_leaves_with_7(fleet: Fleet, root: Path) -> None:
    edit(root / "users" / "sales.yaml", "activation: administrator ", "activation: email ")
    applied = fleet("apply", "--auto-approve", "--allow-removals", "3")
    assert applied.returncode == 7, applied.stderr
    assert "Apply incomplete: 12 of 13 done, 1 waiting." in applied.stdout
    assert "…" in fleet("plan").stdout


def test_bill_and_quota_say_what_the_plan_says(fleet: Fleet) -> None:
    plan = json.loads(fleet("plan", "--format", "json").stdout)
    assert json.loads(fleet("bill", "--format", "json").stdout) == plan["bill"]
    assert json.loads(fleet("quota", "--format", "json").stdout) == plan["quota"]
    assert "SALES" in fleet("bill").stdout
    assert "Removals: 3 of 19 left" in fleet("quota").stdout


def test_the_day_decides_what_is_due(fleet: Fleet) -> None:
    assert "deferred" not in fleet("plan", "--day", "2026-12-01").stdout.splitlines()[-1]
    assert fleet("apply", "--day", "2026-12-01").returncode == 64
