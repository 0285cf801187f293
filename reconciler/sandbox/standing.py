"""What every request asks, worked out once as long as nothing in the database changes."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from reconciler.sandbox import state

_ANY_FAULT = "SELECT n FROM faults WHERE times > 0 LIMIT 1"
#: Orders that are to be carried out by a moment, or shown as on their way.
_ANY_MOVING = (
    "SELECT n FROM orders WHERE state = 'acknowledged'"
    " OR state IN ('pending', 'inProgress') AND due <= ? AND coalesce(fate, '') != 'never-ends' LIMIT 1"
)
#: How often others changed the database, and how many rows were changed over this connection.
Version = tuple[int, int]


@dataclass(slots=True)
class Standing:
    """How things stand: the clock, the settings, whether faults wait, and how long lists are."""

    version: Version
    now: datetime
    settings: state.Settings
    has_faults: bool
    #: Whether every order that is due was carried out.
    settled: bool
    totals: dict[str, int] = field(default_factory=dict)
    date: str = field(init=False)

    def __post_init__(self) -> None:
        """Write the time once as headers have it."""
        self.date = format_datetime(self.now, usegmt=True)


def version(driver: sqlite3.Connection) -> Version:
    """Return what differs whenever anything in the database does."""
    return driver.execute("PRAGMA data_version").fetchone()[0], driver.total_changes


def how_it_stands(driver: sqlite3.Connection) -> Standing:
    """Return how things stand now."""
    now = state.now(driver)
    return Standing(
        version(driver),
        now=now,
        settings=state.settings(driver),
        has_faults=driver.execute(_ANY_FAULT).fetchone() is not None,
        settled=driver.execute(_ANY_MOVING, (now.isoformat(),)).fetchone() is None,
    )
