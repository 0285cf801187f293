"""What every request asks, worked out once as long as nothing in the database changes."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from sqlalchemy import Connection, literal_column, select

from reconciler.sandbox import state
from reconciler.sandbox.schema import faults

_ANY_FAULT = select(faults.c.n).where(faults.c.times > literal_column("0")).limit(literal_column("1"))
#: How often others changed the database, and how many rows were changed over this connection.
Version = tuple[int, int]


@dataclass(slots=True)
class Standing:
    """How things stand: the clock, the settings, whether faults wait, and how long lists are."""

    version: Version
    now: datetime
    settings: state.Settings
    has_faults: bool
    #: Whether every order that is due was carried out; only what changes the database can make another one due.
    settled: bool = False
    totals: dict[str, int] = field(default_factory=dict)
    date: str = field(init=False)

    def __post_init__(self) -> None:
        """Write the time once as headers have it."""
        self.date = format_datetime(self.now, usegmt=True)


def version(connection: Connection) -> Version:
    """Return what differs whenever anything in the database does."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection), "SQLite it is"
    return driver.execute("PRAGMA data_version").fetchone()[0], driver.total_changes


def how_it_stands(connection: Connection) -> Standing:
    """Return how things stand now."""
    return Standing(
        version(connection),
        now=state.now(connection),
        settings=state.settings(connection),
        has_faults=connection.execute(_ANY_FAULT).first() is not None,
    )
