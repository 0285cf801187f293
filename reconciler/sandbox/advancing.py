"""Move the clock: what is due on the way happens in order, at its own moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from reconciler.sandbox import billing, effects, filling, state


def advance(connection: Connection, target: datetime) -> Iterator[str]:
    """Go from event to event until `target`; at one moment bills come first, then the new period, orders, ends."""
    while True:
        now = state.now(connection)
        first = state.next_month(state.local_day(now))
        contract = state.contract(connection)
        renewal = date.fromisoformat(contract.period_end) + timedelta(days=1)
        waiting = effects.due(connection, target)
        order_at = max(now, datetime.fromisoformat(waiting[0]["due"])) if waiting else datetime.max.replace(tzinfo=UTC)
        over = effects.ending(connection, target)
        over_at = datetime.fromisoformat(over[0]["terminated"]) if over else datetime.max.replace(tzinfo=UTC)
        events = [
            (state.day_begins(first), "bill"),
            (state.day_begins(renewal), "renewal"),
            (order_at, "order"),
            (over_at, "end"),
        ]
        moment, what = min(events, key=lambda each: each[0])
        if moment > target:
            state.set_now(connection, target)
            return
        state.set_now(connection, max(now, moment))
        if what == "bill":
            yield f"{first} bill issued: EUR {billing.issue(connection, first)}"
        elif what == "renewal":
            yield _renew(connection, contract, renewal)
        elif what == "end":
            effects.end(connection, over[0], over_at)
            yield f"{state.local_day(over_at)} {over[0]['offering']} of {over[0]['parent']} is over"
        else:
            effects.complete(connection, waiting[0], order_at)
            yield f"{order_at:%Y-%m-%d %H:%M} order {waiting[0]['id']} took effect"


def _renew(connection: Connection, contract: state.ContractState, start: date) -> str:
    """Begin a contract period of 12 months with a fresh quota (R2, R3)."""
    following = (
        start.replace(year=start.year + 1) if (start.month, start.day) != (2, 29) else date(start.year + 1, 3, 1)
    )
    base = filling.in_force_at(connection, start)
    renewed = replace(
        contract,
        period_start=start.isoformat(),
        period_end=(following - timedelta(days=1)).isoformat(),
        base=base,
        used_offset=0,
        granted=0,
    )
    state.set_contract(connection, renewed)
    return f"{start} contract {contract.id} renewed for 12 months, {base} services (R3)"
