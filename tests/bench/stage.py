"""A folder with everything that the cases of one size need: fleets, their operator, saved pages, zones."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import cases, exported, octodns
from tests.bench.cases import Case
from tests.bench.fleets import ONE_IN, beside, edit_one, settle
from tests.bench.measuring import FLEET, Failed, Taken, measure
from tests.bench.serving import served

_PLAN = re.compile(r"^Plan: \d+ to add, (\d+) to change", re.MULTILINE)
_GIT = ["git", "-c", "user.email=dev@brouwerij.example", "-c", "user.name=Dev", "-C"]
_SECONDS = 900.0


@dataclass(slots=True)
class Stage:
    """One size, set up in `folder`; `octodns` is the Python of octoDNS's environment."""

    folder: Path
    services: int
    octodns: Path
    roots: dict[str, Path] = field(default_factory=dict)
    edited: int = 0

    def run(self, case: Case) -> Taken:
        """Measure a case once, and hold what it found against what there is to find; raises Failed."""
        taken = self._fleet(case) if case.tool == cases.FLEET else self._other(case)
        found, expected = self._found(case, taken), 1 if case.live == cases.SINCE else self.services // ONE_IN
        if abs(found - expected) > (self.edited if case.cache == cases.EDITED else 0):
            raise Failed(f"it found {found} differences where there are {expected}", taken.out[-500:])
        return taken

    def snapshot(self) -> Taken:
        """Save live, and return what that takes."""
        command = [FLEET, "snapshot", "-o", str(self.folder / "live.json"), "-C", str(self.roots[cases.SAVED])]
        return measure(command, self.folder, seconds=_SECONDS)

    def _fleet(self, case: Case) -> Taken:
        name = f"{cases.EDITED}, {case.yaml}" if case.cache == cases.EDITED else case.live
        root = self.roots[name]
        cache = self.folder / "caches" / f"{case.yaml}, {name}"
        command = [FLEET, "plan", "-v", "-C", str(root), *self._options(case)]
        if case.cache in (cases.COLD, cases.NONE):
            shutil.rmtree(cache, ignore_errors=True)
        elif not cache.exists():
            measure(command, self.folder, environment=_environment(case, cache), seconds=_SECONDS)
        if case.cache == cases.EDITED:
            edit_one(root, self.edited)
            self.edited += 1
        return measure(command, self.folder, environment=_environment(case, cache), seconds=_SECONDS)

    def _options(self, case: Case) -> list[str]:
        if case.live == cases.SINCE:
            return ["--changed-since", "HEAD"]
        return ["--live", str(self.folder / "live.json")] if case.live == cases.SAVED else []

    def _other(self, case: Case) -> Taken:
        sides = [str(self.roots[cases.SAVED] / "users"), str(self.folder / "pages")]
        plain = [sys.executable, str(Path(__file__).with_name("plain.py")), *sides]
        commands = {
            cases.FLOOR: [sys.executable, str(Path(__file__).with_name("floor.py")), *sides],
            cases.PLAIN: plain,
            cases.DEEPDIFF: [*plain, "--deepdiff"],
            cases.OCTODNS: octodns.command(self.octodns, self.folder / "zones" / "config.yaml"),
        }
        return measure(commands[case.tool], self.folder, seconds=_SECONDS)

    def _found(self, case: Case, taken: Taken) -> int:
        if case.tool == cases.OCTODNS:
            return octodns.updates(taken.out + taken.err)
        plan = _PLAN.search(taken.out) if case.tool == cases.FLEET else re.search(r"(\d+)", taken.out)
        return int(plan[1]) if plan else -1


@contextmanager
def staged(folder: Path, services: int, wanted: list[Case], octodns_python: Path) -> Iterator[Stage]:
    """Set up what the wanted cases need, serve the operator where one is asked over HTTP, and clear it all away."""
    lives, tools = {case.live for case in wanted}, {case.tool for case in wanted}
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        root = folder / "fleet"
        folder.mkdir(parents=True)
        _python("fleets", root, services)
        stage = Stage(folder, services, octodns_python, {cases.SAVED: root, cases.EMBEDDED: root})
        for yaml in {case.yaml for case in wanted if case.cache == cases.EDITED}:
            name = f"{cases.EDITED}, {yaml}"
            stage.roots[name] = beside(root, name)
            settle(stage.roots[name], "type: sandbox")
        if cases.FLOOR in tools:
            _python("pages", root / ".fleet" / "sandbox.db", folder / "pages")
        if cases.OCTODNS in tools:
            octodns.write_zones(folder / "zones", services)
        if cases.CSV in lives:
            stage.roots |= exported.roots(root)
        if cases.HTTP in lives:
            url = ending.enter_context(served(root))
            stage.roots[cases.HTTP] = beside(root, "served")
            settle(stage.roots[cases.HTTP], f"type: tmf, url: '{url}'")
        if cases.SINCE in lives:
            stage.roots[cases.SINCE] = _committed(root, (stage.roots[cases.HTTP] / "fleet.yaml").read_text())
        yield stage


def _environment(case: Case, cache: Path) -> dict[str, str]:
    more = {"FLEET_PROCESSES": str(case.processes)} if case.processes else {}
    yaml = "fast" if case.yaml == cases.FAST else "plain"
    return {"FLEET_YAML": yaml, "FLEET_CACHE_DIR": "" if case.cache == cases.NONE else str(cache), **more}


def _committed(root: Path, settings: str) -> Path:
    """Return a fleet under version control in which one user was edited since."""
    copy = beside(root, "since")
    (copy / "fleet.yaml").write_text(settings, encoding="utf-8")
    for arguments in (["init", "-q"], ["add", "fleet.yaml", "users"], ["commit", "-qm", "as it was"]):
        subprocess.run([*_GIT, str(copy), *arguments], check=True)
    edit_one(copy, 0)
    return copy


def _python(module: str, *arguments: object) -> None:
    """Run a module of the benchmarks in a process of its own, so that this one stays small."""
    subprocess.run([sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)], check=True, timeout=_SECONDS)
