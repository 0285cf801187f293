"""A journal in a file of SQLite: waits for its lock within bounds, says who holds it, and reads it where nobody writes.

SQLite's own waiting hears no signal, so it waits a moment only and is asked again.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from reconciler.files import claim_database, make_private_folder

#: A journal that is forgotten with the process.
MEMORY = "sqlite:///:memory:"
#: Seconds that SQLite waits by itself; meanwhile no signal is heard.
_GLANCE = 0.1
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNWRITABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
_PROC = Path("/proc")


def memory_engine() -> Engine:
    """Return an engine for a database in memory, which all its connections share."""
    engine = create_engine(MEMORY, poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", lambda driver, _: _prepare(driver, 0))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def file_engine(path: Path, seconds: float) -> Engine:
    """Return an engine for a file, made where there is none, whose lock is waited for so many seconds.

    Every commit reaches the disk. The write lock is taken at once: two that read first and write then would refuse
    each other. Raises OSError where its folder cannot be made or written to.
    """
    make_private_folder(path.parent)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OSError(errno.EROFS, "it is read-only", str(path.parent))
    claim_database(path)
    connecting = {"timeout": _GLANCE, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{path}", connect_args=connecting)
    event.listen(engine, "connect", lambda driver, _: _prepare(driver, seconds))

    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        _patiently(lambda: driver.execute("BEGIN IMMEDIATE"), seconds)

    event.listen(engine, "begin", begin)
    return engine


def reading_engine(path: Path, seconds: float) -> Engine:
    """Return an engine that only reads a file, where nothing can be written too; sqlite3.Error where it cannot."""
    driver = _opened_to_read(path, seconds)
    return create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)


def is_locked(error: BaseException | None) -> bool:
    """Tell whether a file was not to be had because somebody else has its lock."""
    return isinstance(error, sqlite3.OperationalError) and _kind(error) in _LOCKED


def holder_of(path: Path) -> str:
    """Say who has the lock of a file, as far as the system tells.

    The file itself is not opened for that: closing it again would give up the locks that this process has on it.
    """
    inodes = set()
    for name in (path, Path(f"{path}-shm")):
        with suppress(OSError):
            inodes.add(str(name.stat().st_ino))
    for line in _lines(_PROC / "locks"):
        words = line.replace("-> ", "").split()
        if len(words) >= 6 and words[3] == "WRITE" and words[5].rpartition(":")[2] in inodes and words[4] > "0":
            return f"process {words[4]}{_described(words[4])}"
    return "another process"


def _described(process: str) -> str:
    """Return how a process was called, and whether it stands still; nothing where the system does not tell."""
    with suppress(OSError):
        command = (_PROC / process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        state = (_PROC / process / "stat").read_text().rpartition(")")[2].split()[0]
        return f" ({command[:100]}{'; it is stopped' if state in 'tT' else ''})"
    return ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _prepare(driver: sqlite3.Connection, seconds: float) -> None:
    """Leave transactions to the engine, and have every commit reach the disk."""
    driver.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        _patiently(partial(driver.execute, f"PRAGMA {pragma}"), seconds)


def _patiently(work: Callable[[], object], seconds: float) -> None:
    """Do `work`, again as long as somebody else has the lock, for so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            work()
        except sqlite3.OperationalError as error:
            if _kind(error) not in _LOCKED or time.monotonic() >= end:
                raise
            time.sleep(_GLANCE / 10)
        else:
            return


def _opened_to_read(path: Path, seconds: float) -> sqlite3.Connection:
    driver = _connected(path, "mode=ro")
    try:
        _patiently(lambda: driver.execute("SELECT count(*) FROM sqlite_master").fetchone(), seconds)
    except sqlite3.OperationalError as error:
        driver.close()
        if _kind(error) not in _UNWRITABLE or not path.is_file():
            raise
        return _read_aside(path)
    return driver


def _read_aside(path: Path) -> sqlite3.Connection:
    """Open a file beside which SQLite can put nothing: as it lies there, or a copy with what its log has besides."""
    log = Path(f"{path}-wal")
    if not log.is_file() or not log.stat().st_size:
        return _connected(path, "mode=ro&immutable=1")
    with tempfile.TemporaryDirectory(prefix="fleet-journal-") as folder:
        copy = Path(folder, "journal.db")
        shutil.copyfile(path, copy)
        shutil.copyfile(log, f"{copy}-wal")
        with_log = sqlite3.connect(copy)
        driver = sqlite3.connect(":memory:", check_same_thread=False)
        with_log.backup(driver)
        with_log.close()
    return driver


def _connected(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=_GLANCE, check_same_thread=False)


def _kind(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
