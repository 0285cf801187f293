"""A PostgreSQL server of the tests' own, started from the system's binaries; skipped loudly where there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.e2e.test_served import free_port

_MISSING = (
    "NOT TESTED on PostgreSQL: there is no initdb on this machine, on the PATH or in /usr/lib/postgresql; "
    "install the package 'postgresql'"
)


@dataclass(slots=True)
class Server:
    """A server in a folder; it can be stopped and started again."""

    folder: Path
    binaries: Path
    port: int

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self) -> None:
        """Stop it at once, as a machine does that goes away."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://fleet@127.0.0.1:{self.port}/{database}"

    def fresh(self, name: str) -> str:
        """Make an empty database and return its address."""
        address = f"host=127.0.0.1 port={self.port} user=fleet dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}"')
            connection.execute(f'create database "{name}"')
        return self.url(name)

    def _run(self, name: str, *arguments: str) -> None:
        user = _stranger() if os.geteuid() == 0 else None
        command = [str(self.binaries / name), *arguments]
        done = subprocess.run(
            command, user=user, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def server() -> Iterator[Server]:
    """Run a server until the block ends; skips the test where there are no binaries."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip(_MISSING)
    with tempfile.TemporaryDirectory(prefix="fleet-postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _stranger())
        made = Server(folder, binaries, free_port())
        made._run("initdb", "-D", str(folder / "data"), "-U", "fleet", "-A", "trust", "-E", "UTF8", "--no-sync")
        made.start()
        try:
            yield made
        finally:
            made.stop()


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return kept[-1].parent if kept else None


def _stranger() -> str:
    """Return a user that may run a server, which root may not."""
    import pwd

    return next(name for name in ("postgres", "nobody") if any(each.pw_name == name for each in pwd.getpwall()))
