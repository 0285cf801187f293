"""How long a command takes before it does anything: the help of each, and a plan of the example fleet."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from statistics import median

from reconciler.cli.app import COMMANDS
from tests.bench.measuring import FLEET, measure
from tests.bench.profiles import Line

EXAMPLE = Path(__file__).parents[2] / "fleet-config"
PLAN, STARTUP = "fleet plan", "start-up"
_IMPORTED = re.compile(r"^import time: +(\d+) \| +\d+ \| *([\w]+)", re.MULTILINE)


def started(work: Path, times: int) -> dict[str, float]:
    """Return the wall seconds of each command, the middle one of a few."""
    work.mkdir(parents=True)
    shutil.copytree(EXAMPLE, work / "example", ignore=shutil.ignore_patterns(".fleet"))
    measure([FLEET, "sandbox", "reset", "-C", str(work / "example")], work)
    commands = {"fleet --help": ["--help"], PLAN: ["plan", "-C", str(work / "example")]}
    commands |= {f"fleet {name} --help": [name, "--help"] for name in COMMANDS}
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(times):
        for name, arguments in commands.items():
            runs[name].append(measure([FLEET, *arguments], work).wall)
    return {name: median(seconds) for name, seconds in runs.items()}


def imports(work: Path) -> list[Line]:
    """Return what a plan of the example imports, by package: its modules, and its share of the time for all."""
    command = [sys.executable, "-X", "importtime", FLEET, "plan", "-C", str(work / "example")]
    times, modules = Counter[str](), Counter[str]()
    for own, package in _IMPORTED.findall(measure(command, work).err):
        times[package] += int(own)
        modules[package] += 1
    return [Line(package, modules[package], own / times.total()) for package, own in times.most_common(12)]
