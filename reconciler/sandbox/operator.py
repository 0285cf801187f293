"""The handle on one sandbox: open it, start it afresh, move its clock, change things behind the client's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, insert, update
from sqlalchemy.pool import StaticPool

from reconciler.sandbox import billing, drift, effects, filling, prepared, seeds, state
from reconciler.sandbox.faults import KINDS
from reconciler.sandbox.schema import faults, metadata, orders
from reconciler.sandbox.standing import Standing, how_it_stands, version

#: Removals granted beyond the quota, as the example fleet declares.
GRANTED = 5
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
FAULTS = tuple(KINDS)
_PATIENCE = "PRAGMA busy_timeout=10000"
#: Users from which on a fleet is so large that writing it twice is felt.
_MANY = 10_000


class Sandbox:
    """One operator in one SQLite file; everything it knows is in the file, its clock included."""

    def __init__(self, engine: Engine, organisation: str = seeds.ORGANISATION) -> None:
        self._engine = engine
        self._organisation = organisation
        self._standing: Standing | None = None
        with self.transaction() as connection:
            _make_tables(connection)

    @classmethod
    def open(cls, path: Path | str, organisation: str = seeds.ORGANISATION) -> Sandbox:
        """Open the sandbox in a file, made where there is none, or in `:memory:`; its resets are for `organisation`."""
        engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare)
        return cls(engine, organisation)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together, or not at all."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except BaseException:
            self._standing = None  # what was counted as changed is not
            raise

    def standing(self, connection: Connection) -> Standing:
        """Return how things stand, worked out once for each state of the database."""
        if self._standing is None or self._standing.version != version(connection):
            self._standing = how_it_stands(connection)
        return self._standing

    def settled(self, connection: Connection) -> Standing:
        """Return how things stand once every order that is due is carried out."""
        if not self.standing(connection).settled:
            effects.settle(connection)
            self.standing(connection).settled = True
        return self.standing(connection)

    @property
    def is_empty(self) -> bool:
        """Whether it was never given a fleet."""
        with self.transaction() as connection:
            return state.get(connection, "contract") is None

    @property
    def now(self) -> datetime:
        """Its own time, in UTC."""
        with self.transaction() as connection:
            return state.now(connection)

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
        with self.transaction() as connection:
            row = {"kind": kind, "match": match, "times": times, "value": None if value is None else str(value)}
            connection.execute(insert(faults).values(**row))

    def clear_faults(self) -> None:
        """Switch all faults off, also those that wait for the end of an order that is open."""
        with self.transaction() as connection:
            connection.execute(delete(faults))
            connection.execute(update(orders).where(orders.c.completed.is_(None)).values(fate=None))

    def advance(self, delta: timedelta) -> list[str]:
        """Move the clock, and return what happened on the way: orders that took effect, bills, a new period."""
        with self.transaction() as connection:
            return list(_advance(connection, state.now(connection) + delta))

    def drift(self, seed: int = 1) -> list[str]:
        """Change things as somebody at the portal would, and return what was changed."""
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
        from reconciler.sandbox import portal

        with self.transaction() as connection:
            effects.settle(connection)
            return portal.export(connection, layout, folder)

    def copy(self, path: Path | str) -> Sandbox:
        """Return an independent copy of everything, in another file or in `:memory:`."""
        other = Sandbox.open(path)
        with self._engine.connect() as here, other._engine.connect() as there:
            source, target = here.connection.driver_connection, there.connection.driver_connection
            assert isinstance(source, sqlite3.Connection), "SQLite it is"
            assert isinstance(target, sqlite3.Connection), "SQLite it is"
            source.backup(target)
        return other

    def app(self, *, require_token: bool = False) -> Any:
        """Return the ASGI application that serves this sandbox; with `require_token` to nobody without one."""
        from reconciler.sandbox.app import application

        return application(self, require_token=require_token)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def _fill(self, fleet: seeds.SeedStream, now: datetime | None) -> None:
        with self.transaction() as connection:
            filling.fill(connection, fleet, now or START)

    @contextmanager
    def _written_once(self) -> Iterator[None]:
        """Write to the file itself instead of to its log first, unless somebody else has it open: a sixth quicker."""
        with self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection), "SQLite it is"
        driver.execute("PRAGMA busy_timeout=0")
        with suppress(sqlite3.OperationalError):
            driver.execute("PRAGMA journal_mode=DELETE")
        driver.execute(_PATIENCE)
        try:
            yield
        finally:
            _prepare(driver, None)


def _make_tables(connection: Connection) -> None:
    """Make the tables that are not there, and the texts beside them where they are not those of this version."""
    made_by = "PRAGMA user_version"
    if connection.exec_driver_sql(made_by).scalar_one() == prepared.VERSION:
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # somebody else may be at it
    if connection.exec_driver_sql(made_by).scalar_one() != prepared.VERSION:
        metadata.create_all(connection)
        prepared.prepare(connection)
        connection.exec_driver_sql(f"{made_by} = {prepared.VERSION}")


def _prepare(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(_PATIENCE)


def _advance(connection: Connection, target: datetime) -> Iterator[str]:
    """Go from event to event until `target`; at one moment bills come first, then the new period, orders, ends."""
    while True:
        now = state.now(connection)
        first = state.next_month(state.local_day(now))
        contract = state.contract(connection)
        renewal = date.fromisoformat(contract.period_end) + timedelta(days=1)
        waiting = effects.due(connection, target)
        order_at = max(now, datetime.fromisoformat(waiting[0]["due"])) if waiting else datetime.max.replace(tzinfo=UTC)
        over = effects.ending(connection, target)
        over_at = datetime.fromisoformat(over[0]["terminated"]) if over else datetime.max.replace(tzinfo=UTC)
        events = [
            (state.day_begins(first), "bill"),
            (state.day_begins(renewal), "renewal"),
            (order_at, "order"),
            (over_at, "end"),
        ]
        moment, what = min(events, key=lambda each: each[0])
        if moment > target:
            state.set_now(connection, target)
            return
        state.set_now(connection, max(now, moment))
        if what == "bill":
            yield f"{first} bill issued: EUR {billing.issue(connection, first)}"
        elif what == "renewal":
            yield _renew(connection, contract, renewal)
        elif what == "end":
            effects.end(connection, over[0], over_at)
            yield f"{state.local_day(over_at)} {over[0]['offering']} of {over[0]['parent']} is over"
        else:
            effects.complete(connection, waiting[0], order_at)
            yield f"{order_at:%Y-%m-%d %H:%M} order {waiting[0]['id']} took effect"


def _renew(connection: Connection, contract: state.ContractState, start: date) -> str:
    """Begin a contract period of 12 months with a fresh quota (R2, R3)."""
    following = (
        start.replace(year=start.year + 1) if (start.month, start.day) != (2, 29) else date(start.year + 1, 3, 1)
    )
    base = filling.in_force_at(connection, start)
    renewed = replace(
        contract,
        period_start=start.isoformat(),
        period_end=(following - timedelta(days=1)).isoformat(),
        base=base,
        used_offset=0,
        granted=0,
    )
    state.set_contract(connection, renewed)
    return f"{start} contract {contract.id} renewed for 12 months, {base} services (R3)"
