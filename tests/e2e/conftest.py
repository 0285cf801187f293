"""The installed command, run as a user runs it, in a copy of the example fleet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from difflib import ndiff
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
            env={**{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CI")}, **environment},
        )

    return run


def edit(path: Path, old: str, new: str) -> None:
    """Replace text in a file that must contain it."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


class Files:
    """The users' files, as they were and as they are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.before = self.now()

    def now(self) -> dict[str, bytes]:
        """Return every file of the fleet but what the sandbox and git keep."""
        paths = [path for path in self.root.rglob("*") if path.is_file() and not {".fleet", ".git"} & {*path.parts}]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in paths}

    def changes(self) -> list[str]:
        """Return the lines that went (-) and came (+), over all files."""
        now = self.now()
        lines: list[str] = []
        for name in sorted({*now, *self.before}):
            old, new = self.before.get(name, b"").decode(), now.get(name, b"").decode()
            lines += [line for line in ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]
        return lines


@pytest.fixture
def files(root: Path) -> Files:
    """Return the files of the example before anything is done to them."""
    return Files(root)
