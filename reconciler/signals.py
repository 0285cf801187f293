"""Hold Ctrl-C off for a moment, where the system can; and end on SIGTERM, whatever is being waited for."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

_TERMINATED = 143
_STDERR = 2


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait: what is half written would be left behind, and processes begun here would die of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_on_sigterm(seconds: float) -> None:
    """Have SIGTERM end this process as an exit does, and at the latest after so many seconds.

    An exit waits for threads, and a thread may wait for a database or a name server that never answers. Nor does Python
    hear a signal while the main thread is in a library's waiting: so another thread is told of it, too.
    """

    def terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
        end_within(seconds, _TERMINATED)
        raise SystemExit(_TERMINATED)

    signal.signal(signal.SIGTERM, terminate)
    signal.set_wakeup_fd(_listener(seconds), warn_on_full_buffer=False)


@functools.cache
def _listener(seconds: float) -> int:
    """Return where the numbers of signals are to be written, to be heard by a thread of its own; one a process."""
    heard, told = os.pipe()
    os.set_blocking(told, False)
    threading.Thread(target=_listen, args=(heard, seconds), name="signals", daemon=True).start()
    return told


def _listen(heard: int, seconds: float) -> None:
    """End this process in time once SIGTERM has come; each signal is a byte with its number."""
    while numbers := os.read(heard, 64):
        if signal.SIGTERM in numbers:
            end_within(seconds, _TERMINATED)
            return


def end_within(seconds: float, code: int, words: str = "") -> None:
    """End this process with `code` after so many seconds, if it is still there then, with last words on stderr."""
    timer = threading.Timer(seconds, _end, (code, words))
    timer.daemon = True
    timer.start()


def _end(code: int, words: str) -> None:
    if words:
        with suppress(OSError):
            os.write(_STDERR, f"{words}\n".encode())
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # one that cannot be written any more is no reason to stay
            stream.flush()
    os._exit(code)
