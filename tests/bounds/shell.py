"""Commands run by a shell, so that streams can be closed, filled and left."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.e2e.conftest import EXAMPLE, FLEET


def prepared(folder: Path) -> Path:
    """Return a folder with a copy of the example in it, whose operator is filled."""
    shutil.copytree(EXAMPLE, folder / "fleet-config", ignore=shutil.ignore_patterns(".fleet"))
    ran = in_shell(f"{FLEET} sandbox reset", folder)
    assert ran.returncode == 0, ran.stderr
    return folder


def in_shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line as bash does."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**kept, **environment},
    )
