"""Which plans are measured: each a tool at a size, and for fleet how it reads both sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

FLEET, SNAPSHOT, OCTODNS, FLOOR = "fleet", "fleet snapshot", "octoDNS", "floor"
PLAIN, DEEPDIFF = "plain script", "plain script, DeepDiff whole"
FAST, PYYAML = "fast", "PyYAML"
COLD, WARM, EDITED, NONE = "cold", "warm", "one file changed", "none"
SAVED, EMBEDDED, HTTP, SINCE = "saved", "embedded", "HTTP", "HTTP, --changed-since"
CSV, XLSX = "CSV exports", "workbooks"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of run, and how many of them; `processes` is how many parse, 0 for as many as fleet likes."""

    tool: str
    services: int
    yaml: str = ""
    cache: str = ""
    live: str = ""
    processes: int = 0
    runs: int = 3

    @property
    def words(self) -> str:
        """What is measured, for people."""
        split = {0: "", 1: "1 process", 2: "2 processes"}[self.processes]
        return ", ".join(word for word in (self.tool, self.yaml, self.cache, self.live, split) if word)

    def record(self) -> dict[str, Any]:
        """Return what tells the case from others."""
        return {name: value for name, value in asdict(self).items() if name != "runs"}


def small(services: int, runs: int = 2) -> list[Case]:
    """Return the cases of a size of which much can be measured in little time."""
    ours = [
        Case(FLEET, services, yaml, cache, live, runs=runs)
        for yaml in (FAST, PYYAML)
        for cache, live in ((COLD, SAVED), (WARM, SAVED), (COLD, HTTP))
    ]
    more = [Case(FLEET, services, FAST, COLD, live, runs=runs) for live in (EMBEDDED, CSV, XLSX)]
    return [*ours, *more, *others(services, runs)]


def large(services: int) -> list[Case]:
    """Return the cases of the size that the goals speak of."""
    ours = [
        Case(FLEET, services, yaml, cache, live, processes)
        for yaml in (FAST, PYYAML)
        for cache, live, processes in (
            (COLD, SAVED, 0),
            (WARM, SAVED, 0),
            (EDITED, SAVED, 0),
            (COLD, HTTP, 0),
            (COLD, SAVED, 1),
            (COLD, SAVED, 2),
        )
    ]
    more = [(NONE, SAVED), (WARM, HTTP), (COLD, EMBEDDED), (COLD, SINCE)]
    return [*ours, *(Case(FLEET, services, FAST, cache, live) for cache, live in more), *others(services, 3)]


def million(services: int) -> list[Case]:
    """Return the cases of the largest size, once each."""
    ours = [Case(FLEET, services, yaml, cache, SAVED, runs=1) for yaml, cache in ((FAST, COLD), (FAST, WARM))]
    return [*ours, Case(FLEET, services, PYYAML, COLD, SAVED, runs=1), Case(FLOOR, services, runs=1)]


def others(services: int, runs: int) -> list[Case]:
    """Return the other tools at a size; what is slow and steady is measured less often."""
    few = 1 if services > 50_000 else 2
    return [
        Case(FLOOR, services, runs=runs),
        Case(PLAIN, services, runs=2),
        Case(DEEPDIFF, services, runs=few),
        Case(OCTODNS, services, runs=few),
    ]
