"""Commit edited files, and nothing else, to the git repository they lie in; on a new branch where one is named."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from reconciler.errors import EditRefused

_SECONDS = 60


def require_clean(root: Path, names: Sequence[str], *, branch: str | None) -> None:
    """Raise EditRefused, before anything is written, unless a commit would hold the edit of `names` alone."""
    if _git(root, "rev-parse", "--is-inside-work-tree").returncode:
        raise EditRefused(f"'{root}' is in no git repository", hint="Leave out --commit and --branch, or: git init")
    if branch is not None:
        if _git(root, "check-ref-format", "--branch", branch).returncode:
            raise EditRefused(f"'{branch}' is no name for a branch", hint="Use letters, digits, '-' and '/'.")
        if not _git(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").returncode:
            raise EditRefused(f"there is a branch '{branch}' already", hint="Name another with --branch.")
    staged = _lines(root, "diff", "--cached", "--name-only")
    if staged:
        message = f"other changes are staged and would be swept in: {', '.join(staged[:5])}"
        raise EditRefused(message, hint="Commit them first, or take them back: git restore --staged .")
    dirty = [name for name in names if _lines(root, "status", "--porcelain", "--", name)]
    if dirty:
        message = f"{dirty[0]} has changes of its own that are not committed and would be swept in"
        raise EditRefused(message, hint="Commit them first, or leave out --commit.")


def switch(root: Path, branch: str) -> None:
    """Create a branch and switch to it."""
    _require(_git(root, "switch", "--create", branch), f"branch '{branch}' could not be created")


def commit(root: Path, names: Sequence[str], message: str) -> str:
    """Commit the files `names` alone; return the short name of the commit."""
    what = "the files are written, but could not be committed"
    _require(_git(root, "add", "--", *names), what)
    _require(_git(root, "commit", "--quiet", "--message", message, "--only", "--", *names), what)
    return _git(root, "rev-parse", "--short", "HEAD").stdout.strip()


def _require(ran: subprocess.CompletedProcess[str], what: str) -> None:
    if ran.returncode:
        said = " ".join((ran.stderr or ran.stdout).split())
        raise EditRefused(f"{what}; git says: {said}", hint="Do it by hand with git.")


def _lines(root: Path, *arguments: str) -> list[str]:
    return [line for line in _git(root, *arguments).stdout.splitlines() if line]


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EditRefused(f"git cannot be used: {error}", hint="Leave out --commit and --branch.") from error
