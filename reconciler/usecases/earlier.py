"""The files of a fleet as they were at an earlier commit, as far as they differ from those that lie there now.

Compared is with the commit where the branch left `ref`: what others merged there since is not a change of this branch.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.desired.load import SETTINGS, USERS
from reconciler.errors import UsageError

_SECONDS = 60
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
    commit = _branched_from(root, ref)
    here = [SETTINGS, USERS]
    differing = _names(
        root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", commit, "--", *here
    )
    differing += _names(root, "ls-files", "-z", "--others", "--", *here)
    unclear = _unclear(root, differing)
    if unclear:
        return Earlier(commit, {}, unclear)
    return Earlier(commit, _contents(root, commit, [name for name in differing if _is_fleets(name)]))


def _branched_from(root: Path, ref: str) -> str:
    inside = _git(root, "rev-parse", "--is-inside-work-tree")
    if inside.returncode:
        message = f"'{root}' is in no git repository that can be read, so nothing tells what changed since '{ref}'"
        raise UsageError(message, hint=f"git says: {inside.stderr.decode(errors='replace').strip()}")
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode:
        raise UsageError(f"there is no commit '{ref}' in this clone", hint=_FETCH)
    base = _git(root, "merge-base", "HEAD", found.stdout.decode().strip())
    if base.returncode:
        raise UsageError(f"what is checked out and '{ref}' have no commit in common in this clone", hint=_FETCH)
    return base.stdout.decode().split()[0]


def _unclear(root: Path, differing: Sequence[str]) -> str | None:
    """Say what keeps the files from being compared one by one: what git does not look into."""
    users = root / USERS
    links = [path for path in (users, *users.rglob("*")) if path.is_symlink()]
    if links:
        return f"{links[0].relative_to(root).as_posix()} is a link, and git tells nothing of where it leads"
    nested = [name for name in differing if name.endswith("/") or (root / name).is_dir()]
    if nested:
        return f"{nested[0].rstrip('/')} is a repository of its own"
    return "the name of a file has a line break in it" if any("\n" in name for name in differing) else None


def _is_fleets(name: str) -> bool:
    path = PurePosixPath(name)
    return name == SETTINGS or (path.suffix.lower() in (".yaml", ".yml") and not path.name.startswith("."))


def _contents(root: Path, commit: str, names: Sequence[str]) -> dict[str, bytes | None]:
    """Return files as they were at a commit, all of them from one process."""
    prefix = _git(root, "rev-parse", "--show-prefix").stdout.removesuffix(b"\n")
    asked = b"".join(b"%b:%b%b\n" % (commit.encode(), prefix, os.fsencode(name)) for name in names)
    answer, found = _git(root, "cat-file", "--batch", sent=asked).stdout, dict[str, bytes | None]()
    for name in names:
        head, _, answer = answer.partition(b"\n")
        *_, kind, size = head.rsplit(b" ", 2)
        if kind == b"blob" and size.isdigit():
            found[name], answer = answer[: int(size)], answer[int(size) + 1 :]
        else:  # "… missing"
            found[name] = None
    return found


def _names(root: Path, *arguments: str) -> list[str]:
    ran = _git(root, *arguments)
    if ran.returncode:
        raise UsageError(f"git cannot tell what changed: {ran.stderr.decode(errors='replace').strip()}")
    return [os.fsdecode(name) for name in ran.stdout.split(b"\0") if name]


def _git(root: Path, *arguments: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, input=sent, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git cannot be used: {error}") from error
