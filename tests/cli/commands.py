"""Commands as the command line runs them, in this process, in a folder of their own."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.cli.app import run


class Said(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def command(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> Said:
    """Run a command on the fleet in `root`."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        code = run([arguments[0], "-C", str(root), *arguments[1:]])
    finally:
        signal.signal(signal.SIGTERM, handler)
    return Said(code, *capsys.readouterr())
