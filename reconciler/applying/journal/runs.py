"""The journal of one run: its orders in turn, an intent before each call, an outcome after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, func, insert, select, update

from reconciler.applying.attempts import EarlierOrder
from reconciler.applying.journal import orders, process, tasks
from reconciler.applying.journal.database import Database, Work, stamp
from reconciler.applying.journal.lease import Lease
from reconciler.applying.journal.orders import Doubt, OrderState
from reconciler.applying.journal.schema import actions, runs, spent
from reconciler.errors import ApprovalMissing
from reconciler.model.plan import Action
from reconciler.model.snapshot import Task
from reconciler.ports import Outcome, PlannedOrder, Result

_Result = TypeVar("_Result")
_IN_THE_AIR = Outcome(Result.UNKNOWN, "it was sent, and what became of it is not known; fleet apply --resume asks")


class RunState(StrEnum):
    """How far a run is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


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


class RunJournal:
    """Writes the journal of the run that holds `lease`.

    Every write asks first whether the run still holds its lease, in the same transaction: a run that was taken over
    cannot record.
    """

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease
        #: What is known of actions that were begun, by address, whether or not it could be recorded.
        self.begun: dict[str, Outcome] = {}
        self._claimed: dict[int, PlannedOrder] = {}

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

    async def plan(
        self, groups: Sequence[tuple[str, Sequence[Action]]], reference: Callable[[int], str], *, first: int = 1
    ) -> int:
        """Record the orders to come, one a group, and return the number of the first.

        Those of an earlier attempt that were never begun give way.
        """
        return await self._commit(lambda connection, _: orders.plan(connection, self.run_id, groups, reference, first))

    async def claim(self, beyond: int = 0) -> PlannedOrder | None:
        """Take the next order nobody works on, above the number `beyond`; None where there is none left.

        A claim holds as long as the lease it was made under: who takes that over plans anew what was not begun.
        """
        order = await self._commit(
            lambda connection, _: orders.claim(connection, self.run_id, self._lease.fence, beyond)
        )
        if order is not None:
            self._claimed[order.number] = order
        return order

    async def intend(self, number: int) -> None:
        """Record that an order is about to be sent; when this returns, that is on the disk."""

        def work(connection: Connection, now: datetime) -> None:
            values = {"state": OrderState.INTENDED, "intended": stamp(now), "holder": process.own()}
            orders.mark(connection, self.run_id, number, **values)

        await self._commit(work)
        self.begun.update(dict.fromkeys(self._claimed[number].actions, _IN_THE_AIR))

    async def accepted(self, number: int, operator_orders: Sequence[str]) -> None:
        """Record under which numbers the operator accepted an order."""
        await self._commit(lambda connection, _: orders.accept(connection, self.run_id, number, operator_orders))

    async def settle(self, number: int, outcomes: Mapping[str, Outcome], *, ended: bool = True) -> None:
        """Record what became of actions of an order; `ended` where nothing of it is left to send or to follow."""
        self.begun.update(outcomes)
        await self._commit(
            lambda connection, now: orders.settle(connection, self.run_id, number, outcomes, now=now, ended=ended)
        )

    async def settle_doubt(self, doubt: Doubt, outcome: Outcome, *, ended: bool = True) -> None:
        """Record what became of an order of any run, once it was looked up."""

        def work(connection: Connection, now: datetime) -> None:
            found = dict.fromkeys(doubt.actions, outcome)
            orders.settle(connection, doubt.run_id, doubt.number, found, now=now, ended=ended)
            if not ended:
                orders.accept(connection, doubt.run_id, doubt.number, doubt.accepted)

        await self._commit(work)

    async def adopt(self, found: EarlierOrder, *, ended: bool) -> None:
        """Record an order of this run that the operator has, and this journal had not."""
        order = PlannedOrder(found.number, found.reference, found.actions[0].user, tuple(a.id for a in found.actions))
        outcomes = dict.fromkeys(order.actions, found.outcome)

        def work(connection: Connection, now: datetime) -> None:
            orders.adopt(connection, self.run_id, order, found.actions, now=now)
            orders.accept(connection, self.run_id, order.number, [handle.order for handle in found.handles])
            orders.settle(connection, self.run_id, order.number, outcomes, now=now, ended=ended)

        await self._commit(work)

    async def prove(self, outcomes: Mapping[Task, Outcome]) -> None:
        """Record what an export shows of what was carried out by hand, of any run."""
        if outcomes:
            await self._commit(lambda connection, now: tasks.prove(connection, outcomes, now=now))

    async def tick(self, ticked: Sequence[Task], by: str | None) -> None:
        """Record that somebody says that tasks are done; without a name, that they are not."""
        await self._commit(lambda connection, now: tasks.tick(connection, ticked, by=by, now=now))

    def revise(self, outcomes: Mapping[str, Outcome]) -> None:
        """Replace the last outcomes of actions by what showed afterwards."""
        with self._writing() as (connection, now):
            for address, outcome in outcomes.items():
                mine = (actions.c.run_id == self.run_id) & (actions.c.address == address)
                number = connection.execute(select(func.max(actions.c.number)).where(mine)).scalar()
                if number is not None:
                    orders.settle(connection, self.run_id, number, {address: outcome}, now=now, ended=False)

    def outcomes(self) -> dict[str, Outcome]:
        """Return the last outcome of each action of this run, by address."""
        with self._database.transaction() as connection:
            return orders.outcomes_of(connection, self.run_id)

    def close_left_runs(self) -> None:
        """Mark the other runs of the organisation that never ended: their process is gone, and their orders settled."""
        with self._writing() as (connection, now):
            left = (runs.c.organisation == self._lease.organisation) & (runs.c.id != self.run_id)
            values = {"state": RunState.INTERRUPTED, "ended": stamp(now)}
            connection.execute(update(runs).where(left, runs.c.state == RunState.RUNNING).values(**values))

    async def _commit(self, work: Work[_Result]) -> _Result:
        """Do `work` in a transaction in which this run still holds its lease, with what other workers ask for."""

        def held(connection: Connection, now: datetime) -> _Result:
            self._lease.require(connection)
            return work(connection, now)

        return await self._database.commit(held)

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
