"""Measure a command: wall and CPU seconds and memory, of it and of every process it starts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FLEET = str(Path(sys.executable).parent / "fleet")
_MEASURED = str(Path(__file__).with_name("measured.py"))
_PHASE = re.compile(r"(\w+) (\d+\.\d+) s")


class Taken(NamedTuple):
    """What a command took: seconds, and the bytes of its largest process and of all together; and what it said."""

    wall: float
    cpu: float
    peak: int
    together: int
    out: str
    err: str

    @property
    def phases(self) -> dict[str, float]:
        """The seconds of each phase, as `fleet plan -v` tells them."""
        line = next((line for line in self.err.splitlines() if line.startswith("This took: ")), "")
        return {name: float(seconds) for name, seconds in _PHASE.findall(line)}


class Failed(Exception):
    """A measured command failed, or took too long; `said` is its last word, which may name places of this machine."""

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(reason)
        self.said = said


def measure(
    command: Sequence[str], work: Path, *, environment: Mapping[str, str] | None = None, seconds: float = 300
) -> Taken:
    """Run a command to its end and return what it took; its files are written to `work`. Raises Failed."""
    result, out, err = work / "taken.json", work / "stdout", work / "stderr"
    wrapped = [sys.executable, "-I", "-S", _MEASURED, str(result), str(seconds), *command]
    with out.open("w") as to_out, err.open("w") as to_err:
        env = surroundings(work, environment)
        process = subprocess.Popen(wrapped, stdin=subprocess.DEVNULL, stdout=to_out, stderr=to_err, env=env)
        try:
            process.wait(seconds + 60)
        finally:
            process.terminate()  # which is nothing to one that has ended, and ends all that it started otherwise
            process.wait(30)
    said, complaint = out.read_text(errors="replace"), err.read_text(errors="replace")
    if not result.exists():
        raise Failed("it could not be measured", complaint[-500:])
    taken = json.loads(result.read_text())
    result.unlink()
    if taken["late"] or taken["code"] not in (0, 3):
        reason = f"it took more than {seconds:.0f} s" if taken["late"] else f"it ended with {taken['code']}"
        raise Failed(reason, complaint[-500:])
    return Taken(taken["wall"], taken["cpu"], taken["peak"], taken["together"], said, complaint)


def surroundings(work: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which nothing of whoever runs the benchmarks changes them."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    home = {"HOME": str(work), "GIT_CONFIG_NOSYSTEM": "1", "FLEET_CACHE_DIR": ""}
    return {**kept, **home, **(more or {})}
