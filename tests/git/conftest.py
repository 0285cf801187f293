"""Repositories to try git on, each with a fleet's folder, and programs that leave a mark when they run."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.git.worktree import WorkTree, find_work_tree

WHO = ("-c", "user.name=An", "-c", "user.email=an@brouwerij.example", "-c", "protocol.file.allow=always")


def run(folder: Path, *arguments: str, **environment: str) -> str:
    """Run git as a user would, and return what it prints."""
    command = ["git", *WHO, "-C", str(folder), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    assert ran.returncode == 0, (arguments, ran.stderr)
    return ran.stdout.strip()


@dataclass(frozen=True)
class Canary:
    """A program that writes down, outside of the repository, that it ran."""

    program: Path
    mark: Path

    @property
    def ran(self) -> list[str]:
        """What it was started with, once for each time."""
        return self.mark.read_text().splitlines() if self.mark.exists() else []


@dataclass(frozen=True)
class Clone:
    """A repository with one commit, and the fleet's folder in it."""

    top: Path
    fleet: Path

    @property
    def tree(self) -> WorkTree:
        """The work tree as it is found from the fleet's folder."""
        tree = find_work_tree(self.fleet)
        assert tree is not None
        return tree

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git at the top."""
        return run(self.top, *arguments, **environment)

    def write(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        """Write a file, by its name from the top."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def commit(self, message: str = "x") -> str:
        """Commit everything, also what is ignored, and return the commit."""
        self.git("add", "--all", "--force")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    """Return a program that must not run."""
    program, mark = tmp_path / "canary.sh", tmp_path / "canary.ran"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\nexit 0\n')
    program.chmod(0o755)
    return Canary(program, mark)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a repository whose fleet lies in a folder of its own."""
    return begin(tmp_path / "clone")


def begin(top: Path) -> Clone:
    """Begin a repository with a fleet in it."""
    top.mkdir()
    run(top, "init", "--quiet", "--initial-branch=main")
    clone = Clone(top, top / "fleet-config")
    clone.write("fleet-config/fleet.yaml", "version: 1\n")
    clone.write("fleet-config/users/a.yaml", "users: {}\n")
    clone.commit("Begin")
    return clone


def plant_bare(folder: Path, program: Path, *, shape: str = "bare") -> None:
    """Make files that git takes for a bare repository, of one of the shapes it knows; all can be committed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {program}\n"
    )
    if shape == "commondir":
        (folder / "commondir").write_text("shared\n")
        folder = folder / "shared"
        folder.mkdir()
        (folder / "config").write_text((folder.parent / "config").read_text())
    if shape == "executable files":
        for name in ("objects", "refs"):
            (folder / name).write_text("")
            (folder / name).chmod(0o755)
        return
    for name in ("objects/info", "refs/heads"):
        (folder / name).mkdir(parents=True)
        (folder / name / "keep").write_text("")
