"""The orders of runs in the journal's tables: planned, claimed, intended, accepted, settled; each step one function.

These run inside somebody else's transaction. An order that was intended and not settled when a process ended is a
*doubt*, and is looked up at the operator before anything else is sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, func, insert, select, update

from reconciler.applying.journal.database import Database, stamp
from reconciler.applying.journal.schema import actions, orders, runs
from reconciler.model.plan import Action
from reconciler.ports import Outcome, PlannedOrder, Result


class OrderState(StrEnum):
    """How far an order is."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    INTENDED = "intended"
    ACCEPTED = "accepted"
    SETTLED = "settled"


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

    @property
    def creates_user(self) -> bool:
        """Whether it is no order at all, but the creation of its user."""
        return self.actions == (self.user,)


#: How many values one statement names: databases limit that.
_MOST_NAMED = 500
# The statements of every order are made once: making them anew costs more than running them.
_RUN: BindParameter[str] = bindparam("of_run")
_NUMBER: BindParameter[int] = bindparam("of_number")
_BEYOND: BindParameter[int] = bindparam("beyond")
_ADDRESS: BindParameter[str] = bindparam("of_address")
_NEXT = (
    select(orders.c.number, orders.c.reference, orders.c.user_key)
    .where(orders.c.run_id == _RUN, orders.c.state == OrderState.PLANNED, orders.c.number > _BEYOND)
    .order_by(orders.c.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_MARK = update(orders).where(orders.c.run_id == _RUN, orders.c.number == _NUMBER)
_OUTCOME = update(actions).where(actions.c.run_id == _RUN, actions.c.number == _NUMBER, actions.c.address == _ADDRESS)
_ADDRESSES = (
    select(actions.c.address).where(actions.c.run_id == _RUN, actions.c.number == _NUMBER).order_by(actions.c.position)
)


def plan(
    connection: Connection,
    run_id: str,
    groups: Sequence[tuple[str, Sequence[Action]]],
    reference: Callable[[int], str],
    first: int,
) -> int:
    """Write the orders to come, one a group, numbered from `first` or on from those the run has already.

    Returns the number of the first. Orders of an earlier attempt that were never begun give way to these.
    """
    _drop_unbegun(connection, run_id)
    last = connection.execute(select(func.max(orders.c.number)).where(orders.c.run_id == run_id)).scalar()
    rows, parts, first = [], [], max(int(last or 0) + 1, first)
    for number, (user, group) in enumerate(groups, start=first):
        key = {"run_id": run_id, "number": number}
        rows.append(key | {"reference": reference(number), "user_key": user, "state": OrderState.PLANNED})
        parts += [
            key | {"position": at, "address": item.id, "kind": item.kind, "live_id": item.live_id}
            for at, item in enumerate(group)
        ]
    if rows:
        connection.execute(insert(orders), rows)
        connection.execute(insert(actions), parts)
    return first


def claim(connection: Connection, run_id: str, fence: int, beyond: int = 0) -> PlannedOrder | None:
    """Take the next order nobody works on, under the lease with number `fence`; None where there is none left.

    Only those with a number above `beyond` are taken.
    """
    row = connection.execute(_NEXT, {"of_run": run_id, "beyond": beyond}).first()
    if row is None:
        return None
    mark(connection, run_id, row.number, state=OrderState.CLAIMED, fence=fence)
    return PlannedOrder(row.number, row.reference, row.user_key, _addresses(connection, run_id, row.number))


def mark(connection: Connection, run_id: str, number: int, **values: Any) -> None:
    """Write columns of an order."""
    connection.execute(_MARK, {"of_run": run_id, "of_number": number} | values)


def accept(connection: Connection, run_id: str, number: int, operator_orders: Sequence[str]) -> None:
    """Write under which numbers the operator accepted an order; it is followed to its end by whoever goes on."""
    listed = json.dumps(list(operator_orders))
    mark(connection, run_id, number, state=OrderState.ACCEPTED, operator_orders=listed)


def adopt(connection: Connection, run_id: str, order: PlannedOrder, about: Sequence[Action], *, now: datetime) -> None:
    """Write an order that the operator has and this journal had not: as intended now, since nobody knows when."""
    key = {"run_id": run_id, "number": order.number}
    values = {"reference": order.reference, "user_key": order.user, "state": OrderState.INTENDED}
    connection.execute(insert(orders).values(**key, **values, intended=stamp(now)))
    rows = [
        key | {"position": at, "address": item.id, "kind": item.kind, "live_id": item.live_id}
        for at, item in enumerate(about)
    ]
    connection.execute(insert(actions), rows)


def settle(
    connection: Connection, run_id: str, number: int, outcomes: Mapping[str, Outcome], *, now: datetime, ended: bool
) -> None:
    """Write outcomes of an order's actions, and its end."""
    rows = [
        {
            "of_run": run_id,
            "of_number": number,
            "of_address": address,
            "result": outcome.result,
            "reason": outcome.reason,
            "operator_order": outcome.order,
            "settled": stamp(now),
        }
        for address, outcome in outcomes.items()
    ]
    if rows:
        connection.execute(_OUTCOME, rows)
    if ended:
        mark(connection, run_id, number, state=OrderState.SETTLED)


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


def known_references(connection: Connection, references: Iterable[str]) -> set[str]:
    """Return which of `references` are those of orders of any run in this journal."""
    wanted, found = sorted(references), set[str]()
    for start in range(0, len(wanted), _MOST_NAMED):
        among = orders.c.reference.in_(wanted[start : start + _MOST_NAMED])
        found |= set(connection.execute(select(orders.c.reference).where(among)).scalars())
    return found


def outcomes_of(connection: Connection, run_id: str) -> dict[str, Outcome]:
    """Return the last outcome of each action of a run, by address; none for those that were never begun."""
    statement = select(actions).where(actions.c.run_id == run_id, actions.c.result.is_not(None))
    rows = connection.execute(statement.order_by(actions.c.number, actions.c.position))
    return {row.address: Outcome(Result(row.result), row.reason, row.operator_order) for row in rows}


def _drop_unbegun(connection: Connection, run_id: str) -> None:
    unbegun = (orders.c.run_id == run_id) & orders.c.state.in_([OrderState.PLANNED, OrderState.CLAIMED])
    numbers = select(orders.c.number).where(unbegun).scalar_subquery()
    connection.execute(delete(actions).where(actions.c.run_id == run_id, actions.c.number.in_(numbers)))
    connection.execute(delete(orders).where(unbegun))


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
    rows = connection.execute(_ADDRESSES, {"of_run": run_id, "of_number": number})
    return tuple(row.address for row in rows)
