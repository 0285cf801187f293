"""The sentences of the page of results."""

from __future__ import annotations

from tests.bench.cases import FAST, HTTP, PYYAML, SINCE
from tests.bench.profiles import MEMORY
from tests.bench.startup import STARTUP

ABOUT = """Measured on {date} on {machine}; `make performance` writes this page anew. Everything was run in one go, in
turns, and the figures are the middle ones of a few runs. Seconds belong to the machine; what to compare are the ratios,
each within the one run. In every plan one service in a hundred differs, and every tool has to find exactly these."""

TITLES = {
    FAST: "a plan with the extra `fast`, live from a file",
    PYYAML: "a plan with PyYAML only, live from a file",
    HTTP: "a plan with the extra `fast`, live over HTTP",
    SINCE: "a plan of one changed user",
    MEMORY: "the memory that both sides and the plan hold, 10,000 services, by the file that made it",
    STARTUP: "what a plan of the example imports, by package",
}

BOUNDS = """The floor, which compares and does nothing else, takes {floor} less CPU than octoDNS: no cold plan can be
that many times ahead, let alone more. A cold plan takes {fast} the CPU of the floor with `fast` and {plain} with
PyYAML. A cache spares the parsing alone; live, resolving, comparing and Python's own start stay, and the faster the
parser, the larger is their share."""

READING = """## How to read it

- *octoDNS* plans as many A records of one value, from YAML to YAML, a zone for every file of ours, in one process:
  `octodns-sync` without `--doit`. Records are smaller than services: it reads about a quarter of the bytes.
- *The plain script* is what most engineers would write (`tests/bench/plain.py`): PyYAML's C loader, the operator's
  pages as JSON, dictionaries compared pair by pair, or handed to DeepDiff as a whole.
- *The floor* (`tests/bench/floor.py`) is the least that a correct comparison costs: a YAML parser in Rust, pages
  decoded into the fields compared, two processes; no positions, messages, checks, costs or quota.
- *fleet* does everything it always does. `fast` is the extra of that name, PyYAML is what there is without it. The
  cache of parsed files is *cold* where it has to be written, *warm* where nothing changed, *none* where it is
  switched off. Live is *saved* where it comes from a file of `fleet snapshot`, *embedded* where the sandbox runs in
  the same process and its work counts too, and *HTTP* where it is served on the loopback by a process of its own that
  takes 20 ms a call; that process's CPU time is not counted, but it has to share the cores.
- CPU is that of all processes a command starts. *Together* is the most memory they hold at one moment, looked at
  every 20 ms; what processes share is counted for each. The base of the memory a service is the plan of 1,000.
- The share *start and end* is what is outside of all phases: Python, imports, the end of the processes.
"""
