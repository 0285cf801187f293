"""A plan beside the script that most engineers would write, in one run: a ratio that a slow machine does not change."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests import bench
from tests.bench.measuring import FLEET, measure
from tests.gates.conftest import Fleet

#: It was three quarters when this was written.
MOST = 1.25
SCRIPT = Path(bench.__file__).with_name("plain.py")


def test_a_plan_takes_about_as_much_processor_time_as_the_plain_script_or_less(
    fleet_of: Callable[[int], Fleet], tmp_path: Path
) -> None:
    fleet = fleet_of(6_000)
    command = [FLEET, "plan", "--live", str(fleet.live), "-C", str(fleet.root)]
    script = [sys.executable, str(SCRIPT), str(fleet.root / "users"), str(fleet.pages)]
    environment = {"FLEET_YAML": "plain", "FLEET_PROCESSES": "1"}
    ours = measure(command, tmp_path, environment=environment)
    theirs = measure(script, tmp_path)
    assert ours.cpu / theirs.cpu <= MOST
