"""Read the journal back: which runs there were, and what each of them did."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, select

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.schema import actions, orders, runs
from reconciler.model.run import PastAction, PastRun


def runs_of(database: Database, organisation: str, *, most: int) -> list[PastRun]:
    """Return the newest runs of an organisation, newest first."""
    statement = select(runs).where(runs.c.organisation == organisation).order_by(runs.c.started.desc()).limit(most)
    with database.transaction() as connection:
        return [_run(row) for row in connection.execute(statement)]


def last_run(database: Database, organisation: str) -> PastRun | None:
    """Return the newest run of an organisation, None where there was none."""
    return next(iter(runs_of(database, organisation, most=1)), None)


def one_run(database: Database, run_id: str) -> PastRun | None:
    """Return a run by its id, None where there is none."""
    with database.transaction() as connection:
        row = connection.execute(select(runs).where(runs.c.id == run_id)).first()
        return _run(row) if row is not None else None


def actions_of(database: Database, run_id: str) -> list[PastAction]:
    """Return the actions of a run in the order they were planned, each attempt on its own."""
    order = (orders.c.run_id == actions.c.run_id) & (orders.c.number == actions.c.number)
    columns = (actions, orders.c.reference, orders.c.state, orders.c.intended)
    statement = select(*columns).join(orders, order).where(actions.c.run_id == run_id)
    with database.transaction() as connection:
        rows = connection.execute(statement.order_by(actions.c.number, actions.c.position)).all()
    return [PastAction(*(getattr(row, name) for name in PastAction._fields)) for row in rows]


def _run(row: Row[Any]) -> PastRun:
    facts = {name: getattr(row, name) for name in PastRun._fields if name not in ("commit", "approvals")}
    return PastRun(**facts, commit=row.commit_id, approvals=tuple(json.loads(row.approvals)))
