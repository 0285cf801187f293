"""Open files where somebody else may have put a trap: links that lead out of a folder, pipes, devices, endless files.

The folder of a fleet is filled by whoever proposes a change, so nothing outside of it is read or written through it.
A name is first followed to the file it means, link by link, and that has to lie in the folder; it is then opened
without following any link, and has to be a regular file. Files that hold personal data or secrets are their owner's
alone from their first byte.

A path that the user names on the command line is the user's own: links in it are followed wherever they lead. Such a
file only has to be a regular one of a sensible size, so that no command waits for a pipe or reads `/dev/zero`.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

_MIB: Final = 1024 * 1024
#: A users' file of a million services has about 200 MB in one piece; nobody reviews one of a third of that.
LARGEST_FILE: Final = 64 * _MIB
#: Settings, a catalogue, the steps of a portal, signers, an approval: none of them has a hundredth of this.
LARGEST_SETTINGS: Final = 8 * _MIB
#: Live of a million services has 0.4 GB as JSON, and a plan with an action for each of them 1.7.
LARGEST_DOCUMENT: Final = 2048 * _MIB
OWNER_ONLY: Final = 0o600
OWNER_FOLDER: Final = 0o700
#: Git's own folder belongs to the user and may hold tokens; a commit cannot contain one.
_GIT = ".git"
_NOT_REGULAR = "it is not a regular file"


class UnsafeFileError(OSError):
    """A file that is not opened because of what it is or where it lies; `strerror` says so in words."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(errno.EPERM, reason, str(path))


def resolve_inside(root: Path, name: str | Path) -> Path:
    """Return the real path of `name` in the folder `root`; it need not exist.

    Raises UnsafeFileError where it or a link on the way leads out of the folder, or into git's own; or where the name
    cannot be one of a file.
    """
    path = root / name
    try:
        top, real = Path(os.path.realpath(root)), Path(os.path.realpath(path))
    except ValueError as error:  # a NUL, or half of a letter
        raise UnsafeFileError("no file can have this name", Path(_told(path))) from error
    if not real.is_relative_to(top):
        raise UnsafeFileError(f"it leads out of the folder '{root}'", path)
    if any(part.lower() == _GIT for part in real.relative_to(top).parts):
        raise UnsafeFileError("it leads into git's own folder", path)
    return real


def require_own_folder(folder: Path) -> None:
    """Raise UnsafeFileError where a folder of a git work tree is a link that leads out of it, or into git's own.

    A branch can commit such a link under the name of the fleet's folder, or of the one that reports are left in.
    """
    try:
        real = Path(os.path.realpath(folder))
        above = Path(os.path.abspath(folder)).parents
        tops = [Path(os.path.realpath(each)) for each in above if os.path.lexists(each / _GIT)]
    except ValueError as error:
        raise UnsafeFileError("no folder can have this name", Path(_told(folder))) from error
    for top in tops:
        if not real.is_relative_to(top):
            raise UnsafeFileError(f"it leads out of the work tree '{top}'", folder)
        if any(part.lower() == _GIT for part in real.relative_to(top).parts):
            raise UnsafeFileError("it leads into git's own folder", folder)


class Folder:
    """A folder that others fill, whose files are read one after the other; its own folders are followed once each."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real: dict[str, Path] = {}

    def read(self, name: str, *, limit: int = LARGEST_FILE) -> bytes:
        """Return what a regular file of the folder holds; raises as `read_inside` does."""
        folder, _, last = name.rpartition("/")
        if folder not in self._real:
            self._real[folder] = resolve_inside(self._root, folder)
        if last.lower() != _GIT and last not in ("", ".", ".."):
            try:
                return read_regular(self._real[folder] / last, limit=limit)
            except UnsafeFileError as error:
                if not os.path.islink(str(error.filename)):
                    raise
        return read_inside(self._root, name, limit=limit)


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


def files_below(root: Path, folder: str) -> Iterator[Path]:
    """Yield everything below a folder of `root`, in no order; one that is not there has nothing.

    A link is yielded and not entered. Raises UnsafeFileError where the folder itself leads out, OSError where it or
    one below it cannot be listed: what is not seen must not pass for what is not there.
    """
    top = root / folder
    if not os.path.lexists(top):
        return
    resolve_inside(root, folder)
    if not top.is_dir():
        raise UnsafeFileError("it is not a folder", top)
    for here, folders, names in os.walk(top, onerror=_raise):
        yield from (Path(here, each) for each in (*names, *folders))


def _raise(error: OSError) -> None:
    raise error


def read_given(path: Path, *, limit: int) -> bytes:
    """Return what the regular file holds that the user named, through whatever links.

    Raises UnsafeFileError where it is none or has more than `limit` bytes, OSError where it cannot be read.
    """
    with open_given(path) as file:
        return _content(file, path, limit)


def open_given(path: Path) -> BinaryIO:
    """Open a regular file that the user named for reading, through whatever links; raises as `read_given` does."""
    return cast(BinaryIO, os.fdopen(open_regular(path, follow=True), "rb"))


def read_regular(path: Path, *, limit: int = LARGEST_FILE) -> bytes:
    """Return what a regular file holds; the last part of `path` may be no link. Raises as `read_inside` does."""
    with os.fdopen(open_regular(path), "rb") as file:
        return _content(file, path, limit)


def _content(file: BinaryIO, path: Path, limit: int) -> bytes:
    """Return what is in an open file; UnsafeFileError for more than `limit` bytes, also where it grows meanwhile."""
    content = file.read(limit + 1) if os.fstat(file.fileno()).st_size <= limit else None
    if content is None or len(content) > limit:
        raise UnsafeFileError(f"it has more than {limit // _MIB} MiB", path)
    return content


def open_regular(path: Path, *, follow: bool = False) -> int:
    """Return a descriptor of a regular file opened for reading; raises UnsafeFileError where it is anything else.

    A pipe without a writer and a device are not waited for.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    except ValueError as error:
        raise UnsafeFileError("no file can have this name", Path(_told(path))) from error
    except OSError as error:
        if error.errno == errno.ELOOP and not follow:
            raise UnsafeFileError("it is a link", path) from error
        if error.errno == errno.ENXIO:
            raise UnsafeFileError(_NOT_REGULAR, path) from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnsafeFileError(_NOT_REGULAR, path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def write_inside(root: Path, name: str | Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file of the folder `root`, whole or not at all, through no link that leads out of it.

    A file that is there keeps its mode; a new one gets `mode`, less the process's umask.
    """
    write_whole(resolve_inside(root, name), content, mode=mode)


def write_given(path: Path, content: bytes) -> None:
    """Write the file that the user named, its owner's alone and whole or not at all; through whatever links.

    What is there and no regular file, like `/dev/stdout`, is written to as it is. Raises UnsafeFileError for a pipe
    that nobody reads, since it would be waited for.
    """
    real = Path(os.path.realpath(path))
    try:
        is_regular = stat.S_ISREG(os.stat(real).st_mode)
    except FileNotFoundError:
        is_regular = True
    if is_regular:
        write_private(real, content)
        return
    with _naming(path), os.fdopen(_open_read_by_somebody(path), "wb") as file:
        file.write(content)


def _open_read_by_somebody(path: Path) -> int:
    """Return a descriptor for writing to a device, or to a pipe that somebody has open for reading."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise UnsafeFileError("nobody reads from it", path) from error
        raise
    os.set_blocking(handle, True)  # a reader that is slow is waited for
    return handle


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file whole or not at all: beside it first, exclusively, then in its place.

    The folder has to be there. A regular file that is there keeps its mode; anything else is not written through.
    """
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        there = None
    if there is not None and not stat.S_ISREG(there.st_mode):
        raise UnsafeFileError(_NOT_REGULAR, path)
    with _temporary(path, mode) as (handle, made):
        with os.fdopen(handle, "wb") as file:
            if there is not None and mode != OWNER_ONLY:
                os.fchmod(handle, stat.S_IMODE(there.st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, from its first byte, whole or not at all, whatever was there."""
    write_whole(path, content, mode=OWNER_ONLY)


def claim_private(path: Path, *, make: bool = True) -> None:
    """Have a file that something else will open, as a database does, be its owner's alone; made where it is missing.

    One that is there is looked at and not opened: to close it again would end the locks that this process has on it.
    Raises UnsafeFileError where a link or something else than a regular file is there.
    """
    if make:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY))
    try:
        about = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(about.st_mode):
        raise UnsafeFileError(_NOT_REGULAR, path)
    if stat.S_IMODE(about.st_mode) & 0o077 and about.st_uid == os.geteuid():
        with suppress(OSError):  # a disk that is only read keeps its modes
            os.chmod(path, OWNER_ONLY)


def claim_database(path: Path) -> None:
    """Have a file of SQLite's be there and its owner's alone, as are those that it keeps beside it.

    Raises UnsafeFileError where one of them is a link: SQLite would follow it.
    """
    for suffix in ("", "-wal", "-shm", "-journal"):
        claim_private(path.with_name(f"{path.name}{suffix}"), make=not suffix)


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, that its owner alone may enter; one that is there stays."""
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        each.mkdir(mode=OWNER_FOLDER, exist_ok=True)
    if not path.is_dir():
        raise UnsafeFileError("it is not a folder", path)


def make_folder_inside(root: Path, name: str | Path) -> Path:
    """Make a private folder below `root` where it is missing; return its real path. Raises as `resolve_inside` does."""
    real = resolve_inside(root, name)
    make_private_folder(real)
    return real


@contextmanager
def _temporary(path: Path, mode: int) -> Iterator[tuple[int, Path]]:
    """Give a new file beside `path`, opened for writing; it is taken away unless it was moved."""
    made = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.tmp")
    with _naming(path):
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            yield handle, made
        finally:
            made.unlink(missing_ok=True)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Have an error name the file that is wanted: a full disk names none, and what lies beside it nobody knows."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _told(path: Path) -> str:
    """Return a path as it can be told: what no file system can hold is written out."""
    return str(path).replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
