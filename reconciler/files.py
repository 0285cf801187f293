"""Open files where somebody else may have put a trap: links that lead out of a folder, pipes, devices, endless files.

The folder of a fleet is filled by whoever proposes a change, so nothing outside of it is read or written through it.
A name is first followed to the file it means, link by link, and that has to lie in the folder; it is then opened
without following any link, and has to be a regular file. Files that hold personal data or secrets are their owner's
alone from their first byte.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: A users' file of a million services has about 200 MB in one piece; nobody reviews one of a third of that.
LARGEST_FILE = 64 * 1024 * 1024
OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700
#: Git's own folder belongs to the user and may hold tokens; a commit cannot contain one.
_NOT_OURS = frozenset({".git"})
_PIECE = 1024 * 1024


class UnsafeFileError(OSError):
    """A file that is not opened because of what it is or where it lies; `strerror` says so in words."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(errno.EPERM, reason, str(path))


def resolve_inside(root: Path, name: str | Path) -> Path:
    """Return the real path of `name` in the folder `root`; it need not exist.

    Raises UnsafeFileError where it or a link on the way leads out of the folder, or into git's own.
    """
    top = Path(os.path.realpath(root))
    path = root / name
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(top):
        raise UnsafeFileError(f"it leads out of the folder '{root}'", path)
    if any(part.lower() in _NOT_OURS for part in real.relative_to(top).parts):
        raise UnsafeFileError("it leads into git's own folder", path)
    return real


def read_inside(root: Path, name: str | Path, *, limit: int = LARGEST_FILE) -> bytes:
    """Return what a regular file of the folder `root` holds.

    Raises UnsafeFileError where it is none, leads out of the folder or has more than `limit` bytes; OSError where it
    is not there or cannot be read.
    """
    return read_regular(resolve_inside(root, name), limit=limit)


def read_text_inside(root: Path, name: str | Path, *, limit: int = LARGEST_FILE) -> str:
    """Return the text of a UTF-8 file as `read_inside` does; UnicodeDecodeError where it is not UTF-8."""
    return read_inside(root, name, limit=limit).decode("utf-8-sig")


def is_file_inside(root: Path, name: str | Path) -> bool:
    """Tell whether a name is that of a regular file of the folder `root`, by links that stay in it or none."""
    try:
        return stat.S_ISREG(os.lstat(resolve_inside(root, name)).st_mode)
    except (OSError, ValueError):
        return False


def read_regular(path: Path, *, limit: int = LARGEST_FILE) -> bytes:
    """Return what a regular file holds; the last part of `path` may be no link. Raises as `read_inside` does."""
    handle = open_regular(path)
    with os.fdopen(handle, "rb") as file:
        pieces, size = [], 0
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise UnsafeFileError(f"it has more than {limit // (1024 * 1024)} MiB", path)
            pieces.append(piece)
        return b"".join(pieces)


def open_regular(path: Path) -> int:
    """Return a descriptor of a regular file opened for reading; raises UnsafeFileError where it is anything else.

    A pipe without a writer and a device are not waited for.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnsafeFileError("it is a link", path) from error
        if error.errno == errno.ENXIO:
            raise UnsafeFileError("it is not a regular file", path) from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnsafeFileError("it is not a regular file", path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def write_inside(root: Path, name: str | Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file of the folder `root`, whole or not at all, through no link that leads out of it.

    A file that is there keeps its mode; a new one gets `mode`, less the process's umask.
    """
    write_whole(resolve_inside(root, name), content, mode=mode)


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file whole or not at all: beside it first, exclusively, then in its place.

    The folder has to be there. A regular file that is there keeps its mode; anything else is not written through.
    """
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        there = None
    if there is not None and not stat.S_ISREG(there.st_mode):
        raise UnsafeFileError("it is not a regular file", path)
    with _temporary(path, mode) as (handle, made):
        if there is not None and mode != OWNER_ONLY:
            os.fchmod(handle, stat.S_IMODE(there.st_mode))
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, from its first byte, whole or not at all, whatever was there."""
    write_whole(path, content, mode=OWNER_ONLY)


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, that its owner alone may enter; one that is there stays."""
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        each.mkdir(mode=OWNER_FOLDER, exist_ok=True)
    if not path.is_dir():
        raise UnsafeFileError("it is not a folder", path)


@contextmanager
def _temporary(path: Path, mode: int) -> Iterator[tuple[int, Path]]:
    """Give a new file beside `path`, opened for writing; it is taken away unless it was moved."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        yield handle, made
    finally:
        made.unlink(missing_ok=True)
