"""The journal of one run: its orders in turn, an intent before each call, an outcome after it.

Every write asks first whether the run still holds its lease, in the same transaction: a run that was taken over cannot
record. An order goes planned → claimed → intended → accepted → settled; one that was intended and not settled when a
process ended is a *doubt*, and is looked up at the operator before anything else is sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from reconciler.applying.journal import process
from reconciler.applying.journal.database import Database, later, stamp
from reconciler.applying.journal.lease import Lease
from reconciler.applying.journal.schema import actions, orders, runs, spent
from reconciler.errors import ApprovalMissing
from reconciler.model.plan import Action
from reconciler.ports import Outcome, PlannedOrder, Result


class RunState(StrEnum):
    """How far a run is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


class OrderState(StrEnum):
    """How far an order is."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    INTENDED = "intended"
    ACCEPTED = "accepted"
    SETTLED = "settled"


class RunRecord(NamedTuple):
    """Who applies what, on which approvals; `plan` is the approved document as text."""

    id: str
    organisation: str
    account: str
    who: str
    place: str
    commit: str | None
    digest: str
    plan: str
    approvals: Sequence[Mapping[str, Any]]
    tool_version: str


class Doubt(NamedTuple):
    """An order that was begun and has no outcome; `accepted` are the operator's numbers where they are known."""

    run_id: str
    number: int
    reference: str
    user: str
    actions: tuple[str, ...]
    intended: datetime
    holder: str | None
    accepted: tuple[str, ...]


class RunJournal:
    """Writes the journal of the run that holds `lease`."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    @property
    def run_id(self) -> str:
        """The run this is the journal of."""
        return self._lease.run_id

    def begin(self, record: RunRecord) -> None:
        """Record that a run starts and spends its approvals; again for a run that goes on.

        Raises ApprovalMissing where another run has spent one of them.
        """
        with self._writing() as (connection, now):
            for approval in record.approvals:
                if "id" in approval:
                    _spend(connection, approval, record.id, now)
            known = connection.execute(select(runs.c.id).where(runs.c.id == record.id)).first()
            if known:
                values: dict[str, Any] = {"state": RunState.RUNNING, "ended": None, "exit_code": None}
                connection.execute(update(runs).where(runs.c.id == record.id).values(**values))
                return
            values = record._asdict() | {"commit_id": record.commit, "approvals": json.dumps(list(record.approvals))}
            del values["commit"]
            connection.execute(insert(runs).values(**values, state=RunState.RUNNING, started=stamp(now)))

    def end(self, state: RunState, exit_code: int | None) -> None:
        """Record that the run is over, or can be gone on with."""
        with self._writing() as (connection, now):
            values = {"state": state, "ended": stamp(now), "exit_code": exit_code}
            connection.execute(update(runs).where(runs.c.id == self.run_id).values(**values))

    def plan(self, groups: Sequence[tuple[str, Sequence[Action]]], reference: Callable[[int], str]) -> None:
        """Record the orders to come, one a group, numbered on from those the run has already.

        Orders of an earlier attempt that were never begun give way to these.
        """
        with self._writing() as (connection, _):
            self._drop_unbegun(connection)
            mine = orders.c.run_id == self.run_id
            first = int(connection.execute(select(func.max(orders.c.number)).where(mine)).scalar() or 0) + 1
            rows, parts = [], []
            for number, (user, group) in enumerate(groups, start=first):
                key = {"run_id": self.run_id, "number": number}
                rows.append(key | {"reference": reference(number), "user_key": user, "state": OrderState.PLANNED})
                parts += [
                    key | {"position": at, "address": item.id, "kind": item.kind, "live_id": item.live_id}
                    for at, item in enumerate(group)
                ]
            if rows:
                connection.execute(insert(orders), rows)
                connection.execute(insert(actions), parts)

    def claim(self) -> PlannedOrder | None:
        """Take the next order nobody works on; None where there is none left.

        A claim ends with the lease it was made under: one of a worker that went away can be taken again.
        """
        with self._writing() as (connection, now):
            free = or_(
                orders.c.state == OrderState.PLANNED,
                (orders.c.state == OrderState.CLAIMED) & (orders.c.leased_until < stamp(now)),
            )
            statement = select(orders).where(orders.c.run_id == self.run_id, free).order_by(orders.c.number).limit(1)
            row = connection.execute(statement.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            until = later(now, self._lease.seconds)
            self._set(connection, row.number, state=OrderState.CLAIMED, fence=self._lease.fence, leased_until=until)
            return PlannedOrder(
                row.number, row.reference, row.user_key, _addresses(connection, self.run_id, row.number)
            )

    def intend(self, number: int) -> None:
        """Record that an order is about to be sent; when this returns, that is on the disk."""
        with self._writing() as (connection, now):
            values = {"state": OrderState.INTENDED, "intended": stamp(now), "holder": process.own()}
            self._set(connection, number, **values)

    def accepted(self, number: int, operator_orders: Sequence[str]) -> None:
        """Record under which numbers the operator accepted an order."""
        with self._writing() as (connection, _):
            listed = json.dumps(list(operator_orders))
            self._set(connection, number, state=OrderState.ACCEPTED, operator_orders=listed)

    def settle(self, number: int, outcomes: Mapping[str, Outcome], *, ended: bool = True) -> None:
        """Record what became of actions of an order; `ended` where nothing of it is left to send or to follow."""
        with self._writing() as (connection, now):
            settle(connection, self.run_id, number, outcomes, now=now, ended=ended)

    def settle_doubt(self, doubt: Doubt, outcome: Outcome, *, ended: bool = True) -> None:
        """Record what became of an order of any run, once it was looked up."""
        with self._writing() as (connection, now):
            found = dict.fromkeys(doubt.actions, outcome)
            settle(connection, doubt.run_id, doubt.number, found, now=now, ended=ended)
            if not ended:
                values = {"state": OrderState.ACCEPTED, "operator_orders": json.dumps(list(doubt.accepted))}
                mine = (orders.c.run_id == doubt.run_id) & (orders.c.number == doubt.number)
                connection.execute(update(orders).where(mine).values(**values))

    def revise(self, outcomes: Mapping[str, Outcome]) -> None:
        """Replace the last outcomes of actions by what showed afterwards."""
        with self._writing() as (connection, now):
            for address, outcome in outcomes.items():
                mine = (actions.c.run_id == self.run_id) & (actions.c.address == address)
                number = connection.execute(select(func.max(actions.c.number)).where(mine)).scalar()
                if number is not None:
                    settle(connection, self.run_id, number, {address: outcome}, now=now, ended=False)

    def outcomes(self) -> dict[str, Outcome]:
        """Return the last outcome of each action of this run, by address."""
        with self._database.transaction() as connection:
            return outcomes_of(connection, self.run_id)

    def close_left_runs(self) -> None:
        """Mark the other runs of the organisation that never ended: their process is gone, and their orders settled."""
        with self._writing() as (connection, now):
            left = (runs.c.organisation == self._lease.organisation) & (runs.c.id != self.run_id)
            values = {"state": RunState.INTERRUPTED, "ended": stamp(now)}
            connection.execute(update(runs).where(left, runs.c.state == RunState.RUNNING).values(**values))

    def _drop_unbegun(self, connection: Connection) -> None:
        unbegun = (orders.c.run_id == self.run_id) & orders.c.state.in_([OrderState.PLANNED, OrderState.CLAIMED])
        numbers = select(orders.c.number).where(unbegun).scalar_subquery()
        connection.execute(delete(actions).where(actions.c.run_id == self.run_id, actions.c.number.in_(numbers)))
        connection.execute(delete(orders).where(unbegun))

    def _set(self, connection: Connection, number: int, **values: Any) -> None:
        statement = update(orders).where(orders.c.run_id == self.run_id, orders.c.number == number)
        connection.execute(statement.values(**values))

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, datetime]]:
        """Yield a transaction in which this run still holds its lease, and the time."""
        with self._database.transaction() as connection:
            self._lease.require(connection)
            yield connection, self._database.now(connection)


def _spend(connection: Connection, approval: Mapping[str, Any], run_id: str, now: datetime) -> None:
    """Have a run spend an approval, once; a run that goes on has spent it already."""
    by = connection.execute(select(spent.c.run_id).where(spent.c.approval == approval["id"])).scalar()
    if by is None:
        connection.execute(insert(spent).values(approval=approval["id"], run_id=run_id, spent=stamp(now)))
    elif by != run_id:
        message = f"the approval of {approval['who']} was spent by run {by}"
        raise ApprovalMissing(message, hint="Have the plan approved again, or go on with that run: --resume.")


def settle(
    connection: Connection, run_id: str, number: int, outcomes: Mapping[str, Outcome], *, now: datetime, ended: bool
) -> None:
    """Write outcomes of an order's actions, and its end."""
    order = (actions.c.run_id == run_id) & (actions.c.number == number)
    for address, outcome in outcomes.items():
        values = {"result": outcome.result, "reason": outcome.reason, "operator_order": outcome.order}
        statement = update(actions).where(order, actions.c.address == address)
        connection.execute(statement.values(**values, settled=stamp(now)))
    if ended:
        ending = update(orders).where(orders.c.run_id == run_id, orders.c.number == number)
        connection.execute(ending.values(state=OrderState.SETTLED))


def doubts(database: Database, organisation: str) -> list[Doubt]:
    """Return every order of an organisation that was begun and has no outcome, oldest first."""
    begun = orders.c.state.in_([OrderState.INTENDED, OrderState.ACCEPTED])
    statement = (
        select(orders)
        .join(runs, runs.c.id == orders.c.run_id)
        .where(runs.c.organisation == organisation, begun)
        .order_by(orders.c.intended)
    )
    with database.transaction() as connection:
        return [_doubt(connection, row) for row in connection.execute(statement).all()]


def outcomes_of(connection: Connection, run_id: str) -> dict[str, Outcome]:
    """Return the last outcome of each action of a run, by address; none for those that were never begun."""
    statement = select(actions).where(actions.c.run_id == run_id, actions.c.result.is_not(None))
    rows = connection.execute(statement.order_by(actions.c.number, actions.c.position))
    return {row.address: Outcome(Result(row.result), row.reason, row.operator_order) for row in rows}


def _doubt(connection: Connection, row: Row[Any]) -> Doubt:
    return Doubt(
        row.run_id,
        row.number,
        row.reference,
        row.user_key,
        _addresses(connection, row.run_id, row.number),
        datetime.fromisoformat(row.intended),
        row.holder,
        tuple(json.loads(row.operator_orders or "[]")),
    )


def _addresses(connection: Connection, run_id: str, number: int) -> tuple[str, ...]:
    order = (actions.c.run_id == run_id) & (actions.c.number == number)
    rows = connection.execute(select(actions.c.address).where(order).order_by(actions.c.position))
    return tuple(row.address for row in rows)
