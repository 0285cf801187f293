"""The handle on one sandbox: open it, start it afresh, move its clock, change things behind the client's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import prepared, seeds, state
from reconciler.sandbox.faults import KINDS, Fault, take
from reconciler.sandbox.standing import Standing, how_it_stands, version

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Removals granted beyond the quota, as the example fleet declares.
GRANTED = 5
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
FAULTS = tuple(KINDS)
_MADE_BY = "PRAGMA user_version"
_PATIENCE = "PRAGMA busy_timeout=10000"
#: Users from which on a fleet is so large that writing it twice is felt.
_MANY = 10_000


class Sandbox:
    """One operator in one SQLite file; everything it knows is in the file, its clock included."""

    def __init__(self, driver: sqlite3.Connection, organisation: str = seeds.ORGANISATION) -> None:
        self.driver = driver
        self._organisation = organisation
        self._standing: Standing | None = None
        if driver.execute(_MADE_BY).fetchone()[0] != prepared.VERSION:
            self._make_tables()

    @classmethod
    def open(cls, path: Path | str, organisation: str = seeds.ORGANISATION) -> Sandbox:
        """Open the sandbox in a file, made where there is none, or in `:memory:`; its resets are for `organisation`.

        Raises sqlite3.Error for a file that cannot be used.
        """
        driver = sqlite3.connect(path, check_same_thread=False)
        _prepare(driver)
        return cls(driver, organisation)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together, or not at all."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except BaseException:
            self._standing = None  # what was counted as changed is not
            raise

    @cached_property
    def _engine(self) -> Engine:
        """The way over the same connection for all that writes."""
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        driver = self.driver  # not self: a cycle would keep the file open
        return create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)

    def standing(self) -> Standing:
        """Return how things stand, worked out once for each state of the database."""
        if self._standing is None or self._standing.version != version(self.driver):
            self._standing = how_it_stands(self.driver)
        return self._standing

    def settled(self) -> Standing:
        """Return how things stand once every order that is due is carried out."""
        if not self.standing().settled:
            from reconciler.sandbox import effects

            with self.transaction() as connection:
                effects.settle(connection)
        return self.standing()

    def take_fault(self, kinds: Collection[str], called: str, body: bytes) -> Fault | None:
        """Use up the first fault of `kinds` that fits a request; None where none does."""
        if not self.standing().has_faults:
            return None
        with self.driver:
            return take(self.driver, kinds, called, body)

    @property
    def is_empty(self) -> bool:
        """Whether it was never given a fleet."""
        return state.get(self.driver, "contract") is None

    @property
    def now(self) -> datetime:
        """Its own time, in UTC."""
        return state.now(self.driver)

    @property
    def today(self) -> date:
        """The day it is where the operator bills."""
        return state.local_day(self.now)

    def reset(self, *, users: int = 40, seed: int = 1, granted: int = GRANTED, now: datetime | None = None) -> None:
        """Start afresh with a random fleet, the same for the same arguments."""
        made = seeds.stream(users, seed)
        contract = replace(made.contract, removals_granted=granted)
        with self._written_once() if users > _MANY else nullcontext():
            self._fill(replace(made, organisation=self._organisation, contract=contract), now)

    def load(self, seed: seeds.FleetSeed, *, now: datetime | None = None) -> None:
        """Start afresh with a fleet described by hand."""
        self._fill(seed.stream(), now)

    def configure(self, **settings: Any) -> None:
        """Change how the operator behaves; `state.Settings` has the names."""
        with self.transaction() as connection:
            state.configure(connection, settings)

    def fault(self, kind: str, match: str = "", *, times: int = 1, value: float | None = None) -> None:
        """Switch a fault on for the next `times` requests whose method and path begin with `match`.

        A third word in `match` has to stand in the request's body; `faults.KINDS` says what each kind does.
        """
        if kind not in FAULTS:
            raise ValueError(f"there is no fault '{kind}'; there are {', '.join(FAULTS)}")
        row = (kind, match, times, None if value is None else str(value))
        with self.driver:
            self.driver.execute('INSERT INTO faults (kind, "match", times, value) VALUES (?, ?, ?, ?)', row)

    def clear_faults(self) -> None:
        """Switch all faults off, also those that wait for the end of an order that is open."""
        with self.driver:
            self.driver.execute("DELETE FROM faults")
            self.driver.execute("UPDATE orders SET fate = NULL WHERE completed IS NULL")

    def advance(self, delta: timedelta) -> list[str]:
        """Move the clock, and return what happened on the way: orders that took effect, bills, a new period."""
        from reconciler.sandbox.advancing import advance

        with self.transaction() as connection:
            return list(advance(connection, state.now(connection) + delta))

    def drift(self, seed: int = 1) -> list[str]:
        """Change things as somebody at the portal would, and return what was changed."""
        from reconciler.sandbox import drift, effects

        with self.transaction() as connection:
            effects.settle(connection)
            return drift.drift(connection, seed)

    def invoice(self, month: str) -> str:
        """Return the bill of a month, written as 2026-12, as a structured invoice; LookupError where there is none."""
        from reconciler.sandbox.invoices import invoice

        with self.transaction() as connection:
            return invoice(connection, month)

    def export(self, layout: str, folder: Path) -> list[Path]:
        """Write what the portal exports, in one of `portal.LAYOUTS`, and return the files."""
        from reconciler.sandbox import effects, portal

        with self.transaction() as connection:
            effects.settle(connection)
            return portal.export(connection, layout, folder)

    def copy(self, path: Path | str) -> Sandbox:
        """Return an independent copy of everything, in another file or in `:memory:`."""
        other = Sandbox.open(path)
        self.driver.backup(other.driver)
        return other

    def app(self, *, require_token: bool = False) -> Any:
        """Return the ASGI application that serves this sandbox; with `require_token` to nobody without one."""
        from reconciler.sandbox.app import application

        return application(self, require_token=require_token)

    def close(self) -> None:
        """Close the file."""
        if "_engine" in vars(self):
            self._engine.dispose()
        self.driver.close()

    def _make_tables(self) -> None:
        """Make the tables that are not there, and the texts beside them where they are not those of this version."""
        from sqlalchemy.exc import DBAPIError

        from reconciler.sandbox.schema import metadata

        try:
            with self.transaction() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # somebody else may be at it
                if connection.exec_driver_sql(_MADE_BY).scalar_one() != prepared.VERSION:
                    metadata.create_all(connection)
                    prepared.prepare(connection)
                    connection.exec_driver_sql(f"{_MADE_BY} = {prepared.VERSION}")
        except DBAPIError as error:
            raise sqlite3.DatabaseError(str(error.orig)) from error

    def _fill(self, fleet: seeds.SeedStream, now: datetime | None) -> None:
        from reconciler.sandbox import filling

        with self.transaction() as connection:
            filling.fill(connection, fleet, now or START)

    @contextmanager
    def _written_once(self) -> Iterator[None]:
        """Write to the file itself instead of to its log first, unless somebody else has it open: a sixth quicker."""
        self.driver.execute("PRAGMA busy_timeout=0")
        with suppress(sqlite3.OperationalError):
            self.driver.execute("PRAGMA journal_mode=DELETE")
        self.driver.execute(_PATIENCE)
        try:
            yield
        finally:
            _prepare(self.driver)


def _prepare(driver: sqlite3.Connection) -> None:
    driver.execute("PRAGMA journal_mode=WAL")
    driver.execute("PRAGMA synchronous=NORMAL")
    driver.execute(_PATIENCE)
