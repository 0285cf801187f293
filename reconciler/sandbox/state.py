"""The named facts of a sandbox: its clock, its settings and its contract, read and written in a transaction.

What is read is asked of SQLite itself, and so in all modules that answer requests which change nothing: to import
SQLAlchemy takes a quarter of a small plan, and what writes does it.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sqlalchemy import Connection

ZONE = ZoneInfo("Europe/Brussels")
_GET = "SELECT value FROM facts WHERE name = ?"
_PUT = "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the operator behaves; hours are on its own clock."""

    activation_delay_hours: float = 0
    email_activation_hours: float = 24
    page_limit: int = 1000
    unique_external_id: bool = True
    require_token: bool = False
    nested_options: bool = False
    total_count: bool = True


@dataclass(frozen=True, slots=True)
class ContractState:
    """The mobile contract: its current period, and what its quota is counted from."""

    id: str
    organisation: str
    period_start: str
    period_end: str
    initial_start: str
    ratio: str
    base: int
    used_offset: int = 0
    granted: int = 0

    @property
    def organisation_id(self) -> str:
        """The id of the customer."""
        return f"org-{self.organisation}"


def driver_of(connection: Connection | sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection to SQLite itself, over which everything else goes."""
    if isinstance(connection, sqlite3.Connection):
        return connection
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection), "SQLite it is"
    return driver


def get(connection: Connection | sqlite3.Connection, name: str) -> str | None:
    """Return a fact, None where it was never written."""
    row = driver_of(connection).execute(_GET, (name,)).fetchone()
    return None if row is None else str(row[0])


def put(connection: Connection, name: str, value: str) -> None:
    """Write a fact over the one before."""
    connection.exec_driver_sql(_PUT, (name, value))


def now(connection: Connection | sqlite3.Connection) -> datetime:
    """Return the sandbox's own time."""
    return datetime.fromisoformat(get(connection, "now") or "2026-11-23T08:00:00+00:00")


def set_now(connection: Connection, moment: datetime) -> None:
    """Move the clock."""
    put(connection, "now", moment.astimezone(UTC).isoformat())


def settings(connection: Connection | sqlite3.Connection) -> Settings:
    """Return the settings, the defaults where nothing was set."""
    return Settings(**json.loads(get(connection, "settings") or "{}"))


def configure(connection: Connection, changes: dict[str, Any]) -> None:
    """Change settings by name; TypeError for a name there is none of."""
    unknown = changes.keys() - {field.name for field in fields(Settings)}
    if unknown:
        raise TypeError(f"there is no setting {', '.join(sorted(unknown))}")
    put(connection, "settings", json.dumps(asdict(replace(settings(connection), **changes))))


def contract(connection: Connection | sqlite3.Connection) -> ContractState:
    """Return the contract as it stands."""
    return ContractState(**json.loads(get(connection, "contract") or "{}"))


def set_contract(connection: Connection, value: ContractState) -> None:
    """Write the contract."""
    put(connection, "contract", json.dumps(asdict(value)))


def counter(connection: Connection, name: str) -> int:
    """Return the next number of a series, from 1."""
    value = int(get(connection, f"counter {name}") or 0) + 1
    put(connection, f"counter {name}", str(value))
    return value


def local_day(moment: datetime) -> date:
    """Return the day it is where the operator bills."""
    return moment.astimezone(ZONE).date()


def day_begins(day: date) -> datetime:
    """Return the moment a day begins where the operator bills, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def next_month(day: date) -> date:
    """Return the first day of the month after `day`'s."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
