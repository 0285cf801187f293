"""Files of the fleet that are edited in memory, and written all at once or not at all."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from reconciler.desired.edit import Edit, edited
from reconciler.desired.gathering import USERS
from reconciler.errors import EditRefused, InvalidInput, Place, Problem
from reconciler.files import UnsafeFileError, read_inside, resolve_inside
from reconciler.signals import uninterrupted
from reconciler.usecases.folder_lock import locked_folder
from reconciler.usecases.write_order import Order, Rewritten, in_safe_order

__all__ = ["Rewritten", "Workspace", "write"]

#: Temporary files of this module; no reader takes a name that begins with a dot for a users' file.
_TEMPORARY = re.compile(r"\..+\.fleet-[0-9a-f]{8}\.tmp")


class Workspace:
    """Texts of the users' files as they are after the edits so far; nothing is written."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[str, bytes | None] = {}
        self._texts: dict[str, str] = {}
        self._waiting: dict[str, list[Edit]] = {}

    def copy(self) -> Workspace:
        """Return another one that goes on from here."""
        other = Workspace(self._root)
        other._before, other._texts = dict(self._before), dict(self._texts)
        other._waiting = {name: list(edits) for name, edits in self._waiting.items()}
        return other

    @property
    def names(self) -> frozenset[str]:
        """The files that were looked at."""
        return frozenset({*self._texts, *self._waiting})

    def edit(self, name: str, *edits: Edit) -> None:
        """Have a file edited, together with what else is waiting for it."""
        self._waiting.setdefault(name, []).extend(edits)

    def text(self, name: str) -> str:
        """Return the text of a file after its edits; raises EditRefused or InvalidInput, and is as before then."""
        if name not in self._texts:
            self._texts[name] = self._opened(name)
        waiting = self._waiting.pop(name, [])
        if waiting:
            self._texts[name] = edited(self._texts[name], waiting, file=name)
        return self._texts[name]

    def put(self, name: str, text: str) -> None:
        """Have a file hold another text."""
        self._texts[name] = text

    def rewritten(self) -> tuple[Rewritten, ...]:
        """Return the files that are not as they were, by name."""
        texts = {name: self.text(name) for name in sorted(self.names)}
        files = (Rewritten(name, self._before[name], text.encode()) for name, text in texts.items())
        return tuple(file for file in files if file.before != file.after)

    def _opened(self, name: str) -> str:
        self._before[name] = content = _content(self._root, name)
        try:
            return (content or b"").decode()
        except UnicodeDecodeError as error:
            problem = Problem("this is not UTF-8", Place(name, 1, 1), "Save the file as UTF-8.")
            raise InvalidInput([problem]) from error


def write(root: Path, files: Sequence[Rewritten], *, may_move: bool = True) -> None:
    """Write files, each whole or not at all, with the owner and the mode it had; Ctrl-C waits until they are.

    Without `may_move` no service moves between the files, and their order does not matter. Raises EditRefused, with
    nothing written, where one of them was changed since it was read or cannot be written, or where another command is
    writing into the folder.
    """
    order = in_safe_order(files) if may_move else Order(tuple(files), ())
    try:
        with locked_folder(root), uninterrupted():
            _clear_stale(root, files)
            _write(root, order)
    except OSError as error:
        message = f"{error.filename or root}: this cannot be written: {error.strerror}; every file is as it was"
        raise EditRefused(message, hint="Look at the rights of the folder and at the space on the disk.") from error


class _Staged(NamedTuple):
    """A file whose new content lies beside it already."""

    file: Rewritten
    path: Path
    temporary: Path


def _write(root: Path, order: Order) -> None:
    staged: list[_Staged] = []
    try:
        for file in order.files:
            path = resolve_inside(root, file.name)
            _require_unchanged(root, file)
            _require_writable(path, file.name)
            staged.append(_Staged(file, path, _beside(path, file.after)))
        with _kept_aside(root, order.kept_aside):
            _replace(root, staged)
    finally:
        for each in staged:
            each.temporary.unlink(missing_ok=True)


def _replace(root: Path, staged: Sequence[_Staged]) -> None:
    """Put every new content in its place, in order; where one of them fails, every file is as it was."""
    for done, each in enumerate(staged):
        try:
            _require_unchanged(root, each.file)
            os.replace(each.temporary, each.path)
        except (EditRefused, OSError):
            _put_back(staged[:done])
            raise
        _flush_folder(each.path.parent)  # the next file may lose what this one gained


def _put_back(done: Sequence[_Staged]) -> None:
    """Undo what was written, the last first, so that a set of files is never written in part."""
    left: list[str] = []
    for each in reversed(done):
        try:
            if each.file.before is None:
                each.path.unlink(missing_ok=True)
            else:
                os.replace(_beside(each.path, each.file.before), each.path)
        except OSError:
            left.append(each.file.name)
    if left:
        message = f"writing failed, and {', '.join(sorted(left))} could not be put back: what is there is the edit"
        raise EditRefused(message, hint="Compare with version control: git diff")


@contextmanager
def _kept_aside(root: Path, files: Sequence[Rewritten]) -> Iterator[None]:
    """Keep the old content of files beside them for the time being, where readers find it too."""
    made: list[Path] = []
    try:
        for file in files:
            path = resolve_inside(root, _aside(file.name))
            if os.path.lexists(path):
                message = f"{_aside(file.name)} was left by an edit that was interrupted; nothing was written"
                raise EditRefused(message, hint=f"Compare it with {file.name}, and delete it.")
            temporary = _beside(path, file.before or b"")
            made.append(path)
            os.replace(temporary, path)
            _flush_folder(path.parent)
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def _aside(name: str) -> str:
    """Return the name under which the old content of a users' file is kept; it is a users' file too."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.interrupted-edit{dot}{suffix}"


def _content(root: Path, name: str) -> bytes | None:
    """Return what a file of the fleet holds, None where it is not there; raises EditRefused for an unsafe one."""
    try:
        return read_inside(root, name)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise EditRefused(f"{name} may not be read", hint="Look at the rights of the file.") from error
    except UnsafeFileError as error:
        message = f"{name} is not edited: {error.strerror}"
        raise EditRefused(message, hint="Put a regular file in its place.") from error


def _require_unchanged(root: Path, file: Rewritten) -> None:
    if _content(root, file.name) != file.before:
        message = f"{file.name} was changed meanwhile by somebody else; nothing was written"
        raise EditRefused(message, hint="Run the command again, on the file as it is now.")


def _require_writable(path: Path, name: str) -> None:
    if path.exists() and not os.access(path, os.W_OK):
        raise EditRefused(f"{name} may not be written to", hint="Look at the rights of the file.")


def _beside(path: Path, content: bytes) -> Path:
    """Write content to a temporary file beside `path`, on the disk, with the owner and the mode of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.stat() if path.exists() else None
    temporary = path.with_name(f".{path.name}.fleet-{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(handle, _with_owner_kept(handle, there) if there else 0o666 & ~_umask())
            os.fsync(handle)
    except BaseException:  # Ctrl-C too leaves nothing behind
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _with_owner_kept(handle: int, there: os.stat_result) -> int:
    """Give a new file the owner and the group of the one `there`, as far as that is allowed; return its mode.

    Where the group cannot be kept, the group it gets may do no more than everybody could.
    """
    mode, new = stat.S_IMODE(there.st_mode), os.fstat(handle)
    for owner, group in ((there.st_uid, there.st_gid), (-1, there.st_gid)):
        if (owner in (new.st_uid, -1)) and group == new.st_gid:
            return mode
        with suppress(PermissionError):
            os.fchown(handle, owner, group)
            return mode
    return mode & ~stat.S_IRWXG | mode & (mode & stat.S_IRWXO) << 3


def _clear_stale(root: Path, files: Sequence[Rewritten]) -> None:
    """Delete temporary files that a killed command left; whoever holds the lock knows that nobody uses them."""
    folders = {resolve_inside(root, file.name).parent for file in files}
    folders |= {Path(folder) for folder, _, _ in os.walk(resolve_inside(root, USERS))}  # links in it are not followed
    for folder in filter(Path.is_dir, folders):
        for path in folder.iterdir():
            if _TEMPORARY.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode):
                with suppress(OSError):  # another user's; it is in nobody's way
                    path.unlink()


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems know no such thing; the files themselves are on the disk
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
