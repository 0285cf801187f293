"""Finding the repository that a folder lies in without asking what the folder contains.

A commit can hold everything that git takes for a bare repository (`HEAD`, `config`, `objects`, `refs`), and git runs
the programs that its `config` names. A commit cannot hold a `.git`, in whatever case: the user put it there. The work
tree is the nearest folder with a `.git`; anything else that git would take for a repository is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UnsafeRepository
from reconciler.files import read_regular

GIT = ".git"
#: A file `.git` names one folder; Linux knows no longer paths.
_LONGEST_POINTER = 4096 + len("gitdir: ") + 2
_ELSEWHERE = "Remove it from the branch, or move the fleet's folder out of it."
_REPAIR = "Run git worktree repair, or clone the repository again."
_ROOT_USER = 0


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A checked-out repository; every path is real and absolute.

    `git_dir` is the `.git` of this work tree, and `common_dir` the one it shares with the others, which holds config,
    hooks and objects. `prefix` is the folder asked about, from the top, with `/` at its end; empty at the top itself.
    """

    top: Path
    git_dir: Path
    common_dir: Path
    prefix: str

    @property
    def pathspec(self) -> str:
        """The folder asked about as an argument to git, from the top."""
        return self.prefix or "."


def find_work_tree(folder: Path) -> WorkTree | None:
    """Return the work tree that `folder` lies in, None where it lies in none.

    Raises UnsafeRepository if git would find another repository on the way up, if the `.git` leads back into the files,
    or if it belongs to somebody who may not write to the folder.
    """
    here = Path(os.path.realpath(folder))
    passed: list[Path] = []
    for level in (here, *here.parents):
        git_dir = _find_git_dir(level)
        if git_dir is not None:
            _refuse_bare(passed)
            _require_outside(git_dir, level)
            common_dir = _find_common_dir(git_dir)
            _require_outside(common_dir, level)
            _require_owner(level / GIT, here)
            _require_owner(common_dir, here)
            below = here.relative_to(level).as_posix()
            return WorkTree(level, git_dir, common_dir, "" if below == "." else f"{below}/")
        passed.append(level)
    return None


def refuse_embedded_repositories(folder: Path) -> None:
    """Raise UnsafeRepository if `folder`, or a folder below it, is what git takes for a bare repository."""
    _refuse_bare(_folders_below(Path(os.path.realpath(folder))))


def find_tree_left_by_link(folder: Path) -> tuple[WorkTree, Path] | None:
    """Return the work tree that `folder` is named in and its link that leads elsewhere, None where there is no such.

    A branch can make the fleet's folder a link to any place of the machine.
    """
    real, named = Path(os.path.realpath(folder)), Path(os.path.abspath(folder))
    for path in (named, *named.parents):
        if path.is_symlink():
            tree = find_work_tree(path.parent)
            if tree is not None and not real.is_relative_to(tree.top):
                return tree, Path(os.path.realpath(path.parent)) / path.name
    return None


def _find_git_dir(level: Path) -> Path | None:
    """Return the folder that `.git` in `level` is or names; None where git would go on to the parent."""
    path = level / GIT
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return None
    git_dir = Path(os.path.realpath(path))
    if stat.S_ISREG(mode):
        git_dir = Path(os.path.realpath(level / _read_pointer(git_dir)))
        if not _is_repository(git_dir):
            raise UnsafeRepository(f"the file '{path}' names '{git_dir}', which is no git repository", hint=_REPAIR)
    return git_dir if _is_repository(git_dir) else None


def _read_pointer(path: Path) -> str:
    """Return the folder that a file `.git` names, as git writes one for a linked work tree and for a submodule."""
    try:
        text = os.fsdecode(read_regular(path, limit=_LONGEST_POINTER))
    except OSError as error:
        raise UnsafeRepository(f"the file '{path}' cannot be read: {error.strerror}", hint=_REPAIR) from error
    kind, _, name = text.partition(": ")
    if kind != "gitdir" or "\0" in name:
        raise UnsafeRepository(f"the file '{path}' does not name a git repository", hint=_REPAIR)
    return name.rstrip("\r\n")


def _find_common_dir(git_dir: Path) -> Path:
    """Return the folder that a linked work tree shares with the main one; `git_dir` itself for the main one."""
    try:
        name = os.fsdecode(read_regular(git_dir / "commondir", limit=_LONGEST_POINTER)).rstrip("\r\n")
    except FileNotFoundError:
        return git_dir
    except OSError as error:
        raise UnsafeRepository(f"'{git_dir / 'commondir'}' cannot be read: {error.strerror}", hint=_REPAIR) from error
    return Path(os.path.realpath(git_dir / name))


def _require_outside(git_dir: Path, top: Path) -> None:
    """Raise UnsafeRepository if a git folder lies among the files of the work tree, where a commit can change it."""
    if git_dir.is_relative_to(top) and git_dir.relative_to(top).parts[:1] != (GIT,):
        message = f"'{top / GIT}' leads to '{git_dir}', among files that a commit can change"
        raise UnsafeRepository(message, hint="Clone the repository again, without --separate-git-dir into the clone.")


def _require_owner(path: Path, folder: Path) -> None:
    """Raise UnsafeRepository if a git folder belongs to somebody who could not have put files into `folder` anyway."""
    owner = os.stat(path).st_uid
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if owner not in (os.geteuid(), _ROOT_USER, there.stat().st_uid):
        message = f"'{path}' belongs to another user than the fleet's folder '{folder}'"
        raise UnsafeRepository(message, hint="Clone the repository as yourself, or change its owner with chown.")


def _refuse_bare(folders: Iterator[Path] | list[Path]) -> None:
    for folder in folders:
        if _is_repository(folder):
            message = f"'{folder}' holds files that make it a git repository of its own (HEAD, objects, refs)"
            raise UnsafeRepository(message, hint=_ELSEWHERE)


def _is_repository(folder: Path) -> bool:
    """Tell whether git could take a folder for a repository.

    Git wants a `HEAD`, and `objects` and `refs` there or in the folder that a file `commondir` names. It is content
    with any file that can be executed for these two. Names are compared without case, as some file systems do.
    """
    try:
        with os.scandir(folder) as entries:
            names = {entry.name.lower() for entry in entries}
    except OSError:
        return False
    return "head" in names and ("commondir" in names or {"objects", "refs"} <= names)


def _folders_below(folder: Path) -> Iterator[Path]:
    """Yield a folder and all below it, without following links or entering a `.git`."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        yield current
        try:
            with os.scandir(current) as entries:
                waiting += [Path(entry.path) for entry in entries if _is_own_folder(entry)]
        except OSError:  # whoever reads this folder says what is wrong with it
            continue


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower() != GIT and entry.is_dir(follow_symlinks=False)
