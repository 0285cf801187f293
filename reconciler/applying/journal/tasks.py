"""What was handed to somebody to carry out by hand: given out, ticked off, and at last proved by an export.

A task is an action of an accepted order. Ticked off, its outcome is *done* while its order goes on: nobody but live
can end that. Its id is the end of its run's and the number of its order, short enough to be typed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select

from reconciler.applying.journal import orders as steps
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import OrderState
from reconciler.applying.journal.schema import actions, orders, runs
from reconciler.model.snapshot import Task
from reconciler.ports import Outcome, Result

_Aims: TypeAlias = frozenset[tuple[str, str | None, str | None]]
_BY = "ticked off by "
_SUFFIX = 4
_BY_NUMBER = (actions.c.number, actions.c.position)


def open_tasks(database: Database, organisation: str) -> list[Task]:
    """Return what was given out and no export has proved or refuted yet, in the order it was given."""
    statement = _of(runs.c.organisation == organisation).where(orders.c.state == OrderState.ACCEPTED)
    return _read(database, statement.order_by(orders.c.intended, actions.c.run_id, *_BY_NUMBER))


def tasks_of(database: Database, run_id: str) -> list[Task]:
    """Return everything that a run gave out, ended or not, by user: several orders are given out at once."""
    given = orders.c.state.in_([OrderState.ACCEPTED, OrderState.SETTLED])
    statement = _of(runs.c.id == run_id).where(given, orders.c.operator_orders.is_not(None))
    return _read(database, statement.order_by(*_BY_NUMBER))


def tick(connection: Connection, tasks: Iterable[Task], *, by: str | None, now: datetime) -> None:
    """Record that somebody says that tasks are done; without a name, that they are not."""
    for task in tasks:
        outcome = Outcome(Result.DONE, f"{_BY}{by}") if by else Outcome(Result.WAITING, "it is on the checklist")
        outcome = outcome._replace(order=task.id)
        steps.settle(connection, task.run, task.order, {task.address: outcome}, now=now, ended=False)


def prove(connection: Connection, outcomes: Mapping[Task, Outcome], *, now: datetime) -> None:
    """Record what an export shows of tasks, which ends their orders."""
    for task, outcome in outcomes.items():
        steps.settle(connection, task.run, task.order, {task.address: outcome}, now=now, ended=True)


def _of(which: Any) -> Any:
    columns = (actions, orders.c.intended, orders.c.reference, runs.c.plan)
    order = (orders.c.run_id == actions.c.run_id) & (orders.c.number == actions.c.number)
    return select(*columns).join(orders, order).join(runs, runs.c.id == actions.c.run_id).where(which)


def _read(database: Database, statement: Any) -> list[Task]:
    with database.transaction() as connection:
        rows = connection.execute(statement).all()
    plans: dict[str, Mapping[str, _Aims]] = {}
    sizes = Counter((row.run_id, row.number) for row in rows)
    tasks = []
    for row in rows:
        if row.run_id not in plans:
            plans[row.run_id] = _aims(row.plan)
        tasks.append(_task(row, plans[row.run_id].get(row.address, frozenset()), sizes[row.run_id, row.number] > 1))
    return tasks


def _task(row: Row[Any], aims: _Aims, several: bool) -> Task:
    ticked = row.result == Result.DONE and str(row.reason or "").startswith(_BY)
    return Task(
        id=f"{row.run_id[-_SUFFIX:]}-{row.number}" + (f".{row.position + 1}" if several else ""),
        run=row.run_id,
        order=row.number,
        address=row.address,
        kind=row.kind,
        live_id=row.live_id,
        given=datetime.fromisoformat(row.intended),
        aims=aims,
        ticked=datetime.fromisoformat(row.settled) if ticked and row.settled else None,
        by=row.reason.removeprefix(_BY) if ticked else None,
        result=row.result,
    )


def _aims(plan: str) -> Mapping[str, _Aims]:
    """Return what each action of a plan's document was to change, by its address."""
    found: Sequence[Mapping[str, Any]] = json.loads(plan).get("actions", ()) if plan else ()
    return {
        each["id"]: frozenset((change["path"], change["before"], change["after"]) for change in each["changes"])
        for each in found
    }
