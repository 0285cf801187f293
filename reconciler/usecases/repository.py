"""The git repository a new fleet begins in, and the one that fleet itself comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from reconciler.errors import GitError, UsageError
from reconciler.git.reading import read_git
from reconciler.git.worktree import find_work_tree

_DISTRIBUTION = "reconciler"
_SOURCE = re.compile(r"(?P<url>https://[\w.:-]+(?:/[\w.-]+){2,})@(?P<commit>[0-9a-f]{40})")
_BRANCH = re.compile(r"[\w./-]+")
_REMOTE = re.compile(r"(?:https://|ssh://git@|git@)(?P<host>[\w.-]+)[:/](?P<path>[\w.-]+(?:/[\w.-]+)+)")


class Source(NamedTuple):
    """A repository of fleet, by its address, and the commit to run of it."""

    url: str
    commit: str

    @property
    def slug(self) -> str:
        """The last two parts of the address, as GitHub names a repository."""
        return "/".join(self.url.removesuffix(".git").rsplit("/", 2)[1:])


def read_source(text: str) -> Source:
    """Return what URL@COMMIT says; UsageError where it says nothing of the kind."""
    found = _SOURCE.fullmatch(text)
    if found is None:
        hint = "Like https://github.com/OWNER/fleet@COMMIT, with all 40 digits of the commit: a branch or tag may move."
        raise UsageError(f"'{text}' names no repository and commit of fleet", hint=hint)
    return Source(found["url"], found["commit"])


def installed_source() -> Source | None:
    """Return where the fleet that runs was installed from, None where nothing tells an address anybody can reach."""
    try:
        return source_in(Distribution.from_name(_DISTRIBUTION).read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        return None


def source_in(record: str) -> Source | None:
    """Return the source that a record of an installation (PEP 610) tells: of a repository, or of a folder of one."""
    told = json.loads(record)
    if "vcs_info" in told:
        return _public(told["url"], told["vcs_info"].get("commit_id", ""))
    folder = Path(unquote(told.get("url", "").removeprefix("file://")))
    if "dir_info" not in told or not _git(folder, "branch", "--remotes", "--contains", "HEAD"):
        return None  # a commit that was never pushed is nowhere to be had
    return _public(_git(folder, "remote", "get-url", "origin") or "", _git(folder, "rev-parse", "HEAD") or "")


def top(folder: Path) -> Path | None:
    """Return the top of the repository that `folder` is or will be in, None where it is in none."""
    tree = find_work_tree(next(_existing(folder)))
    return None if tree is None else tree.top


def main_branch(folder: Path) -> str:
    """Return the branch that is merged into: the remote's, else the one checked out if it has such a name."""
    remote = (_git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD") or "").partition("/")[2]
    here = _git(folder, "symbolic-ref", "--short", "HEAD") or ""
    known = remote or (here if here in ("main", "master", "trunk") else "")
    return known if _BRANCH.fullmatch(known) else "main"


def _existing(folder: Path) -> Iterator[Path]:
    yield from (each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())


def _public(address: str, commit: str) -> Source | None:
    found = _REMOTE.fullmatch(address.removesuffix("/").removesuffix(".git"))
    return Source(f"https://{found['host']}/{found['path']}", commit) if found and commit else None


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, None where there is none, no repository or no answer."""
    try:
        tree = find_work_tree(folder)
        ran = tree and read_git(tree, *arguments)
    except GitError:
        return None
    return ran.stdout.decode(errors="replace").strip() or None if ran and ran.returncode == 0 else None
