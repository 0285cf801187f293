"""Measure plans of every size beside other tools, in one go: `python -m tests.bench [--quick] [--page FILE]`.

The results are written to build/bench/results.json; with --page a page is made of them, and a plot beside it. `--from
RESULTS` makes the page of earlier results. Seconds belong to the machine: the ratios of one run are what to compare.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import cases, octodns
from tests.bench.applying import applied
from tests.bench.cases import Case
from tests.bench.machine import machine, versions
from tests.bench.measuring import Failed
from tests.bench.page import page
from tests.bench.plot import plot
from tests.bench.profiles import MEMORY, profiled
from tests.bench.results import Results
from tests.bench.rounds import measured, say
from tests.bench.stage import Stage, staged
from tests.bench.startup import STARTUP, imports, started

BUILD = Path("build/bench").absolute()
QUICK = {1_000: cases.small(1_000), 10_000: cases.small(10_000)}


def main() -> None:
    """Measure, and write down what was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="up to 10,000 services only")
    parser.add_argument("--page", type=Path, help="where the page goes; the plot is written beside it")
    parser.add_argument("--from", type=Path, dest="earlier", help="make the page of these results, measure nothing")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # what was started is ended on the way out
    found = json.loads(chosen.earlier.read_text("utf-8")) if chosen.earlier else everything(quick=chosen.quick)
    results = Results(found)
    if chosen.page:
        chosen.page.with_suffix(".svg").write_text(plot(results), encoding="utf-8")
        chosen.page.write_text(page(results, chosen.page.with_suffix(".svg").name), encoding="utf-8")
        say(f"written: {chosen.page}")
    else:
        print(page(results, None))  # noqa: T201


def everything(*, quick: bool) -> dict[str, Any]:
    """Return what everything took; it is written to the build folder too."""
    python = octodns.environment(BUILD / "octodns")
    found: dict[str, Any] = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "quick": quick}
    found |= {"machine": machine(), "versions": versions(python)}
    found |= {"plans": [], "failed": [], "profiles": {}, "apply": {}, "startup": {}}
    with TemporaryDirectory(dir=BUILD) as work:
        for name, part in _parts(found, Path(work), python, quick=quick):
            say(name)
            try:
                part()
            except (Failed, AssertionError, OSError, subprocess.SubprocessError) as error:
                say(f"{name} failed: {error}")  # which may name places of this machine
                found["failed"].append(name)
            BUILD.joinpath("results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def _parts(found: dict[str, Any], work: Path, python: Path, *, quick: bool) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what is measured, one after the other, each adding to what was found."""
    sizes = QUICK if quick else {**QUICK, 100_000: cases.large(100_000), 1_000_000: cases.million(1_000_000)}
    for services, wanted in sizes.items():
        yield f"{services:,} services", partial(_plans, found, services, wanted, work, python)
    yield "orders", lambda: found.update(apply=applied(work / "apply", 200 if quick else 1000))
    yield "start-up", partial(_startup, found, work / "startup", 1 if quick else 3)


def _plans(found: dict[str, Any], services: int, wanted: list[Case], work: Path, python: Path) -> None:
    with staged(work / f"{services}", services, wanted, python) as stage:
        made = measured(stage, wanted)
        found["plans"] += made.runs
        found["failed"] += made.failed
        if 10_000 <= services <= 100_000:
            found["profiles"] |= _profiles(stage, found["profiles"])


def _startup(found: dict[str, Any], work: Path, times: int) -> None:
    found["startup"] = started(work, times)
    found["profiles"][STARTUP] = imports(work)


def _profiles(stage: Stage, known: dict[str, Any]) -> dict[str, Any]:
    """Return where the time goes, which replaces what was found for a smaller size; memory is told once."""
    saved = ["plan", "--live", str(stage.folder / "live.json"), "-C", str(stage.roots[cases.SAVED])]
    wanted = {cases.FAST: saved, cases.PYYAML: saved, cases.HTTP: ["plan", "-C", str(stage.roots[cases.HTTP])]}
    if cases.SINCE in stage.roots:
        wanted[cases.SINCE] = ["plan", "--changed-since", "HEAD", "-C", str(stage.roots[cases.SINCE])]
    wanted |= {MEMORY: saved} if MEMORY not in known else {}
    say(f"{stage.services:,} services: profiles")
    return {
        name: profiled(stage, name, arguments, "plain" if name == cases.PYYAML else "fast")
        for name, arguments in wanted.items()
    }


if __name__ == "__main__":
    main()
