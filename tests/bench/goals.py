"""The goals, and whether this run reached them."""

from __future__ import annotations

from typing import NamedTuple

from tests.bench.cases import EDITED, FAST, FLOOR, HTTP, OCTODNS, PYYAML, SAVED, SINCE
from tests.bench.profiles import MEMORY
from tests.bench.results import Results, ratio
from tests.bench.startup import PLAN, STARTUP

SIZE, SMALL, LARGEST = 100_000, 1_000, 1_000_000
NOTHING = "nothing was measured"


class Goal(NamedTuple):
    """A goal in words, what was reached, whether that is enough, and the profile that shows why it is not."""

    measure: str
    goal: str
    reached: str
    met: bool
    profile: str


def goals(results: Results) -> list[Goal]:
    """Return the goals; those of which nothing was measured are missing where only little was to be."""
    parts = (_beside_octodns, _beside_the_floor, _again, _large, _start)
    found = [goal for part in parts for goal in part(results)]
    return [goal for goal in found if goal.reached != NOTHING or not results.found["quick"]]


def _beside_octodns(results: Results) -> list[Goal]:
    theirs = results.middle("cpu", tool=OCTODNS, services=SIZE)
    rows = []
    for yaml, how, least in ((PYYAML, "PyYAML only", 10), (FAST, "with the extra `fast`", 25)):
        for live, source in ((SAVED, "live from a file"), (HTTP, "live over HTTP")):
            times = ratio(theirs, results.ours("cpu", SIZE, yaml=yaml, live=live))
            measure = f"plan of 100,000 services, cold, {how}, {source}, against octoDNS and 100,000 records: CPU"
            rows.append(_at_least(measure, times, least, HTTP if live == HTTP else yaml))
    return rows


def _beside_the_floor(results: Results) -> list[Goal]:
    floor = results.middle("wall", tool=FLOOR, services=SIZE)
    times = ratio(results.ours("wall", SIZE), floor)
    measure = "the same with the extra `fast`, live from a file, against the floor: wall"
    return [_at_most(measure, times, 2, "times", FAST)]


def _again(results: Results) -> list[Goal]:
    rows: list[Goal] = []
    for yaml in (FAST, PYYAML):
        how = "`fast`" if yaml == FAST else "PyYAML"
        measure = f"the same again after one file changed, {how}, against cold"
        for figure, word in (("wall", "wall"), ("cpu", "CPU")):
            again = results.ours(figure, SIZE, cache=EDITED, yaml=yaml)
            share = ratio(again, results.ours(figure, SIZE, yaml=yaml))
            rows.append(_at_most(f"{measure}: {word}", share, 0.5, "times", yaml))
        which = {"services": SIZE, "cache": EDITED, "yaml": yaml}
        files, resolved = results.phase("files", **which), results.phase("resolve", **which)
        seconds = None if files is None or resolved is None else files + resolved
        rows.append(_at_most(f"the YAML side of that, {how}: files and resolve", seconds, 1, "s", yaml))
    since = results.ours("wall", SIZE, live=SINCE)
    measure = "one user changed of 100,000 services, `--changed-since`, over HTTP: wall"
    return [*rows, _at_most(measure, since, 2, "s", SINCE)]


def _large(results: Results) -> list[Goal]:
    growth = ratio(results.ours("wall", LARGEST), results.ours("wall", SIZE))
    memory = results.ours("together", LARGEST)
    rows = [
        _at_most("plan of 1,000,000 services against 100,000: wall", growth, 11, "times", FAST),
        _at_most("memory of that, all processes together", ratio(memory, 2**30), 3, "GiB", MEMORY),
    ]
    for live, source in ((SAVED, "live from a file"), (HTTP, "live over HTTP")):
        most, base = (results.ours("together", size, live=live) for size in (SIZE, SMALL))
        each = None if most is None or base is None else (most - base) / (SIZE - SMALL) / 1000
        measure = f"memory a service over the base at 100,000, all processes together, {source}"
        rows.append(_at_most(measure, each, 2.5, "kB", MEMORY))
    return rows


def _start(results: Results) -> list[Goal]:
    startup = results.found["startup"]
    return [
        _at_most("`fleet --help`", startup.get("fleet --help"), 0.2, "s", STARTUP),
        _at_most("`fleet plan` of the example", startup.get(PLAN), 0.7, "s", STARTUP),
    ]


def _at_least(measure: str, reached: float | None, least: float, profile: str) -> Goal:
    words = f"at least {least:g} times less"
    if reached is None:
        return Goal(measure, words, NOTHING, False, profile)
    return Goal(measure, words, f"{reached:.1f} times less", reached >= least, profile)


def _at_most(measure: str, reached: float | None, most: float, unit: str, profile: str) -> Goal:
    words = f"at most {most:g} {unit}"
    if reached is None:
        return Goal(measure, words, NOTHING, False, profile)
    return Goal(measure, words, f"{reached:.2f} {unit}", reached <= most, profile)
