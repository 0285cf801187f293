"""The results as a page of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from textwrap import fill

from tests.bench import cases
from tests.bench.goals import SIZE, Goal, goals
from tests.bench.profiles import MEMORY
from tests.bench.results import MIB, Results, ratio
from tests.bench.startup import STARTUP
from tests.bench.words import ABOUT, BOUNDS, READING, TITLES

_PHASES = ("files", "live", "resolve", "compare", "report")


def page(results: Results, picture: str | None) -> str:
    """Return the page; `picture` is the name of the plot beside it."""
    size = max(each for each in results.sizes() if each <= SIZE)
    parts = [
        "# Performance",
        _wrapped(ABOUT.format(date=results.found["date"], machine=_machine(results))),
        "## Goals",
        _goals(goals(results)),
        _bounds(results, size),
        *(f"This failed: {failure}" for failure in results.found["failed"]),
        *_reasons(results, goals(results)),
        f"## Side by side: {size:,} services",
        f"![CPU time beside other tools, and how it grows]({picture})" if picture else "",
        _beside(results, size),
        "## Every size",
        _sizes(results, "cpu", "CPU", _seconds),
        _sizes(results, "wall", "wall", _seconds),
        _sizes(results, "together", "memory of all together", _mib),
        "## Where the time goes",
        *(f"{each:,} services:\n\n{_phases(results, each)}" for each in results.sizes() if each >= size),
        "## Orders",
        _orders(results),
        "## Start-up",
        _startup(results),
        READING,
        _versions(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(results: Results) -> str:
    known = results.found["machine"]
    parts = (known["CPU"], known["memory"], known["system"], f"Python {known['Python']}")
    return f"{known['cores']} cores of {', '.join(parts)}"


def _goals(found: Sequence[Goal]) -> str:
    rows = [(each.measure, each.goal, each.reached, "yes" if each.met else "**no**") for each in found]
    return _table(("measure", "goal", "reached", "met"), rows)


def _bounds(results: Results, size: int) -> str:
    """Say what no plan can reach: less than the least that comparing costs, or than what a cache has no part in."""
    floor, theirs = (results.middle("cpu", tool=tool, services=size) for tool in (cases.FLOOR, cases.OCTODNS))
    cold = {yaml: results.ours("cpu", size, yaml=yaml) for yaml in (cases.FAST, cases.PYYAML)}
    if floor is None or theirs is None or None in cold.values():
        return ""
    fast, plain = (_times(each, floor) for each in cold.values())
    words = BOUNDS.format(floor=_times(theirs, floor), fast=fast, plain=plain)
    return _wrapped(words)


def _reasons(results: Results, found: Sequence[Goal]) -> list[str]:
    """Return the profile behind every goal that was not met, each profile once."""
    missed = dict.fromkeys(goal.profile for goal in found if not goal.met)
    parts = []
    for name in missed:
        lines = results.found["profiles"].get(name)
        if lines:
            unit = {MEMORY: "blocks", STARTUP: "modules"}.get(name, "calls")
            rows = [(f"`{where}`", f"{count:,}", f"{share:.1%}") for where, count, share in lines]
            parts += [f"### Why not: {TITLES[name]}", _table(("where", unit, "share"), rows)]
    return parts


def _beside(results: Results, size: int) -> str:
    rows = []
    floor = {figure: results.middle(figure, tool=cases.FLOOR, services=size) for figure in ("wall", "cpu", "together")}
    theirs = results.middle("cpu", tool=cases.OCTODNS, services=size)
    for case in results.cases(size):
        wall, cpu, peak, together = (results.middle(each, **case) for each in ("wall", "cpu", "peak", "together"))
        rows.append(
            (
                _words(case),
                _seconds(wall),
                _times(wall, floor["wall"]),
                _seconds(cpu),
                _times(cpu, floor["cpu"]),
                _times(theirs, cpu),
                _mib(peak),
                _mib(together),
                _times(together, floor["together"]),
            )
        )
    times = "÷ floor"
    heads = ("run", "wall", times, "CPU", times, "octoDNS ÷ it", "largest process", "all together", times)
    return _table(heads, rows)


def _sizes(results: Results, figure: str, name: str, words: Callable[[float | None], str]) -> str:
    """Return a figure by size, with how many times it grows from one to the next."""
    sizes = results.sizes()
    known = dict.fromkeys(_kind(case) for size in sizes for case in results.cases(size))
    rows = []
    for kind in known:
        found = [results.middle(figure, **dict(kind), services=size) for size in sizes]
        if sum(each is not None for each in found) > 1:
            cells = (
                f"{words(now)} ({_times(now, before)})" if before and now else words(now)
                for before, now in zip([None, *found], found, strict=False)
            )
            rows.append((_words(dict(kind)), *cells))
    return _table((f"{name} (times the size before)", *(f"{size:,}" for size in sizes)), rows)


def _phases(results: Results, size: int) -> str:
    rows = []
    for case in results.cases(size):
        wall = results.middle("wall", **case)
        parts = [results.phase(name, **case) or 0.0 for name in _PHASES]
        if case["tool"] == cases.FLEET and wall and any(parts):
            rest = max(0.0, wall - sum(parts))
            rows.append((_words(case), *(f"{part / wall:.0%}" for part in (*parts, rest))))
    return _table(("share of the wall", *_PHASES, "start and end"), rows)


def _orders(results: Results) -> str:
    known = results.found["apply"]
    if not known:
        return "Nothing was measured."
    return _wrapped(
        f"An apply of {known['orders']:,.0f} orders at an operator that takes {known['a call'] * 1000:.0f} ms a call, "
        f"{known['at once']:.0f} users at once, takes {known['seconds']:.1f} s from the first call to the last: "
        f"{known['seconds'] / known['least']:.2f} times what the operator alone takes for its {known['calls']:,.0f} "
        f"calls. The journal takes {known['journal'] / known['orders'] * 1000:.2f} ms an order."
    )


def _startup(results: Results) -> str:
    known = sorted(results.found["startup"].items(), key=lambda item: item[1])
    first = results.found["startup"].get("fleet --help")
    rows = [(f"`{name}`", _seconds(seconds), _times(seconds, first)) for name, seconds in known]
    return _table(("command", "wall", "÷ `fleet --help`"), rows)


def _versions(results: Results) -> str:
    named = (f"{name} {number}" for name, number in results.found["versions"].items())
    return _wrapped(f"Versions: {', '.join(named)}.")


def _kind(case: dict[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple((name, value) for name, value in case.items() if name != "services")


def _words(case: dict[str, object]) -> str:
    """Return what was run, in words."""
    split = {0: "", 1: "1 process", 2: "2 processes"}[int(str(case["processes"]))]
    yaml = f"`{case['yaml']}`" if case["yaml"] == cases.FAST else case["yaml"]
    cache = f"cache {case['cache']}" if case["cache"] else ""
    live = f"live {case['live']}" if case["live"] else ""
    return ", ".join(str(word) for word in (case["tool"], yaml, cache, live, split) if word)


def _wrapped(text: str) -> str:
    return fill(text, width=120, break_long_words=False, break_on_hyphens=False)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


def _mib(value: float | None) -> str:
    return "–" if value is None else f"{value / MIB:.0f} MiB"


def _times(over: float | None, under: float | None) -> str:
    times = ratio(over, under)
    return "–" if times is None else f"{times:.1f}×" if times >= 0.95 else f"{times:.2f}×"
