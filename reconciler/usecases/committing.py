"""Commit edited files, and nothing else, to the git repository they lie in; on a new branch where one is named.

Whatever could keep git from committing is looked for before the files are written. They are written first, then comes
the branch, then the commit: a write that fails leaves the branch that was checked out, and no other.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from reconciler.errors import EditRefused, GitError
from reconciler.files import UnsafeFileError, resolve_inside
from reconciler.git.exchange import run_git
from reconciler.git.process import Answer, said_by
from reconciler.git.reading import read_files_state, read_git
from reconciler.git.worktree import GIT, WorkTree, find_work_tree

#: What lies in a `.git` while git waits for the user to go on, and the command that goes on with it.
_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}
_LOCKS = ("index.lock", "HEAD.lock")
_LEAVE_OUT = "Leave out --commit and --branch."


def require_clean(root: Path, names: Sequence[str], *, branch: str | None) -> None:
    """Raise EditRefused, before anything is written, unless git will take an edit of `names` and of nothing else."""
    try:
        tree = _find_tree(root)
        _require_idle(tree)
        if branch is not None:
            _require_new_branch(tree, branch)
        staged = _lines(read_files_state(tree, "diff", "--cached", "--name-only", "-z", "--no-ext-diff"))
        if staged:
            message = f"other changes are staged and would be swept in: {', '.join(staged[:5])}"
            raise EditRefused(message, hint="Commit them first, or take them back: git restore --staged .")
        if names:
            paths = {_committed_name(tree, root, name): name for name in names}
            _require_ordinary(tree, paths)
            _require_signature(tree)
    except GitError as error:
        raise EditRefused(f"git cannot be used: {error}", hint=error.hint or _LEAVE_OUT) from error


def commit(root: Path, names: Sequence[str], message: str, *, branch: str | None = None) -> str:
    """Commit the files `names` alone, on a new branch if one is named; return the short name of the commit.

    What a hook adds to the commit stays in it. Raises EditRefused, with the commands that are left to be run, if git
    or a hook refuses: the files are written then.
    """
    steps = [["switch", "--quiet", "--no-track", "--create", branch]] if branch is not None else []
    try:
        tree = _find_tree(root)
        paths = sorted(_committed_name(tree, root, name) for name in names)
        steps += [["add", "--", *paths], ["commit", "--quiet", "--message", message]]
        for done, step in enumerate(steps):
            if step[0] == "commit":
                _require_staged_alone(tree, paths, steps[done:])
            _carry_out(tree, step, steps[done:])
        return read_git(tree, "rev-parse", "--short", "HEAD").stdout.decode().strip()
    except GitError as error:
        raise _unfinished(root, steps, str(error)) from error


def switch(root: Path, branch: str) -> None:
    """Create a branch and switch to it, with the files as they are; raises EditRefused."""
    step = ["switch", "--quiet", "--no-track", "--create", branch]
    try:
        _carry_out(_find_tree(root), step, [step])
    except GitError as error:
        raise _unfinished(root, [step], str(error)) from error


def _carry_out(tree: WorkTree, step: Sequence[str], left: Sequence[Sequence[str]]) -> None:
    answer = run_git(tree, *step)
    if answer.returncode and not (step[0] == "switch" and _branch_is(tree, step[-1])):  # a post-checkout hook said no
        raise _unfinished(tree.top, left, said_by(answer) or f"exit code {answer.returncode}")


def _require_staged_alone(tree: WorkTree, paths: Sequence[str], left: Sequence[Sequence[str]]) -> None:
    staged = _lines(read_files_state(tree, "diff", "--cached", "--name-only", "-z", "--no-ext-diff"))
    others = sorted({*staged} - {*paths})
    if others:
        raise _unfinished(tree.top, left, f"other changes were staged meanwhile: {', '.join(others[:5])}")


def _unfinished(folder: Path, left: Sequence[Sequence[str]], reason: str) -> EditRefused:
    commands = " && ".join(shlex.join(["git", "-C", str(folder), *step]) for step in left)
    missing = "committed" if left and left[-1][0] == "commit" else f"put on the branch '{left[-1][-1]}'"
    message = f"the files are written, but could not be {missing}; git says: {reason}"
    return EditRefused(message, hint=f"Do it yourself: {commands}")


def _find_tree(root: Path) -> WorkTree:
    tree = find_work_tree(root)
    if tree is None:
        raise EditRefused(f"'{root}' is in no git repository", hint="Leave out --commit and --branch, or: git init")
    answer = run_git(tree, "rev-parse", "--absolute-git-dir")
    if answer.returncode or Path(answer.stdout.decode(errors="replace").strip()) != tree.git_dir:
        raise EditRefused(f"git does not commit in '{tree.top}': {said_by(answer)}", hint=_LEAVE_OUT)
    return tree


def _require_idle(tree: WorkTree) -> None:
    """Raise EditRefused while a merge, a rebase or another process of git is at work on the repository."""
    for name, command in _UNFINISHED.items():
        if (tree.git_dir / name).exists():
            hint = f"Finish it, or give it up: git {command} --abort"
            raise EditRefused(f"a {command} is in progress in '{tree.top}'", hint=hint)
    for name in _LOCKS:
        if (tree.git_dir / name).exists():
            message = (
                f"another git process is at work in '{tree.top}', or was killed there: '{tree.git_dir / name}' exists"
            )
            raise EditRefused(message, hint="Wait for it, or remove that file if no git is running.")


def _require_new_branch(tree: WorkTree, branch: str) -> None:
    """Raise EditRefused unless a branch of that name can be created."""
    known = read_git(tree, "check-ref-format", "--branch", branch)
    if known.returncode or known.stdout.decode(errors="replace").strip() != branch or branch.startswith("-"):
        raise EditRefused(f"'{branch}' is no name for a branch", hint="Use letters, digits, '-' and '/'.")
    if not read_git(tree, "show-ref", "--verify", "--quiet", f"refs/heads/{branch}").returncode:
        raise EditRefused(f"there is a branch '{branch}' already", hint="Name another with --branch.")
    parts = branch.split("/")
    above = ["/".join(parts[:end]) for end in range(1, len(parts))]
    taken = [
        name for name in above if not read_git(tree, "show-ref", "--verify", "-q", f"refs/heads/{name}").returncode
    ]
    taken += _lines(
        read_git(tree, "for-each-ref", "--count=1", "--format=%(refname:lstrip=2)%00", f"refs/heads/{branch}/")
    )
    if taken:
        message = f"git can have no branch '{branch}' beside the branch '{taken[0].strip()}'"
        raise EditRefused(message, hint="Name another with --branch.")


def _committed_name(tree: WorkTree, root: Path, name: str) -> str:
    """Return the path, from the top, of the file that is written for `name`: where it is a link, of what it means."""
    try:
        real = resolve_inside(root, name)
    except UnsafeFileError as error:
        raise EditRefused(f"'{name}' cannot be committed: {error.strerror}", hint=_LEAVE_OUT) from error
    for folder in real.parents:
        if folder == tree.top:
            break
        if (folder / GIT).exists():
            raise EditRefused(f"'{name}' lies in a git repository of its own, '{folder}'", hint=_LEAVE_OUT)
    return real.relative_to(tree.top).as_posix()


def _require_ordinary(tree: WorkTree, paths: dict[str, str]) -> None:
    """Raise EditRefused for a file that git would commit otherwise than it is written, or not at all."""
    names = list(paths)
    dirty = _lines(read_files_state(tree, "status", "--porcelain", "--no-renames", "-z", "--", *names))
    if dirty:
        name = paths.get(dirty[0][3:], dirty[0][3:])
        message = f"{name} has changes of its own that are not committed and would be swept in"
        raise EditRefused(message, hint="Commit them first, or leave out --commit.")
    for line in _lines(read_git(tree, "ls-files", "-v", "-z", "--", *names)):
        mark, _, path = line.partition(" ")
        if mark == "S" or mark.islower():
            flag = "skip-worktree" if mark in "Ss" else "assume-unchanged"
            message = f"git is told not to look at changes of {paths.get(path, path)} ({flag})"
            hint = "Take that back: " + shlex.join(
                ["git", "-C", str(tree.top), "update-index", f"--no-{flag}", "--", path]
            )
            raise EditRefused(message, hint=hint)
    ignored = _lines(read_git(tree, "check-ignore", "-z", "--stdin", sent=_fields(f"./{name}" for name in names)))
    if ignored:
        name = ignored[0].removeprefix("./")
        message = f"{paths.get(name, name)} is ignored by git and would not be committed"
        raise EditRefused(message, hint="Take it out of .gitignore, or leave out --commit.")
    _require_no_filter(tree, paths)


def _require_no_filter(tree: WorkTree, paths: dict[str, str]) -> None:
    """Raise EditRefused for a file that a filter turns into something else on its way into a commit.

    Filters do not run here, and a commit without the filter of git-crypt would show what it hides.
    """
    configured = _lines(read_git(tree, "config", "--null", "--name-only", "--get-regexp", r"^filter\."))
    known = {key.removeprefix("filter.").rpartition(".")[0] for key in configured}
    fields = _lines(read_git(tree, "check-attr", "-z", "--stdin", "filter", sent=_fields(paths)))
    for path, value in zip(fields[0::3], fields[2::3], strict=False):
        if value in known:
            message = f"{paths.get(path, path)} goes through the filter '{value}' of git, which fleet does not run"
            raise EditRefused(message, hint="Leave out --commit, and commit with git.")


def _require_signature(tree: WorkTree) -> None:
    """Raise EditRefused unless git knows who commits and can sign for them, by having it make a commit of nothing."""
    empty = run_git(tree, "hash-object", "-t", "tree", "-w", "--stdin").stdout.decode().strip()
    signs = read_git(tree, "config", "--type=bool", "--get", "commit.gpgSign").stdout.strip() == b"true"
    answer = run_git(tree, "commit-tree", *(["-S"] if signs else []), "-m", "Can this be committed?", empty)
    if answer.returncode:
        what = "sign commits" if signs else "commit"
        hint = "See user.name, user.email and user.signingKey: git config --list --show-origin"
        raise EditRefused(f"git cannot {what} here; it says: {said_by(answer)}", hint=hint)


def _branch_is(tree: WorkTree, branch: str) -> bool:
    return read_git(tree, "symbolic-ref", "--quiet", "HEAD").stdout.decode().strip() == f"refs/heads/{branch}"


def _fields(names: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(name) + b"\0" for name in names)


def _lines(answer: Answer) -> list[str]:
    """Return the fields of an answer that ends each with a NUL."""
    return [field for field in answer.stdout.decode("utf-8", "surrogateescape").split("\0") if field.strip()]
