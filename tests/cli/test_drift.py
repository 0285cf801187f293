"""`fleet plan` after somebody was at the portal, with the embedded operator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.commands import command
from tests.e2e.conftest import EXAMPLE


def test_a_plan_names_who_ordered_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "fleet-config"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".fleet"))
    before = json.loads(command(capsys, root, "plan", "--format", "json").out)
    assert {action["drift"] for action in before["actions"]} == {None}
    done = command(capsys, root, "sandbox", "drift").out.splitlines()
    said = command(capsys, root, "plan", "--format", "json")
    assert (said.code, said.err) == (0, "")
    after = json.loads(said.out)
    named = {action["drift"]["order"]: action["drift"] for action in after["actions"] if action["drift"]}
    assert {drift["requester"] for drift in named.values()} == {"portal"}
    assert all(any(order in line for line in done) for order in named)
    assert (len(named), after["inquiry"]["failure"], after["inquiry"]["left"]) == (3, None, 0)
    text = " ".join(command(capsys, root, "plan").out.split())
    assert text.count("placed 2026-11-23 09:00 by portal") == 4  # three actions, and a block that is nobody's
