"""What the figures belong to: the machine and the versions, without its name or its places."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("PyYAML", "yaml-rs", "msgspec", "pydantic", "deepdiff", "httpx", "SQLAlchemy", "click")


def machine() -> dict[str, str]:
    """Return what a reader has to know of the machine."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in information if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "CPU": model,
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
    }


def versions(octodns_python: Path) -> dict[str, str]:
    """Return the versions of what was measured and of what it rests on."""
    asked = [str(octodns_python), "-c", "from importlib.metadata import version; print(version('octodns'))"]
    theirs = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return {"octoDNS": theirs} | {name: version(name) for name in LIBRARIES}
