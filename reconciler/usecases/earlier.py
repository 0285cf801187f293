"""The files of a fleet as they were at an earlier commit, as far as they differ from those that lie there now.

Compared is with the commit where the branch left `ref`: what others merged there since is not a change of this branch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.desired.load import SETTINGS, USERS
from reconciler.errors import GitError, UsageError
from reconciler.git.process import Answer, said_by
from reconciler.git.reading import find_commit, read_files_at, read_files_state, read_git
from reconciler.git.worktree import GIT, WorkTree, find_work_tree

_FETCH = "Fetch it, with the whole history: fetch-depth: 0, or GIT_DEPTH: 0."


@dataclass(frozen=True, slots=True)
class Earlier:
    """Which commit it was, and the content then of each file that differs, None for one that was not there.

    `unclear` is why the files cannot be compared one by one.
    """

    commit: str
    files: Mapping[str, bytes | None]
    unclear: str | None = None


def earlier(root: Path, ref: str) -> Earlier:
    """Return what differs from where the branch left `ref`; raises UsageError where git cannot tell."""
    try:
        return _compare(root, ref)
    except GitError as error:
        raise UsageError(f"git cannot tell what changed: {error}", hint=error.hint) from error


def _compare(root: Path, ref: str) -> Earlier:
    tree = find_work_tree(root)
    if tree is None:
        message = f"'{root}' is in no git repository that can be read, so nothing tells what changed since '{ref}'"
        raise UsageError(message, hint="Clone the repository again, or plan without --changed-since.")
    commit = _branched_from(tree, ref)
    here = [f"{tree.prefix}{name}" for name in (SETTINGS, USERS)]
    compared = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
    differing = _names(read_files_state(tree, *compared, "--ignore-submodules=dirty", commit, "--", *here), tree)
    differing += _names(read_files_state(tree, "ls-files", "-z", "--others", "--", *here), tree)
    unclear = _unclear(root, differing)
    if unclear:
        return Earlier(commit, {}, unclear)
    return Earlier(commit, read_files_at(tree, commit, [name for name in differing if _is_fleets(name)]))


def _branched_from(tree: WorkTree, ref: str) -> str:
    found = find_commit(tree, ref)
    if found is None:
        raise UsageError(f"there is no commit '{ref}' in this clone", hint=_FETCH)
    base = read_git(tree, "merge-base", "HEAD", found)
    if base.returncode:
        raise UsageError(f"what is checked out and '{ref}' have no commit in common in this clone", hint=_FETCH)
    return base.stdout.decode().split()[0]


def _unclear(root: Path, differing: Sequence[str]) -> str | None:
    """Say what keeps the files from being compared one by one: what git does not look into."""
    users = root / USERS
    links = [users] if users.is_symlink() else [path for path in users.rglob("*") if path.is_symlink()]
    if links:
        return f"{links[0].relative_to(root).as_posix()} is a link, and git tells nothing of where it leads"
    nested = [name for name in differing if name.endswith("/") or (root / name).is_dir()]
    nested += [path.parent.relative_to(root).as_posix() for path in users.rglob(GIT)]  # git would have to run in there
    if nested:
        return f"{nested[0].rstrip('/')} is a repository of its own"
    return "the name of a file has a line break in it" if any("\n" in name for name in differing) else None


def _is_fleets(name: str) -> bool:
    path = PurePosixPath(name)
    return name == SETTINGS or (path.suffix.lower() in (".yaml", ".yml") and not path.name.startswith("."))


def _names(answer: Answer, tree: WorkTree) -> list[str]:
    """Return the names that git lists, from the fleet's folder."""
    if answer.returncode:
        raise GitError(said_by(answer))
    return [os.fsdecode(name).removeprefix(tree.prefix) for name in answer.stdout.split(b"\0") if name]
