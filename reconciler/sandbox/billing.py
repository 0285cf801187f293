"""Bills, issued on the first of each month from the log of fees (R4).

Each fee in force is billed for the month ahead; each that started or stopped in the month before is settled for what
was left of that month, the day itself not counted. Every line is rounded half up to cents before they are added.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from sqlalchemy import Connection, insert, or_, select

from reconciler.sandbox import state
from reconciler.sandbox.schema import bill_lines, bills, fees, settlements

CENT = Decimal("0.01")


class Line(NamedTuple):
    """One line of a bill: `recurring`, `prorata` or `credit`; the latter two settle what happened on `day`."""

    product_id: str
    offering: str
    kind: str
    amount: Decimal
    day: str | None = None


def rest_of_month(monthly: Decimal, day: date) -> Decimal:
    """Return the share of a fee for the days of the month after `day`, in cents."""
    days = monthrange(day.year, day.month)[1]
    return (monthly * (days - day.day) / days).quantize(CENT, ROUND_HALF_UP)


def issue(connection: Connection, first: date) -> Decimal:
    """Issue the bill of the month that begins on `first`, and return its total."""
    lines = [*_recurring(connection, first), *_settled(connection, first)]
    total = sum((line.amount for line in lines), Decimal("0.00"))
    identity = f"bill-{first:%Y-%m}"
    issued = state.day_begins(first).isoformat()
    connection.execute(insert(bills).values(id=identity, month=f"{first:%Y-%m}", issued=issued, total=str(total)))
    rows = [
        line._asdict() | {"amount": str(line.amount), "bill_id": identity, "id": f"{identity}-{index:07d}"}
        for index, line in enumerate(lines, start=1)
    ]
    settled = [{"line_id": row["id"], "day": day} for row in rows if (day := row.pop("day"))]
    if rows:
        connection.execute(insert(bill_lines), rows)
    if settled:
        connection.execute(insert(settlements), settled)
    return total


def _recurring(connection: Connection, first: date) -> Iterator[Line]:
    day = first.isoformat()
    running = select(fees).where(fees.c.started < day, or_(fees.c.stopped.is_(None), fees.c.stopped >= day))
    for row in connection.execute(running.order_by(fees.c.n)):
        yield Line(row.product_id, row.offering, "recurring", Decimal(row.monthly))


def _settled(connection: Connection, first: date) -> Iterator[Line]:
    """Yield what started and stopped in the month before `first`."""
    begin, end = (first - timedelta(days=1)).replace(day=1).isoformat(), first.isoformat()
    started = select(fees).where(fees.c.started >= begin, fees.c.started < end).order_by(fees.c.n)
    for row in connection.execute(started):
        share = rest_of_month(Decimal(row.monthly), date.fromisoformat(row.started))
        yield Line(row.product_id, row.offering, "prorata", share, row.started)
    stopped = select(fees).where(fees.c.stopped >= begin, fees.c.stopped < end).order_by(fees.c.n)
    for row in connection.execute(stopped):
        share = rest_of_month(Decimal(row.monthly), date.fromisoformat(row.stopped))
        yield Line(row.product_id, row.offering, "credit", -share, row.stopped)
