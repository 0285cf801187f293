"""Plan a large fleet from its operator's exports, CSV and workbook, and print time and memory.

`python -m tests.bench.exports [USERS]`: 79,500 users have 100,000 rows of services. Every hundredth service differs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reconciler.sandbox import Sandbox
from tests.bench.__main__ import FLEET, write_fleet
from tests.providers.exports import HEAD, LAYOUTS, provider_part

USERS = 79_500


def prepare(root: Path, users: int) -> int:
    """Write a fleet and what its operator exports; return how many services it has."""
    count = write_fleet(root, users)
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
    for layout in ("en", "fr"):
        sandbox.export(layout, root / layout)
    sandbox.close()
    shutil.move(root / "en" / "catalogue.yaml", root / "catalogue.yaml")
    return count


def measure(root: Path, layout: str) -> tuple[float, float]:
    """Plan from one layout, and return the seconds and the peak memory in kB."""
    (root / "fleet.yaml").write_text(HEAD + provider_part(LAYOUTS[layout], max_age="100000"), encoding="utf-8")
    began = time.perf_counter()
    with subprocess.Popen([FLEET, "plan", "-C", str(root)], stdout=subprocess.DEVNULL) as plan:
        _, status, usage = os.wait4(plan.pid, 0)
        plan.returncode = os.waitstatus_to_exitcode(status)
    assert plan.returncode in (0, 3), "the plan failed"
    return time.perf_counter() - began, usage.ru_maxrss


def main(users: int) -> None:
    """Measure both layouts once, and print them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "fleet"
        print(f"{prepare(root, users):,} services")  # noqa: T201
        for layout, kind in (("en", "CSV"), ("fr", "xlsx")):
            wall, peak = measure(root, layout)
            print(f"{kind:5} {wall:6.2f} s  {peak / 1024:6.1f} MB")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else USERS)
