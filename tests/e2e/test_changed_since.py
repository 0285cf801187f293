"""A plan of what a branch changed, as a pull request shows it and as it is applied after the merge."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.e2e.conftest import Fleet, edit

WHO = ["-c", "user.email=dev@brouwerij.example", "-c", "user.name=Dev"]


def test_only_what_the_branch_changed_is_planned_and_applied(fleet: Fleet, root: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *WHO, "-C", str(root), *arguments], check=True, capture_output=True)

    git("init", "-qb", "main")
    git("add", ".")
    git("commit", "-qm", "as it was")
    git("switch", "-qc", "branch")
    edit(root / "users" / "office" / "hr.yaml", "bundle: mobile-10", "bundle: mobile-25")
    made = fleet("plan", "--changed-since", "main", "-o", "plan.json", "--detailed-exitcode")
    assert (made.returncode, made.stderr) == (
        2,
        "Saved as plan.json. To carry out exactly this: fleet apply plan.json\n",
    )
    assert "; only 1 user changed since main\n" in made.stdout
    assert "info left-out: only the 1 user whose YAML changed since main" in made.stdout
    assert "Plan: 0 to add, 1 to change, 0 to remove." in made.stdout
    document = json.loads((root.parent / "plan.json").read_text())
    assert [each["kind"] for each in document["actions"]] == ["change"]
    git("switch", "-q", "main")
    git("merge", "-q", "branch")
    git("commit", "-qam", "merged")
    assert "1 user changed since main" in fleet("show", "plan.json").stdout
    applied = fleet("apply", "plan.json")
    assert applied.returncode == 0
    assert [line for line in applied.stderr.splitlines() if "journal" not in line] == []
    assert "Apply complete! 0 added, 1 changed, 0 removed." in applied.stdout
    assert "Plan: 3 to add, 7 to change (1 transfer), 3 to remove." in fleet("plan").stdout


def test_a_branch_that_git_does_not_know_is_said_to_be_missing(fleet: Fleet) -> None:
    made = fleet("plan", "--changed-since", "origin/main")
    assert made.returncode == 64
    assert "in no git repository" in made.stderr
