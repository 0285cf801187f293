"""The user's state folder: journals, which connection each fleet's folder has, and what completion offers.

It lies outside of every fleet's folder, since whoever proposes a change of the files could else say what was ordered,
what was approved, or what a prompt offers. Its owner alone may enter it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from reconciler.errors import FleetError, UsageError
from reconciler.files import UnsafeFileError, make_private_folder, open_regular, write_private
from reconciler.model.connection import named_by

_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_HINT = "Set FLEET_STATE_DIR to a folder of your own that can be written, outside of any repository."
_LARGEST = 64 * 1024 * 1024


def state_folder(root: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the state of the fleet in `root` is kept; it need not exist.

    Raises UsageError where FLEET_STATE_DIR names a folder that a branch could fill, or nothing tells one.
    """
    named = environment.get("FLEET_STATE_DIR")
    folder = expanded_path(named, environment) if named else _usual(environment)
    require_outside(root, folder, "FLEET_STATE_DIR" if named else "the state folder", repository=bool(named))
    return folder


def require_outside(root: Path, path: Path, what: str, *, repository: bool = True) -> None:
    """Raise UsageError where a path lies in the fleet's folder `root`, or in the work tree that it belongs to."""
    real = Path(os.path.realpath(path))
    around = [Path(os.path.realpath(root))]
    if repository:
        around += [top for top in [work_tree(root)] if top is not None]
    if any(real.is_relative_to(folder) for folder in around):
        raise UsageError(
            f"{what} lies in the repository of the fleet, where a branch could fill it: {path}", hint=_HINT
        )


def work_tree(root: Path) -> Path | None:
    """Return the top of the work tree around a folder, by its `.git`, which no commit can contain; None for none."""
    real = Path(os.path.realpath(root))
    return next((folder for folder in (real, *real.parents) if os.path.lexists(folder / ".git")), None)


def main_folder(root: Path) -> Path:
    """Return the folder that stands for `root` in the repository's first work tree, else `root` itself.

    A branch that is checked out in a work tree of its own is no new folder to whoever looks at it.
    """
    top = work_tree(root)
    if top is None or (top / ".git").is_dir():
        return root
    try:
        named = (top / ".git").read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    except (OSError, UnicodeDecodeError):
        return root
    own = Path(os.path.normpath(top / named))
    if own.parent.name != "worktrees":
        return root
    return own.parents[2] / Path(os.path.realpath(root)).relative_to(top)


def expanded_path(text: str, environment: Mapping[str, str]) -> Path:
    """Return a path that may begin at the user's home; raises UsageError where nobody's home is known."""
    if text != "~" and not text.startswith("~/"):
        return Path(os.path.abspath(text))
    home = environment.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):
        raise UsageError(f"'{text}' cannot be found: no home folder is known", hint=_HINT)
    return Path(home, text[2:])


def own_folder(path: Path) -> Path:
    """Make a private folder where there is none, and return it.

    Raises FleetError where it cannot be made or written to, and where somebody else could have put something into it.
    """
    try:
        make_private_folder(path)
        _require_private(path)
        if not os.access(path, os.W_OK | os.X_OK):
            raise UnsafeFileError("it is read-only", path)
    except OSError as error:
        raise _unusable(path, error) from error
    return path


def require_private_folder(path: Path) -> None:
    """Raise FleetError for a folder into which somebody else could have put something; one that is not there may be.

    Nothing is made, and nothing has to be writable: it may be there only to be read.
    """
    try:
        if os.path.lexists(path):
            _require_private(path)
    except OSError as error:
        raise _unusable(path, error) from error


def _require_private(path: Path) -> None:
    about = os.lstat(path)
    if not stat.S_ISDIR(about.st_mode):
        raise UnsafeFileError("it is not a folder", path)
    if about.st_mode & _OTHERS or not {about.st_uid, os.stat(path.parent).st_uid} <= _owners():
        raise UnsafeFileError("others can write to it", path)


def _unusable(path: Path, error: OSError) -> FleetError:
    return FleetError(f"the state folder {path} cannot be used: {error.strerror or error}", hint=_HINT)


def _owners() -> set[int]:
    """Return who may own the state folder: its user, and who can do anything anyway."""
    return {os.geteuid(), 0} if hasattr(os, "geteuid") else {os.stat(os.sep).st_uid}


def keep(root: Path, name: str, value: Any) -> None:
    """Keep a value for the fleet in `root` under a name; where nothing can be written, it is not kept.

    For a fleet's folder that is not there yet nothing is kept: whoever writes the first files may still be refused.
    """
    if not root.is_dir():
        return
    with suppress(OSError, FleetError):
        keep_or_fail(root, name, value)


def keep_or_fail(root: Path, name: str, value: Any, environment: Mapping[str, str] = os.environ) -> None:
    """Keep a value as `keep` does; raises FleetError where it cannot be kept."""
    folder = own_folder(_of(root, environment))
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    try:
        write_private(folder / name, content)
    except OSError as error:
        message = f"the state folder {folder} cannot be used: {error.strerror or error}"
        raise FleetError(message, hint=_HINT) from error


def kept(root: Path, name: str, environment: Mapping[str, str] = os.environ) -> Any:
    """Return what was kept under a name; None where there is nothing, or nothing of our own that can be read."""
    try:
        return json.loads(_own(_of(root, environment) / name))
    except (OSError, ValueError, FleetError, RecursionError):
        return None


def _own(path: Path) -> bytes:
    """Return what a file holds that nobody else could have written, where the system can tell."""
    with os.fdopen(open_regular(path), "rb") as file:
        about = os.fstat(file.fileno())
        if hasattr(os, "geteuid") and (about.st_uid != os.geteuid() or about.st_mode & _OTHERS):
            return b""
        return file.read(_LARGEST)


def _of(root: Path, environment: Mapping[str, str]) -> Path:
    """Return the folder of what is kept for the fleet's folder `root`, which goes by its real path."""
    real = os.path.realpath(root)
    return state_folder(root, environment) / "folders" / named_by([os.path.basename(real)], real)


def _usual(environment: Mapping[str, str]) -> Path:
    standard = environment.get("XDG_STATE_HOME", "")
    if os.path.isabs(standard):  # the specification has any other ignored
        return Path(standard) / "fleet"
    return expanded_path("~/.local/state/fleet", environment)
