"""Where the time and the memory of a plan go: `python -m tests.bench.profiles RESULT ARGUMENTS…` runs fleet so.

Everything is read in one process, since a profile sees no other. `--memory` as the first of the arguments has the
memory that both sides and their plan hold told by file, of `plan --live FILE -C FOLDER`.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import re
import sys
import sysconfig
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.garbage import look_rarely
from tests.bench.measuring import measure

if TYPE_CHECKING:
    from tests.bench.stage import Stage

TOP, MEMORY = 12, "memory"
_PLACES = (str(Path(__file__).parents[2]), *(sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib")))


class Line(NamedTuple):
    """A function or a file, its calls or blocks of memory, and its share of all time or memory."""

    where: str
    times: int
    share: float


def profiled(stage: Stage, name: str, arguments: list[str], yaml: str) -> list[Line]:
    """Return the profile of a run of fleet, by its arguments."""
    result = stage.folder / "profile.json"
    first = ["--memory"] if name == MEMORY else []
    command = [sys.executable, "-m", "tests.bench.profiles", str(result), *first, *arguments]
    environment = {"FLEET_PROCESSES": "1", "FLEET_YAML": yaml, "PYTHONPATH": _PLACES[0]}
    measure(command, stage.folder, environment=environment, seconds=600)
    return [Line(*line) for line in json.loads(result.read_text(encoding="utf-8"))]


def of_time(arguments: list[str]) -> tuple[int, list[Line]]:
    """Run fleet, and return its exit code and the functions that took most."""
    from reconciler.cli.app import run

    profile = cProfile.Profile()
    code = int(profile.runcall(run, arguments))
    stats = pstats.Stats(profile)
    total = float(stats.total_tt)  # type: ignore[attr-defined]  # it is what print_stats prints
    entries = stats.stats.items()  # type: ignore[attr-defined]
    return code, [Line(_function(*where), int(calls), own / total) for where, (_, calls, own, _, _) in entries]


def of_memory(arguments: list[str]) -> tuple[int, list[Line]]:
    """Make a plan, and return which files made what it holds, with both sides."""
    from reconciler.cli.running import run
    from reconciler.settings import world
    from reconciler.usecases.planning import PlanRequest, make_plan

    _, _, live, _, root = arguments
    tracemalloc.start()
    made = run(make_plan(world(Path(root)), PlanRequest(live=Path(live))))
    held = tracemalloc.take_snapshot().statistics("filename")
    total = sum(each.size for each in held)
    assert made.plan.actions, "there is a plan"
    return 0, [Line(_place(each.traceback[0].filename), each.count, each.size / total) for each in held]


def _function(file: str, line: int, function: str) -> str:
    return re.sub(r" at 0x\w+", "", function) if file == "~" else f"{_place(file)}:{line} {function}"


def _place(file: str) -> str:
    """Return a file's path without where that is on this machine."""
    if file == "<string>":
        return "constructors of NamedTuples"
    for place in sorted(_PLACES, key=len, reverse=True):
        file = file.removeprefix(place + os.sep)
    return file if not os.path.isabs(file) else Path(file).name


def main() -> None:
    """Profile a run of fleet."""
    result, *arguments = sys.argv[1:]
    look_rarely()  # as the command does
    code, lines = of_memory(arguments[1:]) if arguments[0] == "--memory" else of_time(arguments)
    most = sorted(lines, key=lambda line: -line.share)[:TOP]
    Path(result).write_text(json.dumps(most), encoding="utf-8")
    sys.exit(code)


if __name__ == "__main__":
    main()
