"""Open the journal's database, bring its tables up to date, and keep its transactions short and serial.

SQLite in WAL mode with every commit on the disk before a call is made; PostgreSQL with the same statements. What
workers ask for at the same time is committed together, in a thread: reaching the disk costs each of them little and
holds up nobody's calls. Whatever the database refuses becomes a `JournalError`, which ends the run before anything is
sent without a record.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from reconciler.errors import JournalError
from reconciler.files import claim_database, make_private_folder

_Result = TypeVar("_Result")
#: What is done in a transaction, with the time all workers share.
Work: TypeAlias = Callable[[Connection, datetime], _Result]
#: A journal that is forgotten with the process.
MEMORY = "sqlite:///:memory:"
#: The newest migration; a database that says so needs no alembic.
HEAD = "0001"
_BUSY_SECONDS = 20
_HINT = "Nothing is ordered without a record. Once it can be written again: fleet apply --resume."


class Database:
    """The journal's database at a URL; transactions are serial per process."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._turn = threading.Lock()
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the journal at `url`, made and migrated where needed; JournalError where that cannot be."""
        try:
            parsed = make_url(url)
            name = parsed.render_as_string(hide_password=True)
            engine = _engine(url)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise JournalError(
                f"the journal's address makes no sense: {type(error).__name__}", hint=_URL_HINT
            ) from error
        except OSError as error:
            raise JournalError(f"the journal {name} cannot be made: {error.strerror}", hint=_HINT) from error
        database = cls(engine, name)
        database._migrate()
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose changes are on the disk after the block, or nowhere."""
        try:
            with self._turn, self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._refused(error) from error

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
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return JournalError(f"the journal {self._name} cannot be used: {cause}", hint=_HINT)

    def _migrate(self) -> None:
        try:
            if self._version() != HEAD:
                _upgrade(self._engine)
        except (DBAPIError, OSError) as error:
            raise self._refused(error) from error

    def _version(self) -> str | None:
        with self._engine.begin() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
            return version


_URL_HINT = "Expected one like postgresql+psycopg://user@host/database, and the extra 'postgres' installed."


def stamp(moment: datetime) -> str:
    """Return a time as the journal keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def later(moment: datetime, seconds: float) -> str:
    """Return the time `seconds` after `moment`, as the journal keeps it."""
    return stamp(moment + timedelta(seconds=seconds))


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=2, pool_pre_ping=True)
    if url == MEMORY:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        _claim(Path(url.removeprefix("sqlite:///")))
        engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _claim(path: Path) -> None:
    """Have the journal's file, and those that SQLite puts beside it with the same mode, be their owner's alone."""
    make_private_folder(path.parent)
    claim_database(path)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Leave transactions to `_begin`, and have every commit reach the disk."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Take the write lock at once: two that read first and write then would refuse each other."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


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
