"""Open the journal's database, bring its tables up to date, and keep its transactions short and serial.

SQLite in WAL mode with every commit on the disk before a call is made; PostgreSQL with the same statements. What
workers ask for at the same time is committed together, in a thread: reaching the disk costs each of them little and
holds up nobody's calls. Whatever the database refuses becomes a `JournalError`, which ends the run before anything is
sent without a record.
"""

from __future__ import annotations

import asyncio
import glob
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Table, func, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from reconciler import __version__
from reconciler.applying.journal.address import parse_address, shown
from reconciler.applying.journal.schema import metadata, runs
from reconciler.applying.journal.server import Server, busy_with
from reconciler.applying.journal.sqlite_file import (
    MEMORY as MEMORY,
)
from reconciler.applying.journal.sqlite_file import (
    file_engine,
    holder_of,
    is_locked,
    memory_engine,
    reading_engine,
)
from reconciler.errors import JournalError

_Result = TypeVar("_Result")
#: What is done in a transaction, with the time all workers share.
Work: TypeAlias = Callable[[Connection, datetime], _Result]
#: The newest migration; a database that says so needs no alembic.
HEAD = "0001"
#: How many seconds the database may take for anything, unless `journal.timeout` says otherwise.
SECONDS = 20.0
_PLACE = "Set FLEET_STATE_DIR to a folder of your own that can be written, or name another place in journal.path."
_HINT = "Nothing is ordered without a record. Once it can be written again: fleet apply --resume."
_NAMED = "the environment variable that journal.url_env names"


class Database:
    """The journal's database at a URL; transactions are serial per process, and each ends within `seconds`."""

    def __init__(self, engine: Engine, name: str, *, seconds: float = SECONDS, server: Server | None = None) -> None:
        self._engine = engine
        self._name = name
        self._seconds = seconds
        self._server = server
        self._turn = threading.Lock()
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, url: str, *, seconds: float = SECONDS) -> Database:
        """Open the journal at `url`, made and migrated where needed; JournalError where that cannot be."""
        database = cls._at(url, seconds)
        try:
            database._migrate()
        except JournalError:
            database.close()
            raise
        return database

    @classmethod
    def reading(cls, url: str, *, seconds: float = SECONDS) -> Database:
        """Open the journal at `url` to read it: nothing is made, and nothing has to be writable.

        There is nothing in it where there is none yet. JournalError where it cannot be read.
        """
        path = _file_of(url)
        if path is None:
            database = cls._at(url, seconds)
        elif not path.exists():
            database = cls._forgotten()
        else:
            database = cls._reading_file(path, seconds)
        try:
            known = database._read_version()
            if known not in (None, HEAD):
                raise database._later(known)
        except JournalError:
            database.close()
            raise
        if known is None:
            database.close()
            return cls._forgotten()
        return database

    @classmethod
    def _at(cls, url: str, seconds: float) -> Database:
        if url == MEMORY:
            return cls(memory_engine(), ":memory:")
        path = _file_of(url)
        if path is not None:
            try:
                return cls(file_engine(path, seconds), str(path), seconds=seconds)
            except OSError as error:
                what = f"journal {path}" if error.filename == str(path) else f"state folder {path.parent}"
                raise JournalError(f"the {what} cannot be used: {error.strerror}", hint=_PLACE) from error
        address = parse_address(url, _NAMED)
        try:
            server = Server(address, seconds)
        except (NoSuchModuleError, ImportError) as error:
            raise JournalError(f"the journal {shown(address)} needs the extra 'postgres'", hint=_INSTALL) from error
        return cls(server.engine, shown(address), seconds=seconds, server=server)

    @classmethod
    def _reading_file(cls, path: Path, seconds: float) -> Database:
        try:
            return cls(reading_engine(path, seconds), str(path), seconds=seconds)
        except (sqlite3.Error, OSError) as error:
            who = f"; {holder_of(path)} has its lock" if is_locked(error) else ""
            raise JournalError(f"the journal {path} cannot be read: {error}{who}", hint=_READABLE) from error

    @classmethod
    def _forgotten(cls) -> Database:
        """Return a journal with nothing in it, of which nothing stays."""
        engine = memory_engine()
        with engine.begin() as connection:
            metadata.create_all(connection)
            connection.execute(text("create table alembic_version (version_num text)"))
            connection.execute(text("insert into alembic_version values (:head)"), {"head": HEAD})
        return cls(engine, ":memory:")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose changes are on the disk after the block, or nowhere.

        Raises JournalError where the database refuses, or takes longer than it may.
        """
        if not self._turn.acquire(timeout=2 * self._seconds):
            raise JournalError(f"the journal {self._name} did not answer within {2 * self._seconds:g} s", hint=_HINT)
        try:
            with self._server.bounded() if self._server else nullcontext(), self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error, UnicodeError) as error:
            raise self._refused(error) from error
        finally:
            self._turn.release()

    async def commit(self, work: Work[_Result]) -> _Result:
        """Return what `work` returns, once that is on the disk; in one transaction with what others ask for meanwhile.

        Raises JournalError, or what another's work raised, where none of it was kept.
        """
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_waiting())
        return await future

    async def _commit_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._commit_together(batch)
        finally:
            self._committing = None

    async def _commit_together(self, batch: Sequence[tuple[Work[Any], asyncio.Future[Any]]]) -> None:
        try:
            results = await asyncio.to_thread(self._done, [work for work, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    def _done(self, works: Sequence[Work[Any]]) -> list[Any]:
        with self.transaction() as connection:
            now = self.now(connection)
            return [work(connection, now) for work in works]

    def now(self, connection: Connection) -> datetime:
        """Return the time all workers share: the database server's where there is one."""
        if self._engine.dialect.name == "sqlite":
            return datetime.now(UTC)
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)

    def ensure(self, connection: Connection, table: Table, **values: object) -> None:
        """Insert a row unless one with its key is there; of two that do so at once, one waits for the other."""
        dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _refused(self, error: Exception) -> JournalError:
        cause = getattr(error, "orig", None) or error
        if is_locked(cause):
            who = holder_of(Path(self._name))
            message = f"the journal {self._name} has been locked for {self._seconds:g} s by {who}"
            return JournalError(message, hint=f"Wait for it, or end it if it hangs. {_HINT}")
        if self._server is not None and self._server.was_cut:
            message = f"the journal {self._name} did not answer within {self._seconds:g} s, and was hung up on"
            return JournalError(message, hint=_HINT)
        words = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
        return JournalError(f"the journal {self._name} cannot be used: {words}{self._held(cause)}", hint=_HINT)

    def _held(self, cause: object) -> str:
        """Say who holds up a server, where something was waited for in vain."""
        if self._server is None or type(cause).__name__ not in _WAITED_IN_VAIN:
            return ""
        try:
            with self._server.bounded():
                who = busy_with(self._engine)
        except SQLAlchemyError:
            return ""
        return f"; {who}" if who else ""

    def _migrate(self) -> None:
        known = self._read_version()
        if known == HEAD:
            return
        if known is not None and not _is_ours(known):
            raise self._later(known)
        try:
            with self._server.bounded() if self._server else nullcontext():
                _upgrade(self._engine)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise self._refused(error) from error

    def _read_version(self) -> str | None:
        """Return the format of the journal, None where there is nothing in it yet."""
        with self.transaction() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
            return version

    def _later(self, known: str) -> JournalError:
        """Return what to raise where a later version of fleet has written the journal: which, if it says."""
        written = ""
        with suppress(JournalError), self.transaction() as connection:
            newest = select(runs.c.tool_version).order_by(runs.c.started.desc()).limit(1)
            written = str(connection.execute(newest).scalar() or "")
        by = f"fleet {written}" if written else "a later version of fleet"
        message = f"the journal {self._name} was written by {by}, in format {known[:40]}; this is fleet {__version__}"
        return JournalError(
            f"{message}, which knows formats up to {HEAD}",
            hint=f"Install {f'fleet {written} or later' if written else 'the newest fleet'}, and run again.",
        )


#: The errors of a server that tell that somebody else was waited for.
_WAITED_IN_VAIN = frozenset({"LockNotAvailable", "QueryCanceled"})
_INSTALL = "Install it: pip install 'fleet[postgres]'."
_READABLE = "Check that the file is a journal, and that you may read it."


def _file_of(url: str) -> Path | None:
    """Return the file that a URL of SQLite names; None for a server's, and for memory."""
    if not url.startswith("sqlite:///") or url == MEMORY:
        return None
    return Path(url.removeprefix("sqlite:///"))


def _is_ours(version: str) -> bool:
    """Tell whether a format is one that can be brought up to date."""
    return any((Path(__file__).parent / "migrations/versions").glob(f"{glob.escape(version)}_*.py"))


def stamp(moment: datetime) -> str:
    """Return a time as the journal keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def later(moment: datetime, seconds: float) -> str:
    """Return the time `seconds` after `moment`, as the journal keeps it."""
    return stamp(moment + timedelta(seconds=seconds))


def _upgrade(engine: Engine) -> None:
    """Bring the tables up to date; several that start at once wait for each other."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(727274)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
