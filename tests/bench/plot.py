"""The results as a picture: SVG that follows whoever looks into the light or the dark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from tests.bench import cases
from tests.bench.goals import SIZE
from tests.bench.results import Results, ratio

WIDTH, HEIGHT, LEFT, MIDDLE = 940, 400, 20, 480
_STYLE = """
svg { --back: #ffffff; --ink: #1f2328; --faint: #d0d7de; --ours: #0969da; --theirs: #8c959f; --floor: #1a7f37; }
@media (prefers-color-scheme: dark) {
  svg { --back: #0d1117; --ink: #e6edf3; --faint: #30363d; --ours: #58a6ff; --theirs: #8b949e; --floor: #3fb950; }
}
text { font: 13px system-ui, sans-serif; fill: var(--ink); } .title { font-weight: 600; } .end { text-anchor: end; }
.middle { text-anchor: middle; } .back { fill: var(--back); } .grid { stroke: var(--faint); }
.line { fill: none; stroke-width: 2; }
.fill.ours { fill: var(--ours); } .fill.theirs { fill: var(--theirs); } .fill.floor { fill: var(--floor); }
.line.ours { stroke: var(--ours); } .line.theirs { stroke: var(--theirs); } .line.floor { stroke: var(--floor); }
"""


class Series(NamedTuple):
    """A kind of run: what it is called, how it is coloured, and its CPU seconds by the number of services."""

    name: str
    colour: str
    points: dict[int, float]


def plot(results: Results) -> str:
    """Return the picture: CPU time side by side at one size, and how it grows."""
    size = max(each for each in results.sizes() if each <= SIZE)
    shown = [each for each in _series(results) if each.points]
    body = [*_bars([each for each in shown if size in each.points], size), *_growth(shown, results.sizes())]
    box = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    title = f"<title>CPU time of fleet beside other tools, {results.found['date']}</title>"
    return "\n".join(
        (box, title, f"<style>{_STYLE}</style>", _rectangle(0, 0, WIDTH, HEIGHT, "back"), *body, "</svg>\n")
    )


def _series(results: Results) -> Iterator[Series]:
    ours = {"tool": cases.FLEET, "live": cases.SAVED, "processes": 0}
    kinds: list[tuple[str, str, dict[str, object]]] = [
        ("octoDNS", "theirs", {"tool": cases.OCTODNS}),
        ("plain script, DeepDiff", "theirs", {"tool": cases.DEEPDIFF}),
        ("plain script", "theirs", {"tool": cases.PLAIN}),
        ("fleet, PyYAML", "ours", {**ours, "yaml": cases.PYYAML, "cache": cases.COLD}),
        ("fleet, fast", "ours", {**ours, "yaml": cases.FAST, "cache": cases.COLD}),
        ("fleet, fast, warm", "ours", {**ours, "yaml": cases.FAST, "cache": cases.WARM}),
        ("floor", "floor", {"tool": cases.FLOOR}),
    ]
    for name, colour, which in kinds:
        known = {size: results.middle("cpu", services=size, **which) for size in results.sizes()}
        yield Series(name, colour, {size: seconds for size, seconds in known.items() if seconds is not None})


def _bars(shown: list[Series], size: int) -> Iterator[str]:
    """Yield a bar for each kind of run: its CPU time in times that of the floor."""
    floor = next((each.points[size] for each in shown if each.colour == "floor"), 1.0)
    yield _text(LEFT, 30, f"CPU time for {size:,} services, in times the floor's", "title")
    most = max(each.points[size] for each in shown)
    for row, each in enumerate(shown):
        y, length = 56 + row * 46, 180 * each.points[size] / most
        yield _text(LEFT + 150, y + 17, each.name, "end")
        yield _rectangle(LEFT + 160, y, max(2.0, length), 24, f"fill {each.colour}")
        yield _text(LEFT + 168 + length, y + 17, f"{ratio(each.points[size], floor) or 0:.1f}×")


class Axes(NamedTuple):
    """Where sizes and seconds lie, both by powers of ten."""

    sizes: tuple[float, float]
    powers: tuple[int, int]
    left: float = MIDDLE + 70
    right: float = WIDTH - 160
    top: float = 56
    bottom: float = HEIGHT - 44

    def across(self, size: int) -> float:
        """Return where a number of services lies."""
        first, last = map(math.log10, self.sizes)
        return self.left + (self.right - self.left) * (math.log10(size) - first) / ((last - first) or 1)

    def up(self, seconds: float) -> float:
        """Return how high so many seconds lie."""
        low, high = self.powers
        return self.bottom - (self.bottom - self.top) * (math.log10(seconds) - low) / (high - low)


def _growth(shown: list[Series], sizes: list[int]) -> Iterator[str]:
    """Yield a line for each kind of run over the sizes; its name stands at its end."""
    seconds = [value for each in shown for value in each.points.values()]
    powers = math.floor(math.log10(min(seconds))), math.floor(math.log10(max(seconds))) + 1
    axes = Axes((sizes[0], sizes[-1]), powers)
    yield _text(MIDDLE, 30, "CPU seconds by number of services", "title")
    for power in range(powers[0], powers[1] + 1):
        y = axes.up(10.0**power)
        yield f'<line class="grid" x1="{axes.left}" x2="{axes.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(axes.left - 8, y + 4, f"{10.0**power:g} s", "end")
    for size in sizes:
        yield _text(axes.across(size), axes.bottom + 22, f"{size:,}", "middle")
    for each in shown:
        points = " ".join(
            f"{axes.across(size):.1f},{axes.up(value):.1f}" for size, value in sorted(each.points.items())
        )
        yield f'<polyline class="line {each.colour}" points="{points}"/>'
    yield from _names(shown, axes)


def _names(shown: list[Series], axes: Axes) -> Iterator[str]:
    """Yield the names at the ends of the lines, one below the other where they would overlap."""
    ends = sorted((max(each.points), axes.up(each.points[max(each.points)]), each.name) for each in shown)
    taken: dict[int, float] = {}
    for size, y, name in ends:
        y = taken[size] = max(y + 4, taken.get(size, 0.0) + 15)
        yield _text(axes.across(size) + 6, y, name)


def _rectangle(x: float, y: float, width: float, height: float, look: str) -> str:
    return f'<rect class="{look}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(x: float, y: float, words: str, look: str = "") -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
