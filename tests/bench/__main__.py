"""Measure plans of every size beside other tools, in one go: `python -m tests.bench [--quick] [--page FILE]`.

The results are written to build/bench/results.json; with --page a page is made of them, and a plot beside it. `--from
RESULTS` makes the page of earlier results. Seconds belong to the machine: the ratios of one run are what to compare.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import cases, octodns
from tests.bench.applying import applied
from tests.bench.cases import Case
from tests.bench.machine import machine, versions
from tests.bench.page import page
from tests.bench.plot import plot
from tests.bench.profiles import MEMORY, profiled
from tests.bench.results import Results
from tests.bench.rounds import measured, say
from tests.bench.stage import Stage, staged
from tests.bench.startup import STARTUP, imports, started

BUILD = Path("build/bench").absolute()
QUICK = {1_000: cases.small(1_000), 10_000: cases.small(10_000)}
SIZES = {**QUICK, 100_000: cases.large(100_000)}


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
    found |= {"machine": machine(), "versions": versions(python), "plans": [], "failed": [], "profiles": {}}
    with TemporaryDirectory(dir=BUILD) as work:
        _measure(found, Path(work), python, quick=quick)
    BUILD.joinpath("results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def _measure(found: dict[str, Any], work: Path, python: Path, *, quick: bool) -> None:
    for services, wanted in (QUICK if quick else SIZES).items():
        _add(found, services, wanted, work, python)
    if not quick:
        _add(found, 1_000_000, cases.million(1_000_000), work, python)
    say("orders and start-up")
    found["apply"] = applied(work / "apply", 200 if quick else 1000)
    found["startup"] = started(work / "startup", 1 if quick else 3)
    found["profiles"][STARTUP] = imports(work / "startup")


def _add(found: dict[str, Any], services: int, wanted: list[Case], work: Path, python: Path) -> None:
    say(f"{services:,} services: setting up")
    with staged(work / f"{services}", services, wanted, python) as stage:
        made = measured(stage, wanted)
        found["plans"] += made.runs
        found["failed"] += made.failed
        if 10_000 <= services <= 100_000:
            found["profiles"] |= _profiles(stage, found["profiles"])


def _profiles(stage: Stage, known: dict[str, Any]) -> dict[str, Any]:
    """Return where the time goes, which replaces what was found for a smaller size; memory is told once."""
    saved = ["plan", "--live", str(stage.folder / "live.json"), "-C", str(stage.roots[cases.SAVED])]
    served = ["plan", "--changed-since", "HEAD", "-C", str(stage.roots.get(cases.SINCE, ""))]
    wanted = {cases.FAST: saved, cases.PYYAML: saved}
    wanted |= {cases.SINCE: served} if cases.SINCE in stage.roots else {}
    wanted |= {MEMORY: saved} if MEMORY not in known else {}
    say(f"{stage.services:,} services: profiles")
    return {
        name: profiled(stage, name, arguments, "plain" if name == cases.PYYAML else "fast")
        for name, arguments in wanted.items()
    }


if __name__ == "__main__":
    main()
