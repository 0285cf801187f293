"""Keep two commands from writing into one folder at the same time.

The lock lies on the folder itself and ends with the process: there is no file of it that could be left behind, or that
somebody else could put there.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import EditRefused

try:
    import fcntl
except ImportError:  # where the system has no such locks, what was changed meanwhile is still noticed
    fcntl = None  # type: ignore[assignment]

#: Writing a thousand files takes about a second; whoever takes ten times as long is stuck.
PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
#: What file systems without such locks answer (some network file systems).
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EBADF, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


@contextmanager
def locked_folder(folder: Path, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is not there.

    Raises EditRefused where another command holds it for longer than `patience` seconds, OSError where the folder
    cannot be opened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(handle, folder, patience)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                message = (
                    f"another command has been writing into '{folder}' for {patience:g} seconds; nothing was written"
                )
                raise EditRefused(message, hint="Wait until it is done, or end it, and run this again.") from error
            time.sleep(_PAUSE_SECONDS)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return
            raise
        else:
            return
