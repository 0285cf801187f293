"""The workflows and the composite action: what they run, with what, and what they never let near whom."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[2]
ACTION = TOP / ".github/actions/fleet/action.yml"
WORKFLOWS = sorted((TOP / ".github/workflows").glob("*.yml"))
GITHUB = [ACTION, *WORKFLOWS, TOP / "examples/github.yml"]
_PINNED = re.compile(r"uses: (?P<name>[\w./-]+)@(?P<commit>[0-9a-f]{40})(?: # (?P<version>v\d+\.\d+\.\d+))?$")


def steps(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the steps of a workflow or an action, each with the job it is of."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job in document.get("jobs", {"action": document.get("runs", {})}).values():
        for step in job["steps"]:
            yield job, step


def ran(tmp_path: Path, **inputs: str) -> list[str]:
    """Run the action's last script with these inputs, and return the arguments that `fleet` is called with."""
    program = tmp_path / "runner/fleet/bin/fleet"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    script = next(step["run"] for _, step in steps(ACTION) if step.get("id") == "fleet")
    known = {"COMMAND": "plan", "FOLDER": "fleet-config", "LIVE": "", "ARGUMENTS": ""}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path / "runner"), **known, **inputs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_action_calls_the_command_with_the_folder_and_what_else_is_said(tmp_path: Path) -> None:
    plain = ["ci", "plan", "-C", "fleet-config", "--out", "fleet-ci"]
    assert ran(tmp_path) == plain
    assert ran(tmp_path, ARGUMENTS="--fit-quota  --target *@x.example") == [
        *plain, "--fit-quota", "--target", "*@x.example",
    ]  # fmt: skip
    assert ran(tmp_path, LIVE="live.json") == plain
    (tmp_path / "live.json").touch()
    assert ran(tmp_path, LIVE="live.json") == [*plain, "--live", "live.json"]


def test_no_input_of_the_action_is_run_by_the_shell(tmp_path: Path) -> None:
    hostile = '$(touch a) `touch b`; touch c; "*'
    words = ran(tmp_path, COMMAND=hostile, FOLDER=hostile, ARGUMENTS=hostile)
    assert words[:6] == ["ci", hostile, "-C", hostile, "--out", "fleet-ci"]
    assert words[6:] == hostile.split()
    assert [path.name for path in tmp_path.iterdir()] == ["runner"]


def test_fleet_is_installed_without_a_look_at_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text("open('taken', 'w')")
    program = tmp_path / "runner/fleet/bin/python"
    script = next(step["run"] for _, step in steps(ACTION) if step["name"] == "Install fleet")
    script = script.replace("-I -m venv", "-I -m venv --without-pip").replace(
        'install=("$RUNNER', 'install=(echo "$RUNNER'
    )
    around = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path / "runner")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**around, "GITHUB_ACTION_PATH": str(ACTION.parent), "FLEET_JOURNAL_URL": "set"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert program.exists()
    assert not (tmp_path / "taken").exists()
    calls = [line.removeprefix(f"{program} -I -m pip ").split() for line in done.stdout.splitlines()]
    for call, hashed in zip(calls, ("requirements/run.txt", "requirements/postgres.txt", None), strict=True):
        assert ("--require-hashes" if hashed else "--no-deps") in call
        assert Path(call[-1]).resolve() == TOP / (hashed or "")


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_every_action_of_others_is_pinned_to_a_commit_with_its_version(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses: " in line and "uses: $/" not in line:
            found = _PINNED.search(line)
            assert found, line
            assert found["version"] or found["name"].startswith("OWNER_OF_FLEET/"), line


def test_one_version_of_an_action_is_used_everywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in GITHUB)
    pins = {
        (found["name"], found["commit"], found["version"]) for found in map(_PINNED.search, text.splitlines()) if found
    }
    assert len(pins) == len({name for name, _, _ in pins}) == 4


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_secrets_are_in_reach_of_no_fork_and_only_within_an_environment(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    for job, step in steps(path):
        assert job["timeout-minutes"] <= 120
        if "secrets." in str(job):
            assert job["environment"]
            assert path.name != "fleet-plan.yml" or "head.repo.full_name == github.repository" in job["if"]
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", "")


def test_applies_of_one_organisation_wait_for_each_other_and_none_is_dropped() -> None:
    document = yaml.safe_load((TOP / ".github/workflows/fleet-apply.yml").read_text(encoding="utf-8"))
    assert document["concurrency"] == {
        "group": "fleet-apply-brouwerij-demo",
        "cancel-in-progress": False,
        "queue": "max",
    }
