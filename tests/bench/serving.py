"""Serve an operator over loopback HTTP while something is measured; it is ended by its id, whatever happens."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measuring import FLEET

LATENCY = "20ms"


def free_port() -> int:
    """Return a port of this machine nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(root: Path, latency: str = LATENCY) -> Iterator[str]:
    """Serve a fleet's sandbox, every answer as late as that, and yield its address."""
    port = free_port()
    command = [FLEET, "sandbox", "serve", "-q", "-C", str(root), "--port", str(port), "--latency", latency]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the sandbox did not begin to serve")
