"""Run the cases of one size in turn, and say on stderr how far that is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.bench.cases import SAVED, SNAPSHOT, Case
from tests.bench.measuring import Failed, Taken
from tests.bench.stage import Stage

_BEGAN = time.monotonic()


class Measured(NamedTuple):
    """What runs took, and what failed, in words."""

    runs: list[dict[str, Any]]
    failed: list[str]


def measured(stage: Stage, wanted: Sequence[Case]) -> Measured:
    """Return what each run of the wanted cases took; the cases take turns, so that a slow minute is everybody's."""
    found = Measured([], [])
    if any(case.live == SAVED for case in wanted):
        _try(found, Case(SNAPSHOT, stage.services), "", lambda _: stage.snapshot())
    for turn in range(max(case.runs for case in wanted)):
        for case in _rotated(wanted, turn):
            if turn < case.runs:
                _try(found, case, f" ({turn + 1} of {case.runs})", stage.run)
    return found


def _try(found: Measured, case: Case, which: str, run: Callable[[Case], Taken]) -> None:
    """Run a case and keep what it took; where it fails, keep why, and let the others go on."""
    words = f"{case.services:,} services: {case.words}{which}"
    try:
        taken = run(case)
    except Failed as failure:
        say(f"{words}: {failure}: {failure.said}")
        found.failed.append(f"{words}: {failure}")
        return
    say(f"{words}: {taken.wall:.2f} s, {taken.cpu:.2f} s of CPU, {taken.together / 2**20:.0f} MiB")
    numbers = {"wall": taken.wall, "cpu": taken.cpu, "peak": taken.peak, "together": taken.together}
    found.runs.append(case.record() | numbers | {"phases": taken.phases})


def say(text: str) -> None:
    """Say how far it is."""
    minutes, seconds = divmod(int(time.monotonic() - _BEGAN), 60)
    sys.stderr.write(f"[{minutes:2d}:{seconds:02d}] {text}\n")
    sys.stderr.flush()


def _rotated(wanted: Sequence[Case], turn: int) -> list[Case]:
    """Return the cases with another one first at every turn."""
    first = turn * len(wanted) // 3 % len(wanted)
    return [*wanted[first:], *wanted[:first]]
