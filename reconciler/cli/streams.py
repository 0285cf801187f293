"""stdout and stderr that take what they can: a reader that went away or a full disk ends no command half-way.

What an apply came to has to be told on one of the two, and its exit code is its own. So nothing that is written raises;
what could not be written is known afterwards.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD = 2


class _Kept(io.RawIOBase):
    """Writes to a descriptor of somebody else's; from the first failure on it writes nothing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.lost: OSError | None = None

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        size = memoryview(data).nbytes
        if self.lost is not None:
            return size
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            select.select([], [self._descriptor], [])
            return 0
        except OSError as error:
            self.lost = error
            return size


def open_standard_streams() -> None:
    """Have something open where stdin, stdout and stderr should be: the next file opened would take their place."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > _STANDARD:
            os.close(descriptor)
            return
        os.set_inheritable(descriptor, True)


@contextmanager
def kept_streams() -> Iterator[None]:
    """Have stdout and stderr take what they can until the block ends; one that is closed takes nothing."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _kept(sys.stdout), _kept(sys.stderr)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        sys.stdout, sys.stderr = before


def lost(stream: TextIO) -> OSError | None:
    """Return why a stream of ours could not be written to the end; None where it could."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.lost if isinstance(raw, _Kept) else None


def is_gone(error: OSError | None) -> bool:
    """Tell whether nobody reads any more, as after `| head`, which whoever called wanted so."""
    return error is not None and error.errno == errno.EPIPE


def _kept(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # it is this process's stdout from now on
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    try:
        descriptor = stream.fileno()
        stream.flush()
    except (OSError, ValueError):
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_Kept(descriptor)),
        encoding=stream.encoding,
        errors="backslashreplace",  # a terminal that knows few letters shows others by their number
        line_buffering=stream.line_buffering,
    )
