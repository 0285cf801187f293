"""The installed command, run as a user runs it, in a copy of the example fleet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "fleet-config"
FLEET = str(Path(sys.executable).parent / "fleet")
Ran = subprocess.CompletedProcess[str]
Fleet = Callable[..., Ran]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a copy of the example fleet without a sandbox."""
    folder = tmp_path / "fleet-config"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    return folder


@pytest.fixture
def fleet(root: Path) -> Fleet:
    """Return a function that runs `fleet` beside the copy."""

    def run(*arguments: str, text: str | None = "", **environment: str) -> Ran:
        return subprocess.run(
            [FLEET, *arguments],
            cwd=root.parent,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **environment},
        )

    return run


def edit(path: Path, old: str, new: str) -> None:
    """Replace text in a file that must contain it."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
