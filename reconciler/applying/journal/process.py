"""Which process holds something, so that on one machine it can be told whether it still lives.

A process that was killed leaves its lease behind; one that is only stopped may go on at any moment. The difference
decides whether an order nobody can find may be sent again.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

_PROC = Path("/proc")


class Life(StrEnum):
    """What is known of a process."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


def own() -> str:
    """Return what tells this process from every other: boot, process namespace, number and start.

    Empty where the system does not say; such a process is never known to be dead.
    """
    machine = _machine()
    return f"{machine}/{os.getpid()}/{_started(os.getpid())}" if machine else ""


def life(process: str | None) -> Life:
    """Return whether a process lives, by what `own` returned in it; unknown for another machine or container."""
    machine, _, rest = (process or "").rpartition("/")[0].rpartition("/")
    if not machine or machine != _machine():
        return Life.UNKNOWN
    number, started = rest, str(process).rpartition("/")[2]
    return Life.ALIVE if _started(int(number)) == started else Life.DEAD


def _machine() -> str:
    """Return the boot and the process namespace; containers of one machine number their processes apart."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return ""


def _started(number: int) -> str:
    """Return when a process started, in ticks since the boot; empty where there is none of that number.

    The name before it may hold spaces and brackets, so fields are counted from the last bracket; a zombie that only
    waits to be collected is gone.
    """
    try:
        fields = (_PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
