"""Accept product orders: judge them, reserve what they need, and say when they will take effect (R6, R7)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reconciler.sandbox import documents, faults, identities, rules, state
from reconciler.sandbox.items import Item, party, read_items
from reconciler.sandbox.schema import bundle_changes, orders, products, touches

OPEN = ("acknowledged", "pending", "inProgress")
SIM_COLUMNS = {
    "msisdn": "number",
    "iccid": "iccid",
    "eid": "eid",
    "simType": "sim_type",
    "label": "label",
    "costCentre": "cost_centre",
}


class Conflict(Exception):
    """The same externalId was used for another order."""


def accept(connection: Connection, body: Any) -> tuple[str, bool]:
    """Take an order and return its id, and whether it is a new one.

    Raises Malformed for a body that is no order, Conflict for a reference used before for another one.
    """
    items = read_items(body)
    repeated = _repeated(connection, body)
    if repeated:
        return repeated, False
    now, user = state.now(connection), party(body, "user")
    refused = rules.reasons(connection, items, user)
    identity = f"ord-{state.counter(connection, 'order'):07d}"
    values = {
        "id": identity,
        "external_id": body.get("externalId"),
        "placed": now.isoformat(),
        "sent": json.dumps(body, sort_keys=True),
        "items": json.dumps(body["productOrderItem"]),
        "notes": json.dumps([{"author": "operator", "text": reason} for reason in refused]),
        "fate": None if refused else _fate(connection, body),
    }
    if refused:
        connection.execute(insert(orders).values(state="rejected", completed=now.isoformat(), **values))
        return identity, True
    annotated = [_reserve(connection, identity, user, items, item) for item in items]
    for item, document in zip(annotated, body["productOrderItem"], strict=True):
        document["product"] = {**(document.get("product") or {}), "id": item.product_id}
    values["items"] = json.dumps(body["productOrderItem"])
    due = _due(connection, body, items, now)
    connection.execute(insert(orders).values(state="acknowledged", due=due.isoformat(), **values))
    return identity, True


def _repeated(connection: Connection, body: Mapping[str, Any]) -> str | None:
    """Return the order that carries this body's reference already."""
    reference = body.get("externalId")
    if not reference or not state.settings(connection).unique_external_id:
        return None
    row = connection.execute(select(orders.c.id, orders.c.sent).where(orders.c.external_id == reference)).first()
    if row is None:
        return None
    if row.sent != json.dumps(body, sort_keys=True):
        raise Conflict(f"externalId {reference} was used for another order")
    return str(row.id)


def _fate(connection: Connection, body: Mapping[str, Any]) -> str | None:
    """Use up a switched-on fault about what becomes of an order; None where there is none."""
    called, sent = f"POST {documents.ORDERING}/productOrder", json.dumps(body).encode()
    fault = faults.take(state.driver_of(connection), faults.ORDER_FAULTS, called, sent)
    return fault.kind if fault else None


def _reserve(connection: Connection, order: str, user: str | None, items: Sequence[Item], item: Item) -> Item:
    """Make or mark the product of an item, so that everyone sees that it is on order."""
    if item.action == "add":
        item.product_id = _coming(connection, user, items, item)
    elif item.action == "delete":
        _mark(connection, item.product_id, "pendingTerminate")
    elif item.action == "modify" and item.offering:
        _count_bundle_change(connection, order, item)
    for identity in {item.product_id, item.relies_on} - {None}:
        connection.execute(insert(touches).prefix_with("OR IGNORE").values(order_id=order, product_id=identity))
    return item


def _coming(connection: Connection, user: str | None, items: Sequence[Item], item: Item) -> str:
    serial = state.counter(connection, "product")
    identity = f"prd-{serial:08d}"
    parent = item.relies_on or next((each.product_id for each in items if each.id == item.relies_on_item), None)
    if parent and item.relies_on:
        user = connection.execute(select(products.c.user_id).where(products.c.id == parent)).scalar_one()
    values: dict[str, Any] = {column: item.named.get(name) for name, column in SIM_COLUMNS.items()}
    if not item.is_option:
        values = _assigned(connection, values)
    connection.execute(
        insert(products).values(
            n=serial,
            id=identity,
            parent=parent if item.is_option else None,
            offering=item.offering,
            user_id=item.user or user,
            status="pendingActive",
            **values,
        )
    )
    return identity


def _assigned(connection: Connection, values: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the operator hands out where the order does not say: a number and a SIM."""
    index = 9_000_000 + state.counter(connection, "identity")
    values["sim_type"] = values["sim_type"] or "physical"
    values["number"] = values["number"] or identities.number(index - 9_000_000, 9)
    values["iccid"] = values["iccid"] or identities.iccid(index)
    if values["sim_type"] == "eSIM":
        values["eid"] = values["eid"] or identities.eid(index)
    return values


def new_sim(connection: Connection, sim_type: str) -> dict[str, Any]:
    """Return the columns of a SIM that the operator hands out for a swap."""
    index = 9_000_000 + state.counter(connection, "identity")
    eid = identities.eid(index) if sim_type == "eSIM" else None
    return {"sim_type": sim_type, "iccid": identities.iccid(index), "eid": eid}


def _mark(connection: Connection, product_id: str | None, status: str) -> None:
    connection.execute(update(products).where(products.c.id == product_id).values(status=status))


def _count_bundle_change(connection: Connection, order: str, item: Item) -> None:
    row = connection.execute(select(products).where(products.c.id == item.product_id)).mappings().one()
    if row["offering"] != item.offering:
        month = state.local_day(state.now(connection)).isoformat()[:7]
        connection.execute(insert(bundle_changes).values(product_id=item.product_id, month=month, order_id=order))


def _due(connection: Connection, body: Mapping[str, Any], items: Sequence[Item], now: datetime) -> datetime:
    """Return when the order takes effect: at once, after a delay, on a wished date, or once the number is ported."""
    settings = state.settings(connection)
    hours = settings.activation_delay_hours
    if waits_for_user(items):
        hours = max(hours, settings.email_activation_hours)
    moments = [now + timedelta(hours=hours)]
    for wish in (body.get("requestedStartDate"), body.get("requestedCompletionDate")):
        if wish:
            moment = datetime.fromisoformat(str(wish))
            moments.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    moments += [_ported_at(item, now) for item in items if item.named.get("portInOperator")]
    return max(moments).astimezone(UTC)


def waits(items: Sequence[Item]) -> bool:
    """Tell whether somebody has to act before an order takes effect: its user, or the operator the number is at."""
    return waits_for_user(items) or any(item.named.get("portInOperator") for item in items)


def waits_for_user(items: Sequence[Item]) -> bool:
    """Tell whether the user has to finish an activation by the link in an e-mail (R6)."""
    return any(item.action == "add" and item.named.get("activation") == "email" for item in items)


def _ported_at(item: Item, now: datetime) -> datetime:
    """Return when a number arrives: on the agreed day, else after one working day (R7)."""
    agreed = item.named.get("portInDate")
    day = date.fromisoformat(agreed) if agreed else state.local_day(now) + timedelta(days=1)
    while not agreed and day.weekday() > 4:
        day += timedelta(days=1)
    return state.day_begins(day) + timedelta(hours=8)
