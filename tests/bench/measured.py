"""Run a command, and write what it and every process it started took: `python measured.py RESULT SECONDS COMMAND…`.

It stands between the benchmarks and what they measure, and imports next to nothing: the peak memory of a process is at
the least that of the one that started it. Processes whose parent is gone become its own (it is a *subreaper*), so that
none is left out. A command that takes longer than SECONDS is ended, with all that it started.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time

SUBREAPER, PAGE, EVERY = 36, os.sysconf("SC_PAGE_SIZE"), 0.02


def children(process: int) -> list[int]:
    """Return the processes that a process has started and not waited for, and those of theirs."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    except OSError:
        return []
    return [*found, *(below for child in found for below in children(child))]


def resident(processes: list[int]) -> int:
    """Return the bytes that processes hold in memory.

    One that is just being started has its parent's memory until it becomes another program: it is the same, word for
    word, and counted once.
    """
    held = set()
    for process in processes:
        try:
            with open(f"/proc/{process}/statm", encoding="ascii") as file:
                held.add(file.read())
        except OSError:
            continue
    return sum(int(line.split()[1]) for line in held) * PAGE


class Watch(threading.Thread):
    """Adds up the memory of all processes, again and again, and ends them when the time is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__(daemon=True)
        self.together = 0
        self.late = False
        self._deadline = time.monotonic() + seconds

    def run(self) -> None:
        """Look until the program ends."""
        while True:
            there = children(os.getpid())
            self.together = max(self.together, resident(there))
            if time.monotonic() > self._deadline:
                self.late = True
                end_all()
            time.sleep(EVERY)


def end(process: int) -> None:
    """Kill a process, unless it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def end_all(*_: object) -> None:
    """Kill every process that was started."""
    for process in children(os.getpid()):
        end(process)


def wait_for_rest(seconds: float) -> tuple[float, int]:
    """Wait for what the command left behind, and return its CPU time and the peak of its largest process in kB."""
    cpu, peak, deadline = 0.0, 0, time.monotonic() + seconds
    while True:
        try:
            process, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu, peak
        if process:
            cpu, peak = cpu + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
        else:
            if time.monotonic() > deadline:
                end_all()
            time.sleep(0.005)


def main() -> None:
    """Run the command with this program's own streams."""
    result, seconds, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, end_all)
    watch = Watch(float(seconds))
    began = time.perf_counter()
    child = subprocess.Popen(command)
    watch.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu, peak = wait_for_rest(10)
    peak = max(peak, usage.ru_maxrss) * 1024
    taken = {
        "code": child.returncode,
        "late": watch.late,
        "wall": wall,
        "cpu": cpu + usage.ru_utime + usage.ru_stime,
        "peak": peak,
        "together": max(peak, watch.together),
    }
    with open(result, "w", encoding="utf-8") as file:
        json.dump(taken, file)


if __name__ == "__main__":
    main()
