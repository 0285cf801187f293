"""Plan one edited user of a large fleet with --changed-since, and the whole fleet, in turn; print seconds and ratio.

`python -m tests.bench.changed [USERS]`: 80,000 users have about 100,000 services. The operator is the sandbox over
loopback HTTP, the wall that of the whole process. Measure on a quiet machine, or with: chrt -r 10 python -m …
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.__main__ import FLEET, write_fleet

USERS, PORT, TIMES = 80_000, 8790, 3
_GIT = ["git", "-c", "user.email=dev@brouwerij.example", "-c", "user.name=Dev", "-C"]


def main(users: int) -> None:
    """Seed, serve, edit one user, and measure both plans."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "fleet"
        count = write_fleet(root, users)
        with subprocess.Popen([FLEET, "sandbox", "serve", "-C", root, "--port", str(PORT), "-q"]) as server:
            try:
                _await_server()
                _edit_one_user(root)
                changed = [_seconds("plan", "-C", str(root), "--changed-since", "HEAD") for _ in range(TIMES)]
                whole = _seconds("plan", "-C", str(root))
            finally:
                server.send_signal(signal.SIGINT)
    middle = sorted(changed)[TIMES // 2]
    print(f"{count:,} services: one changed user {middle:.2f} s, the whole {whole:.2f} s: {whole / middle:.0f} to 1")  # noqa: T201


def _edit_one_user(root: Path) -> None:
    """Commit the fleet as one of the server's, and change one bundle."""
    settings, first = root / "fleet.yaml", min((root / "users").iterdir())
    settings.write_text(settings.read_text().replace("type: sandbox", f"type: tmf, url: 'http://127.0.0.1:{PORT}'"))
    for arguments in (["init", "-q"], ["add", "fleet.yaml", "users"], ["commit", "-qm", "as it was"]):
        subprocess.run([*_GIT, str(root), *arguments], check=True)
    first.write_text(first.read_text().replace("bundle: mobile-25", "bundle: mobile-10", 1))


def _await_server() -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the sandbox did not begin to serve")


def _seconds(*arguments: str) -> float:
    began = time.perf_counter()
    ran = subprocess.run([FLEET, *arguments], stdout=subprocess.DEVNULL, check=False)
    assert ran.returncode in (0, 3), "the plan failed"
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else USERS)
