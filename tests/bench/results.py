"""What was measured, to be asked for by what a case was."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from tests.bench.cases import COLD, FAST, FLEET, SAVED

MIB = 2**20


class Results:
    """The middle figures of one run of everything."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found

    def middle(self, figure: str, **which: object) -> float | None:
        """Return the middle of a figure (`wall`, `cpu`, `peak`, `together`) of some case; None where it was not run."""
        runs = self._runs(which)
        return median(run[figure] for run in runs) if runs else None

    def ours(self, figure: str, services: int, **which: object) -> float | None:
        """Return the middle of a figure of a plan by fleet, by default cold, `fast` and from a saved snapshot."""
        usual = {"tool": FLEET, "yaml": FAST, "cache": COLD, "live": SAVED, "processes": 0, "services": services}
        return self.middle(figure, **{**usual, **which})

    def phase(self, name: str, **which: object) -> float | None:
        """Return the middle of the seconds of one phase of some case."""
        runs = [run["phases"].get(name, 0.0) for run in self._runs(which)]
        return median(runs) if runs else None

    def sizes(self) -> list[int]:
        """Return how many services were planned, the fewest first."""
        return sorted({run["services"] for run in self.found["plans"]})

    def cases(self, services: int) -> list[dict[str, Any]]:
        """Return what was run at a size, each case once, in order."""
        names = ("tool", "services", "yaml", "cache", "live", "processes")
        known = (tuple(run[name] for name in names) for run in self.found["plans"] if run["services"] == services)
        return [dict(zip(names, case, strict=True)) for case in dict.fromkeys(known)]

    def _runs(self, which: dict[str, object]) -> Sequence[dict[str, Any]]:
        return [run for run in self.found["plans"] if all(run[name] == value for name, value in which.items())]


def ratio(over: float | None, under: float | None) -> float | None:
    """Return how many times `under` goes into `over`; None where either is not known."""
    return over / under if over is not None and under else None
