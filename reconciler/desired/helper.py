"""A process that reads files into rows for another: contents in at its standard input, packed rows out.

It is a Python of its own that imports what the present one would, and nothing from the folder it is started in, where
anybody's files may lie; it ends when its input does, whatever became of whoever started it.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Final

import msgspec

from reconciler.desired.row_reader import RowReader
from reconciler.desired.rows import packed
from reconciler.signals import uninterrupted

#: What every message begins with, before its length: nothing that is printed by accident is taken for one.
_MARK: Final = b"rows"
_LENGTH = 4
_START = "import sys; sys.path[:] = sys.argv[2:]; from reconciler.desired.helper import serve; serve()"
_contents = msgspec.msgpack.Decoder(list[bytes]).decode
_rows = msgspec.msgpack.Decoder(list[bytes | None]).decode


class HelperGone(Exception):
    """The process ended, or says what makes no sense; what it was given has to be read by somebody else."""


class Helper:
    """A process that reads files, and the thread that talks to it."""

    def __init__(self, *, fast: bool) -> None:
        """Start it; raises OSError where there can be none."""
        road = "fast" if fast else "plain"
        with uninterrupted():  # it leaves Ctrl-C to this process
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _START, road, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        self._thread = ThreadPoolExecutor(1, "helper")
        self._given: list[Future[list[bytes | None]]] = []

    @property
    def waiting(self) -> int:
        """How much of what it was given it has not finished."""
        self._given = [future for future in self._given if not future.done()]
        return len(self._given)

    def give(self, contents: list[bytes]) -> Future[list[bytes | None]]:
        """Have it read files; what comes is the packed rows of each, or HelperGone."""
        with uninterrupted():  # nor does the thread take it
            future = self._thread.submit(self._exchanged, contents)
        self._given.append(future)
        return future

    def end(self) -> None:
        """End it, with whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._thread.shutdown(cancel_futures=True)
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _exchanged(self, contents: list[bytes]) -> list[bytes | None]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            _send(self._process.stdin, msgspec.msgpack.encode(contents))
            answer = _received(self._process.stdout)
            rows = _rows(answer or b"")
        except (OSError, ValueError) as error:
            raise HelperGone from error
        if len(rows) != len(contents):
            raise HelperGone
        return rows


def serve() -> None:
    """Answer until there is nothing more to read; runs in the helper."""
    gc.disable()
    reader = RowReader(fast=sys.argv[1] == "fast")
    while (asked := _received(sys.stdin.buffer)) is not None:
        found = (reader.rows(content) for content in _contents(asked))
        _send(sys.stdout.buffer, msgspec.msgpack.encode([None if rows is None else packed(rows) for rows in found]))


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_MARK + len(message).to_bytes(_LENGTH, "big"))
    pipe.write(message)
    pipe.flush()


def _received(pipe: IO[bytes]) -> bytes | None:
    """Return the next message; None at the end, and where something else comes."""
    head = pipe.read(len(_MARK) + _LENGTH)
    if not head.startswith(_MARK) or len(head) != len(_MARK) + _LENGTH:
        return None
    length = int.from_bytes(head[len(_MARK) :], "big")
    message = pipe.read(length)
    return message if len(message) == length else None
