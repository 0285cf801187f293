"""How fast the files are read: what the environment says of it, beside what is sensible."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import UsageError, quoted

_MOST_PROCESSES = 8
_NUMBERS = {str(number): number for number in range(1, 65)}
#: How many bytes of files are worth another process, which takes a quarter of a second to start, by the parser.
_WORTH = {False: 6_000_000, True: 12_000_000}

_INSTALL = "Install the package yaml-rs, which is the extra 'fast'."


class Tuning(NamedTuple):
    """Whether the fast parser is used, how many processes parse (None: as many as pay), and where the cache lies."""

    fast: bool = False
    processes: int | None = 1
    cache: Path | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Tuning:
        """Return what FLEET_YAML, FLEET_PROCESSES and FLEET_CACHE_DIR say; raises UsageError where that is nothing."""
        return cls(_fast(environment), _processes(environment), _cache(environment))

    def processes_for(self, size: int) -> int:
        """Return how many processes read `size` bytes."""
        if self.processes is not None:
            return self.processes
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(cores, _MOST_PROCESSES, size // _WORTH[self.fast] + 1))


def _fast(environment: Mapping[str, str]) -> bool:
    wanted = environment.get("FLEET_YAML", "")
    if wanted not in ("", "fast", "plain"):
        raise UsageError(
            f"FLEET_YAML is {quoted(wanted)}; expected 'fast' or 'plain'", hint="Without it, the best one there is."
        )
    there = wanted != "plain" and find_spec("yaml_rs") is not None
    if wanted == "fast" and not there:
        raise UsageError("FLEET_YAML is 'fast', and the fast parser is not installed", hint=_INSTALL)
    return there


def _processes(environment: Mapping[str, str]) -> int | None:
    wanted = environment.get("FLEET_PROCESSES", "")
    if not wanted:
        return None
    if wanted not in _NUMBERS:
        hint = "Without it, as many as are worth their start."
        raise UsageError(f"FLEET_PROCESSES is {quoted(wanted)}; expected a number from 1 to 64", hint=hint)
    return _NUMBERS[wanted]


def _cache(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of caches; none where FLEET_CACHE_DIR is empty, or nobody's home is known."""
    named = environment.get("FLEET_CACHE_DIR")
    standard = environment.get("XDG_CACHE_HOME", "")
    try:
        if named is not None:
            return Path(named).expanduser() if named else None
        return (Path(standard) if os.path.isabs(standard) else Path.home() / ".cache") / "fleet"
    except RuntimeError:
        return None
