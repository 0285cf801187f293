"""The reading door: asks git about a work tree without starting a program, opening a connection or writing a file.

Git is told where the repository is and looks for none. Programs that its settings or attributes name do not run: no
hook, fsmonitor, pager, external diff, textconv, signature check or credential helper, and no clean or smudge filter, so
that a file under a filter of the user's whose time stamp changed counts as modified. Objects are as they were
committed, replaced by none; those that a partial clone lacks are not fetched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from reconciler.errors import GitError, JournalError, UnsafeRepository
from reconciler.files import LARGEST_FILE
from reconciler.git.process import Answer, Setting, said_by, start_git
from reconciler.git.worktree import (
    WorkTree,
    find_tree_left_by_link,
    find_work_tree,
    refuse_embedded_repositories,
)

#: How long git may take to answer; a status of a million files takes some ten seconds on a slow disk.
READING_SECONDS = 60.0
#: Takes names of files, and refuses to be told so.
_WITHOUT_PATHSPECS = ("check-ignore",)
_KEPT_VARIABLES = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME")
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: Where a name is looked for, in this order: a tag `origin/main`, which anybody may push who may push at all, must not
#: stand in for the branch of the remote.
_NAMESPACES = ("refs/remotes/", "refs/heads/", "refs/tags/")
_ITSELF = re.compile(r"refs/.*|(?:HEAD|@)(?:[~^@].*)?|[0-9a-f]{40}(?:[0-9a-f]{24})?")


def read_git(
    tree: WorkTree, *arguments: str, sent: bytes = b"", settings: Sequence[Setting] = (), patterns: bool = False
) -> Answer:
    """Run a git command that reads, from the top of the work tree, and return its answer.

    Pathspecs are literal unless they are `patterns`. Raises GitError if git cannot be used or does not end in time.
    """
    literal = [] if patterns or arguments[0] in _WITHOUT_PATHSPECS else ["--literal-pathspecs"]
    return start_git(
        [f"--git-dir={tree.git_dir}", f"--work-tree={tree.top}", "--no-optional-locks", *literal, *arguments],
        folder=tree.top,
        environment=_environment(),
        settings=[*_SETTINGS, ("safe.directory", ""), ("safe.directory", str(tree.top)), *settings],
        seconds=READING_SECONDS,
        sent=sent,
    )


def read_files_state(tree: WorkTree, *arguments: str) -> Answer:
    """Run a git command that compares files with what was committed, as `read_git` does and without filters."""
    return read_git(tree, *arguments, settings=without_filters(tree))


def without_filters(tree: WorkTree) -> Sequence[Setting]:
    """Return settings that take its programs from every filter that the user has configured."""
    answer = read_git(tree, "config", "--null", "--name-only", "--get-regexp", r"^filter\.")
    keys = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
    names = {key.removeprefix("filter.").rpartition(".")[0] for key in keys if key}
    off = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    return [(f"filter.{name}.{key}", value) for name in sorted(names) for key, value in off]


def find_commit(tree: WorkTree, name: str) -> str | None:
    """Return the id of the commit that `name` means, None where it is not in this clone.

    A branch of a remote comes before a local one, and a tag last. Raises GitError if git does not give an answer.
    """
    namespaces = () if _ITSELF.fullmatch(name) else _NAMESPACES
    found = (_find_object(tree, f"{namespace}{name}^{{commit}}") for namespace in (*namespaces, ""))
    return next((commit for commit in found if commit is not None), None)


def head_commit(folder: Path) -> str | None:
    """Return the commit checked out in `folder`, with `-dirty` if its files differ from it; None without one.

    Raises UnsafeRepository.
    """
    tree = find_work_tree(folder)
    try:
        found = None if tree is None else _find_object(tree, "HEAD")
        if tree is None or found is None:
            return None
        status = ("status", "--porcelain", "--no-renames", "--ignore-submodules=all", "--", tree.pathspec)
        return f"{found}-dirty" if read_files_state(tree, *status).stdout else found
    except GitError:
        return None


def read_files_at(tree: WorkTree, commit: str, names: Iterable[str]) -> dict[str, bytes | None]:
    """Return what files of the folder held at a commit, None for each that was none; all of them from one process.

    Args:
        tree: The work tree; names are relative to the folder that it was found for.
        commit: The id of a commit, not a name.
        names: Without line breaks and without `..`.

    Raises:
        GitError: Git does not give an answer, or a file has more than 64 MiB.
    """
    asked = list(names)
    if any("\n" in name for name in asked):
        raise GitError("the name of a file has a line break in it")
    lines = b"".join(b"%b:%b\n" % (commit.encode(), os.fsencode(f"{tree.prefix}{name}")) for name in asked)
    answer = read_git(tree, "cat-file", "--batch", sent=lines)
    if answer.returncode:
        raise GitError(f"git cannot read {commit}: {said_by(answer)}")
    return _split_batch(answer.stdout, asked)


def refuse_repositories_of_branches(folder: Path) -> None:
    """Raise UnsafeRepository if a branch decides which repository or which place the fleet's folder is."""
    left = find_tree_left_by_link(folder)
    if left is not None:
        tree, link = left
        if read_git(tree, "ls-files", "-z", "--", link.relative_to(tree.top).as_posix()).stdout:
            message = f"'{link}' is a link of the repository that leads out of it"
            raise UnsafeRepository(
                message, hint="Name the folder that it leads to with -C DIR, if that is what you mean."
            )
    find_work_tree(folder)
    refuse_embedded_repositories(folder)


def was_ever_tracked(path: Path) -> bool:
    """Tell whether git tracks a file, or ever did on any branch, in whatever case; False outside of a repository.

    Raises JournalError where git does not tell, or this clone does not have all commits.
    """
    folder = Path(os.path.realpath(path.parent))
    try:
        tree = find_work_tree(folder)
        if tree is None:
            return False
        _require_all_commits(tree, path)
        name = _SPECIAL.sub(r"\\\g<0>", (folder / path.name).relative_to(tree.top).as_posix())
        asked = (
            ("ls-files", "-z", "--", f":(top,icase){name}"),
            ("log", "--all", "--reflog", "--full-history", "-1", "--format=%H", "--", f":(top,icase){name}"),
        )
        return any(_require_answer(read_git(tree, *arguments, patterns=True)) for arguments in asked)
    except GitError as error:
        message = f"git does not tell whether it ever tracked {path}: {error}"
        raise JournalError(message, hint="Run git status.") from error


def _require_all_commits(tree: WorkTree, path: Path) -> None:
    if _require_answer(read_git(tree, "rev-parse", "--is-shallow-repository")).strip() != b"false":
        message = f"whether git ever tracked {path} cannot be told: this clone has not all of its commits"
        raise JournalError(message, hint="Fetch the whole history: git fetch --unshallow.")


def _require_answer(answer: Answer) -> bytes:
    """Return what git printed; raises GitError where it failed."""
    if answer.returncode:
        raise GitError(said_by(answer))
    return answer.stdout


def configured_email(folder: Path) -> str | None:
    """Return the address that the user's commits bear, None where git knows none."""
    tree = find_work_tree(folder)
    try:
        if tree is not None:
            answer = read_git(tree, "config", "--get", "user.email")
        else:
            arguments = ("config", "--global", "--get", "user.email")
            answer = start_git(
                arguments, folder=Path("/"), environment=_environment(), settings=_SETTINGS, seconds=READING_SECONDS
            )
    except GitError:
        return None
    return answer.stdout.decode(errors="replace").strip() or None


#: What stands for more than itself in a pathspec that is not literal.
_SPECIAL = re.compile(r"[*?\[\]\\]")
_SETTINGS: Sequence[Setting] = (("core.hooksPath", os.devnull), ("protocol.allow", "never"))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": ""}


def _find_object(tree: WorkTree, expression: str) -> str | None:
    answer = read_git(tree, "rev-parse", "--verify", "--quiet", "--end-of-options", expression)
    if answer.returncode:
        return None
    found = answer.stdout.decode(errors="replace").strip()
    if not _OBJECT.fullmatch(found):
        raise GitError(f"git does not tell which commit '{expression}' is")
    return found


def _split_batch(answer: bytes, names: Sequence[str]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for name in names:
        head, _, answer = answer.partition(b"\n")
        *_, kind, size = (b"", *head.rsplit(b" ", 2))[-3:]
        if not size.isdigit():  # "… missing"
            found[name] = None
            continue
        if int(size) > LARGEST_FILE:
            raise GitError(f"'{name}' has more than {LARGEST_FILE // (1024 * 1024)} MiB")
        content, answer = answer[: int(size)], answer[int(size) + 1 :]
        found[name] = content if kind == b"blob" else None
    return found
