"""The installed command in a terminal of a given width."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.e2e.conftest import FLEET


def on_terminal(root: Path, width: int, *arguments: str, **environment: str) -> str:
    """Run `fleet` beside the fleet's folder in a pseudo-terminal, and return what it shows there."""
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    around = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        [FLEET, *arguments],
        cwd=root.parent,
        stdout=follower,
        stderr=subprocess.DEVNULL,
        env={**around, "NO_COLOR": "1", **environment},
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
    process.wait(30)
    os.close(leader)
    return seen.decode().replace("\r\n", "\n")
