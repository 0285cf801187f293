"""What a change under review is based on: the files of the base branch, whose word counts, and who wrote the change."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import ApprovalMissing, GitError, InvalidInput, Problem, UsageError
from reconciler.files import read_regular, read_text_inside
from reconciler.git.process import said_by
from reconciler.git.reading import find_commit, read_files_at, read_git
from reconciler.git.worktree import WorkTree, find_work_tree
from reconciler.model.people import AUTHORS_FORMAT, authors_in

_FETCH = "Fetch the whole history: fetch-depth: 0, or GIT_DEPTH: 0."
_LOOK = "Run again; if it persists, look at the clone: git fsck."
#: GitHub's events hold up to 25 MB of a webhook's payload.
_LARGEST_EVENT = 32 * 1024 * 1024


def base_commit(environment: Mapping[str, str]) -> str | None:
    """Return what a CI job's change is based on; None outside CI, and for a job that has no change under review."""
    if environment.get("FLEET_BASE_REF"):
        return environment["FLEET_BASE_REF"]
    if environment.get("GITHUB_BASE_REF"):
        return f"refs/remotes/origin/{environment['GITHUB_BASE_REF']}"
    before = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or environment.get("CI_COMMIT_BEFORE_SHA")
    if environment.get("GITHUB_EVENT_PATH"):
        before = _event_before(Path(environment["GITHUB_EVENT_PATH"]))
    return before if before and before.strip("0") else None


def _event_before(path: Path) -> str | None:
    """Return the commit before a push, from the event that GitHub describes in a file; None for another event."""
    try:
        event = json.loads(read_regular(path, limit=_LARGEST_EVENT))
    except (OSError, ValueError, RecursionError) as error:
        message = f"the event of this job cannot be read from GITHUB_EVENT_PATH '{path}': {error}"
        raise UsageError(message, hint="Run it in a job of GitHub Actions, or unset the variable.") from error
    before = event.get("before") if isinstance(event, dict) else None
    return before if isinstance(before, str) else None


def read_trusted(folder: Path, name: str, environment: Mapping[str, str]) -> str | None:
    """Return the text of a file of the fleet's folder whose word counts, None where there is no such file.

    In CI that is the base branch's, elsewhere the one that lies there.

    Raises:
        ApprovalMissing: The base's commit is not in this clone, or git does not give the file.
        InvalidInput: The file that lies there cannot be read, or leads out of the folder.
        UnsafeRepository: The folder lies in no repository of the user's own.
    """
    base = base_commit(environment)
    if base is None:
        return _read_here(folder, name)
    try:
        tree, commit = _find_base(folder, base)
        path = posixpath.normpath(name)
        if path.startswith(("../", "/")) or path in ("..", "."):
            return None
        content = read_files_at(tree, commit, [path])[path]
        return None if content is None else content.decode().rstrip()
    except (GitError, UnicodeDecodeError) as error:
        raise _silence(error) from error


def change_authors(folder: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """Return who wrote and who committed what is under review, by e-mail; nobody outside a repository.

    In CI that is every commit since the base that touches the fleet's folder, elsewhere the last one; whoever a
    squashed commit names as its authors too. Raises ApprovalMissing where commits may be missing from this clone.
    """
    base = base_commit(environment)
    try:
        if base is not None:
            tree, commit = _find_base(folder, base)
            _require_history(tree)
            return _addresses(tree, f"{commit}..HEAD")
        found = find_work_tree(folder)
        return _addresses(found, "-1") if found and find_commit(found, "HEAD") else frozenset()
    except GitError as error:
        raise _silence(error) from error


def _read_here(folder: Path, name: str) -> str | None:
    try:
        return read_text_inside(folder, name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInput([Problem(f"'{name}' cannot be read: {reason}")]) from error


def _find_base(folder: Path, base: str) -> tuple[WorkTree, str]:
    tree = find_work_tree(folder)
    commit = None if tree is None else find_commit(tree, base)
    if tree is None or commit is None:
        message = f"approval rules and connection are the base branch's, and its commit '{base}' is not in this clone"
        raise ApprovalMissing(message, hint=_FETCH)
    return tree, commit


def _require_history(tree: WorkTree) -> None:
    shallow = read_git(tree, "rev-parse", "--is-shallow-repository")
    if shallow.returncode:
        raise GitError(said_by(shallow))
    if shallow.stdout.strip() != b"false":
        raise ApprovalMissing("whose change this is cannot be told: this clone has not all of its commits", hint=_FETCH)


def _addresses(tree: WorkTree, commits: str) -> frozenset[str]:
    answer = read_git(
        tree, "log", "--no-ext-diff", "--no-textconv", f"--format={AUTHORS_FORMAT}", commits, "--", tree.pathspec
    )
    if answer.returncode:
        raise GitError(said_by(answer))
    return authors_in(answer.stdout.decode(errors="replace"))


def _silence(error: Exception) -> ApprovalMissing:
    """Return the error for what git does not tell: silence must not pass for "nobody"."""
    return ApprovalMissing(f"git does not tell what the base branch holds or who wrote the change: {error}", hint=_LOOK)
