"""Let orders take effect, or undo what they reserved; and move them through their states with the clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from reconciler.sandbox import identities, state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.items import Item, read_items
from reconciler.sandbox.orders import OPEN, SIM_COLUMNS, new_sim, waits
from reconciler.sandbox.schema import bundle_changes, fees, orders, products, touches

# What every request asks is built once.
_UNTIL: BindParameter[str] = bindparam("until")
_DUE = (
    select(orders)
    .where(
        orders.c.state.in_([literal_column(f"'{each}'") for each in OPEN]),
        orders.c.due <= _UNTIL,
        or_(orders.c.fate.is_(None), orders.c.fate != literal_column("'never-ends'")),
    )
    .order_by(orders.c.due, orders.c.n)
)
_ACKNOWLEDGED = select(orders).where(orders.c.state == literal_column("'acknowledged'"))


def settle(connection: Connection) -> None:
    """Carry out every order that is due now; show the others as on their way."""
    now = state.now(connection)
    for row in due(connection, now):
        complete(connection, row, now)
    for row in connection.execute(_ACKNOWLEDGED).mappings().all():
        items = read_items({"productOrderItem": json.loads(row["items"])})
        moving = "pending" if waits(items) else "inProgress"
        connection.execute(update(orders).where(orders.c.n == row["n"]).values(state=moving))


def due(connection: Connection, until: datetime) -> list[RowMapping]:
    """Return the open orders that take effect by `until`, earliest first."""
    return list(connection.execute(_DUE, {"until": until.isoformat()}).mappings())


def complete(connection: Connection, row: RowMapping, moment: datetime) -> None:
    """Let an order take effect at `moment`; all of its items together, unless a fault was switched on for it."""
    items = read_items({"productOrderItem": json.loads(row["items"])})
    done = {"no-effect": 0, "fails": 0, "partial": 1}.get(row["fate"] or "", len(items))
    for item in items[:done]:
        _carry_out(connection, item, moment)
    _undo(connection, row, items[done:])
    if done == len(items) or row["fate"] == "no-effect":
        _end(connection, row, "completed", moment)
    else:
        _explain(connection, row, done)
        _end(connection, row, "partial" if done else "failed", moment)


def ending(connection: Connection, until: datetime) -> list[RowMapping]:
    """Return the products in force whose time is over by `until`, earliest first."""
    over = (products.c.status == "active") & (products.c.terminated <= until.isoformat())
    statement = select(products).where(over).order_by(products.c.terminated, products.c.n)
    return list(connection.execute(statement).mappings())


def end(connection: Connection, row: RowMapping, moment: datetime) -> None:
    """End a product whose time is over."""
    _set(connection, row["id"], status="terminated")
    _stop_fees(connection, row["id"], moment)


def cancel(connection: Connection, row: RowMapping) -> None:
    """Cancel an order that has not taken effect, and undo what it reserved."""
    items = read_items({"productOrderItem": json.loads(row["items"])})
    _undo(connection, row, items)
    _end(connection, row, "cancelled", state.now(connection))


def _end(connection: Connection, row: RowMapping, end: str, moment: datetime) -> None:
    connection.execute(update(orders).where(orders.c.n == row["n"]).values(state=end, completed=moment.isoformat()))
    connection.execute(delete(touches).where(touches.c.order_id == row["id"]))


def _carry_out(connection: Connection, item: Item, moment: datetime) -> None:
    match item.action:
        case "add":
            _activate(connection, item, moment)
        case "modify":
            _modify(connection, item, moment)
        case "delete":
            _terminate(connection, item, moment)


def _activate(connection: Connection, item: Item, moment: datetime) -> None:
    row = connection.execute(select(products).where(products.c.id == item.product_id)).mappings().one()
    code = _code(row["sim_type"], row["iccid"])
    status = "suspended" if item.status == "suspended" else "active"
    _set(connection, item.product_id, status=status, started=moment.isoformat(), activation_code=code)
    _start_fee(connection, str(item.product_id), str(item.offering), moment)


def _terminate(connection: Connection, item: Item, moment: datetime) -> None:
    """End a product, and the options that rely on it."""
    in_force = products.c.terminated.is_(None) | (products.c.status == "active")
    statement = select(products.c.id).where(products.c.parent == item.product_id, in_force)
    for identity in (item.product_id, *(row.id for row in connection.execute(statement))):
        _set(connection, identity, status="terminated", terminated=moment.isoformat())
        _stop_fees(connection, identity, moment)


def _modify(connection: Connection, item: Item, moment: datetime) -> None:
    row = connection.execute(select(products).where(products.c.id == item.product_id)).mappings().one()
    values: dict[str, Any] = {column: item.named[name] for name, column in SIM_COLUMNS.items() if name in item.named}
    values |= _swapped(connection, row, {**row, **values})
    if item.status in ("active", "suspended"):
        values["status"] = item.status
    if item.user:
        values["user_id"] = item.user
        connection.execute(update(products).where(products.c.parent == item.product_id).values(user_id=item.user))
    if item.offering and item.offering != row["offering"]:
        values["offering"] = item.offering
        _stop_fees(connection, item.product_id, moment)
        _start_fee(connection, str(item.product_id), item.offering, moment)
    _set(connection, item.product_id, **values)


def _swapped(connection: Connection, before: RowMapping, after: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of the SIM that an order brings besides those it names; a new eSIM has a new code (R6)."""
    values: dict[str, Any] = {}
    if after["sim_type"] != before["sim_type"] and after["iccid"] == before["iccid"]:
        values |= new_sim(connection, after["sim_type"])
    if after["sim_type"] == "physical":
        values["eid"] = None
    sim = (after["sim_type"], values.get("iccid", after["iccid"]))
    if sim != (before["sim_type"], before["iccid"]):
        values["activation_code"] = _code(*sim)
    return values


def _code(sim_type: str, iccid: str) -> str | None:
    return identities.activation_code(iccid) if sim_type == "eSIM" else None


def _undo(connection: Connection, row: RowMapping, items: Sequence[Item]) -> None:
    """Give back what items of an order reserved: products, and the month's change of a bundle."""
    for item in items:
        if item.action == "add":
            _set(connection, item.product_id, status="cancelled")
        elif item.action == "delete":
            _set(connection, item.product_id, status="active")
        mine = (bundle_changes.c.order_id == row["id"]) & (bundle_changes.c.product_id == item.product_id)
        connection.execute(delete(bundle_changes).where(mine))


def _explain(connection: Connection, row: RowMapping, done: int) -> None:
    """Write down which items of an order were done, and why the others failed."""
    items = json.loads(row["items"])
    for at, item in enumerate(items):
        item["state"] = "completed" if at < done else "failed"
    failed = ", ".join(str(item["id"]) for item in items[done:])
    notes = [*json.loads(row["notes"]), {"author": "operator", "text": f"provisioning failed for item {failed}"}]
    values = {"items": json.dumps(items), "notes": json.dumps(notes)}
    connection.execute(update(orders).where(orders.c.n == row["n"]).values(**values))


def _set(connection: Connection, identity: str | None, **values: Any) -> None:
    if values:
        connection.execute(update(products).where(products.c.id == identity).values(**values))


def _start_fee(connection: Connection, identity: str, offering: str, moment: datetime) -> None:
    day, monthly = state.local_day(moment).isoformat(), str(OFFERINGS[offering].monthly)
    connection.execute(insert(fees).values(product_id=identity, offering=offering, monthly=monthly, started=day))


def _stop_fees(connection: Connection, identity: str | None, moment: datetime) -> None:
    running = (fees.c.product_id == identity) & fees.c.stopped.is_(None)
    connection.execute(update(fees).where(running).values(stopped=state.local_day(moment).isoformat()))
