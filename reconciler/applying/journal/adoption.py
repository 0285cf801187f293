"""Take the rows of another journal's file into this one: what it records counts, what it allowed does not.

The file may have been made by anybody, so it is never used as a journal itself: a database can hold triggers and views
that act by themselves. Its rows are read one by one, with none of that trusted, and written into tables of our own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Table, insert, select

from reconciler.applying.journal.database import Database, stamp
from reconciler.applying.journal.orders import OrderState
from reconciler.applying.journal.runs import RunState
from reconciler.applying.journal.schema import actions, orders, runs, spent
from reconciler.errors import JournalError
from reconciler.model.run import PastRun

#: By this a run is known whose approvals were voided; it can be looked at and settled, and not be resumed.
VOID = "void"
_RUN_TABLES = (runs, orders, actions)
_UNDER_WAY = frozenset({OrderState.INTENDED, OrderState.ACCEPTED})
_FINISHED = 0
_SECONDS = 5.0


class OldRun(NamedTuple):
    """A run of another journal, as far as it is shown before it is adopted."""

    id: str
    organisation: str
    started: str
    who: str
    state: str
    exit_code: int | None

    @property
    def is_unfinished(self) -> bool:
        """Whether it did not get to its end."""
        return self.exit_code != _FINISHED


def old_runs(path: Path) -> list[OldRun]:
    """Return the runs of the journal in a file, oldest first; JournalError where it is none, or is in use."""
    with _reading(path) as connection:
        _require_no_holder(connection, path)
        rows = _rows(connection, runs, path)
    return sorted((OldRun._make(row.get(name) for name in OldRun._fields) for row in rows), key=lambda run: run.started)


def adopt_rows(database: Database, path: Path, *, who: str) -> int:
    """Copy what a journal's file records into `database`, and return how many runs were new to it.

    Runs that could be resumed lose their approvals: whoever wrote the file could have written those too. Spent
    approvals stay spent.
    """
    with _reading(path) as old:
        _require_no_holder(old, path)
        rows = {table.name: _rows(old, table, path) for table in (*_RUN_TABLES, spent)}
    with database.transaction() as connection:
        known = set(connection.execute(select(runs.c.id)).scalars())
        note = {"kind": VOID, "who": who, "at": stamp(database.now(connection))}
        under_way = {row["run_id"] for row in rows[orders.name] if row["state"] in _UNDER_WAY}

        def voided(row: dict[str, Any]) -> dict[str, Any]:
            """Return a run as it is adopted: without what would let it be resumed, unless it got to its end."""
            if row["exit_code"] == _FINISHED and row["id"] not in under_way:
                return row
            state = RunState.INTERRUPTED if row["state"] == RunState.RUNNING else row["state"]
            return {**row, "approvals": json.dumps([note]), "state": state}

        for table, key in ((runs, "id"), (orders, "run_id"), (actions, "run_id")):
            fresh = [row for row in rows[table.name] if row[key] not in known]
            if fresh:
                connection.execute(insert(table), [voided(row) if table is runs else row for row in fresh])
        for row in rows[spent.name]:
            database.ensure(connection, spent, **row)
    return len({row["id"] for row in rows[runs.name]} - known)


def require_not_void(run: PastRun) -> None:
    """Raise JournalError for a run whose approvals were voided when its journal was adopted."""
    if any(isinstance(each, Mapping) and each.get("kind") == VOID for each in run.approvals):
        message = f"run {run.id} cannot be resumed: its approvals were voided when its journal was adopted"
        raise JournalError(message, hint="Make a new plan and have it approved: fleet plan -o FILE.")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that changes nothing and runs nothing that the file brings along."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_SECONDS)) as connection:
            connection.row_factory = sqlite3.Row
            for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}")
            yield connection
    except sqlite3.Error as error:
        raise JournalError(f"{path} is not a journal that can be read: {error}", hint=_NONE) from error


def _rows(connection: sqlite3.Connection, table: Table, path: Path) -> list[dict[str, Any]]:
    """Return every row of a table, with the columns that it has there; JournalError for one that is none of ours."""
    kind = connection.execute("select type from sqlite_master where name = ?", (table.name,)).fetchone()
    if kind is None or kind[0] != "table":
        raise JournalError(f"{path} is not a journal: it has no table '{table.name}'", hint=_NONE)
    there = {row["name"] for row in connection.execute(f'pragma table_info("{table.name}")')}
    names = [column.name for column in table.columns if column.name in there]
    missing = [column.name for column in table.columns if column.name not in there and not column.nullable]
    if missing:
        raise JournalError(f"{path} is not a journal: '{table.name}' has no column '{missing[0]}'", hint=_NONE)
    quoted = ", ".join(f'"{name}"' for name in names)
    rows = connection.execute(f'select {quoted} from "{table.name}"').fetchall()
    return [_checked(dict(row), table, path) for row in rows]


def _checked(row: dict[str, Any], table: Table, path: Path) -> dict[str, Any]:
    """Return a row whose values are of the kinds that the table takes; SQLite itself would keep anything."""
    for column in table.columns:
        value = row.get(column.name)
        fits = isinstance(value, column.type.python_type) or (value is None and column.nullable)
        if not fits and column.name in row:
            message = f"{path} is not a journal: '{table.name}.{column.name}' holds what it cannot hold"
            raise JournalError(message, hint=_NONE)
    if table is runs:
        _require_list(row["approvals"], path)
    return row


def _require_list(text: str, path: Path) -> None:
    try:
        if isinstance(json.loads(text), list):
            return
    except (ValueError, RecursionError):
        pass
    raise JournalError(f"{path} is not a journal: the approvals of a run make no sense", hint=_NONE)


def _require_no_holder(connection: sqlite3.Connection, path: Path) -> None:
    """Raise JournalError while a run may still write to the old journal."""
    now = stamp(datetime.now(UTC))
    rows: Sequence[Any] = connection.execute("select run_id, expires from leases").fetchall()
    holding = [row["run_id"] for row in rows if row["run_id"] and str(row["expires"]) > now]
    if holding:
        raise JournalError(f"run {holding[0]} still writes to {path}", hint="Wait for it to end, and adopt it then.")


_NONE = "Is it a journal of fleet? If not, delete it or move it away."
