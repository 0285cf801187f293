"""The exchange door: commits, and fetches and pushes by https and ssh, with no hooks but the user's own.

Hooks are those of the `.git/hooks` of the clone. A `core.hooksPath` may lead to files that a branch can change, and is
not followed; nor do filters run, fsmonitor or what else the reading door keeps from running. The user's identity,
signing key and credentials are used as git has them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconciler.errors import UnsafeRepository, UsageError
from reconciler.git.process import Answer, start_git, without_git_variables
from reconciler.git.reading import without_filters
from reconciler.git.worktree import WorkTree

#: How long a commit with its hooks may take, or a transfer.
EXCHANGE_SECONDS = 300.0
#: Name who commits; a program none of them names.
_IDENTITY = tuple(f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL", "DATE"))
_PROTOCOLS = ("https", "ssh")


def run_git(tree: WorkTree, *arguments: str, sent: bytes = b"") -> Answer:
    """Run a git command that may change the repository, from the top of the work tree, and return its answer.

    Git looks for the repository itself, and only at the top, so that its own check of whose it is holds too.
    Raises GitError if git cannot be used or does not end in time, and UnsafeRepository if a hook is a link to a file
    that a branch can change.
    """
    hooks = tree.common_dir / "hooks"
    _require_own_hooks(tree, hooks)
    settings = [
        ("core.hooksPath", str(hooks)),
        ("protocol.allow", "never"),
        *((f"protocol.{name}.allow", "always") for name in _PROTOCOLS),
        *without_filters(tree),
    ]
    return start_git(
        ["--literal-pathspecs", *arguments],
        folder=tree.top,
        environment=_environment(tree),
        settings=settings,
        seconds=EXCHANGE_SECONDS,
        sent=sent,
    )


def fetch(tree: WorkTree, remote: str, branch: str) -> Answer:
    """Fetch a branch of a remote, or of an address, without tags; raises as `run_git` does, and UsageError."""
    _require_names(remote, branch)
    return run_git(tree, "fetch", "--no-tags", "--no-recurse-submodules", "--", remote, branch)


def push(tree: WorkTree, remote: str, branch: str) -> Answer:
    """Push a branch to the branch of that name, by fast-forward; raises as `run_git` does, and UsageError."""
    _require_names(remote, branch)
    return run_git(tree, "push", "--no-recurse-submodules", "--", remote, f"refs/heads/{branch}:refs/heads/{branch}")


def _require_names(remote: str, branch: str) -> None:
    """Raise UsageError for a name that git would read as something else: an option, or a refspec."""
    for name in (remote, branch):
        if not name or name.startswith("-") or any(sign.isspace() or not sign.isprintable() for sign in name):
            raise UsageError(f"'{name}' names no remote or branch", hint="Name a remote of the clone, like origin.")
    if set(branch) & set(":+*?[^~\\"):
        raise UsageError(f"'{branch}' is no name for a branch", hint="Use letters, digits, '-' and '/'.")


def _require_own_hooks(tree: WorkTree, hooks: Path) -> None:
    """Raise UnsafeRepository if a hook of the user's is a link to a file of the work tree."""
    try:
        with os.scandir(hooks) as entries:
            names = [entry.path for entry in entries if not entry.name.endswith(".sample")]
    except OSError:
        return
    for name in names:
        real = Path(os.path.realpath(name))
        if real.is_relative_to(tree.top) and not real.is_relative_to(tree.common_dir) and _may_run(real):
            message = f"the hook '{name}' leads to '{real}', a file that a branch can change"
            raise UnsafeRepository(message, hint="Copy the hook into .git/hooks, or commit with git yourself.")


def _may_run(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o111)
    except OSError:
        return False


def _environment(tree: WorkTree) -> dict[str, str]:
    kept = without_git_variables(os.environ, kept=_IDENTITY)
    only = {"GIT_CEILING_DIRECTORIES": str(tree.top.parent), "GIT_ALLOW_PROTOCOL": ":".join(_PROTOCOLS)}
    return kept | only
