"""The installed command in a terminal of a given width, watched or answered question by question."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.e2e.conftest import FLEET

CTRL_C, CTRL_U = "\x03", "\x15"
_PATIENCE = 20
#: One process that runs one command line after the other, as a shell does, without starting Python for each.
_SHELL = """
import shlex
from reconciler.cli.app import run
while True:
    code = run(shlex.split(input("$ "))[1:])
    print(f"[left with {code}]")
"""


def on_terminal(root: Path, width: int, *arguments: str, **environment: str) -> str:
    """Run `fleet` beside the fleet's folder in a pseudo-terminal, and return what it shows there."""
    leader, follower = _opened(width)
    process = subprocess.Popen(
        [FLEET, *arguments], cwd=root.parent, stdout=follower, stderr=subprocess.DEVNULL, env=_around(environment)
    )
    os.close(follower)
    seen = bytearray()
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    process.wait(_PATIENCE)
    os.close(leader)
    return seen.decode().replace("\r\n", "\n")


class Terminal:
    """A command on a terminal of its own; by default `fleet`."""

    def __init__(
        self, root: Path, *arguments: str, command: Sequence[str] = (FLEET,), width: int = 100, **environment: str
    ) -> None:
        self._end, other = _opened(width)
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=root.parent,
            stdin=other,
            stdout=other,
            stderr=other,
            env=_around(environment),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)
        self.shown = ""
        self._answered = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the terminal away, as closing its window does."""
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, and answer it."""
        self.await_text(question)
        os.write(self._end, text.encode())

    def await_text(self, text: str) -> str:
        """Wait for a text, and return what was shown since the last one, and it."""
        ends = time.monotonic() + _PATIENCE
        while text not in self.shown[self._answered :]:
            assert time.monotonic() < ends, f"waiting for {text!r}: {self.shown}"
            self._read()
        begins = self._answered
        self._answered = self.shown.index(text, begins) + len(text)
        return self.shown[begins : self._answered]

    def ended(self) -> int:
        """Return the exit code, once it has ended."""
        ends = time.monotonic() + _PATIENCE
        while self.process.poll() is None and time.monotonic() < ends:
            self._read()
        self._read()
        return self.process.wait(timeout=1)

    def _read(self) -> None:
        if select.select([self._end], [], [], 0.1)[0]:
            try:
                self.shown += os.read(self._end, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:
                return


class Session(Terminal):
    """Somebody who types one command after the other, and answers what each asks."""

    def __init__(self, root: Path, width: int = 100) -> None:
        super().__init__(root, command=(sys.executable, "-c", _SHELL), width=width)

    def types(self, line: str, *answers: tuple[str, str], code: int = 0) -> str:
        """Type a command line, answer its questions, and return what was shown until it left with `code`."""
        self.answer("$ ", f"{line}\n")
        begins = self._answered
        for question, text in answers:
            self.answer(question, text)
        self.await_text(f"[left with {code}]")
        return self.shown[begins : self._answered]


def _opened(width: int) -> tuple[int, int]:
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    return leader, follower


def _around(environment: dict[str, str]) -> dict[str, str]:
    around = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "CI")}
    return {**around, "NO_COLOR": "1", **environment}
