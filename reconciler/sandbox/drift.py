"""Change the fleet as somebody at the portal would: orders that did not come from the files."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from reconciler.sandbox import effects, orders, state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.schema import individuals, products, touches
from reconciler.sandbox.schema import orders as orders_table

Row = RowMapping | Mapping[str, Any]


def drift(connection: Connection, seed: int) -> list[str]:
    """Block a SIM, change an option, add and remove a service; return what was done, refusals included."""
    chance = random.Random(seed)
    busy = {row.product_id for row in connection.execute(select(touches.c.product_id))}
    statement = select(products).where(products.c.parent.is_(None), products.c.status == "active")
    services = [row for row in connection.execute(statement.order_by(products.c.n)).mappings() if row["id"] not in busy]
    chance.shuffle(services)
    people = connection.execute(select(individuals).order_by(individuals.c.n)).mappings().all()
    told = []
    if services:
        told.append(_block(connection, services.pop()))
    if services:
        told.append(_change_option(connection, services.pop(), chance))
    if services:
        told.append(_remove(connection, services.pop()))
    if people:
        told.append(_add(connection, chance.choice(people)))
    effects.settle(connection)
    return told


def _block(connection: Connection, service: Row) -> str:
    item = {"action": "modify", "product": {"id": service["id"], "status": "suspended"}}
    return f"blocked the SIM of {service['number']}{_place(connection, service['user_id'], [item])}"


def _change_option(connection: Connection, service: Row, chance: random.Random) -> str:
    statement = select(products).where(products.c.parent == service["id"], products.c.status == "active")
    held = connection.execute(statement).mappings().first()
    if held is not None:
        item: dict[str, Any] = {"action": "delete", "product": {"id": held["id"]}}
        return f"took {held['offering']} from {service['number']}{_place(connection, service['user_id'], [item])}"
    option = chance.choice(OFFERINGS[service["offering"]].carries)
    relation = [{"relationshipType": "reliesOn", "product": {"id": service["id"]}}]
    item = {"action": "add", "productOffering": {"id": option}, "product": {"productRelationship": relation}}
    return f"gave {option} to {service['number']}{_place(connection, service['user_id'], [item])}"


def _remove(connection: Connection, service: Row) -> str:
    item = {"action": "delete", "product": {"id": service["id"]}}
    return f"removed {service['number']}{_place(connection, service['user_id'], [item])}"


def _add(connection: Connection, person: Row) -> str:
    item = {"action": "add", "productOffering": {"id": "mobile-10"}, "product": {}}
    return f"added a mobile-10 for {person['email']}{_place(connection, person['id'], [item])}"


def _place(connection: Connection, user: str, items: list[dict[str, Any]]) -> str:
    """Place an order as the portal does; return what it was refused for, if it was."""
    contract = state.contract(connection)
    body = {
        "relatedParty": [
            {"id": user, "role": "user", "@referredType": "Individual"},
            {"id": contract.organisation_id, "role": "customer", "@referredType": "Organization"},
            {"id": "portal", "name": "portal", "role": "requester", "@referredType": "PartyRole"},
        ],
        "productOrderItem": [{"id": str(index), "quantity": 1, **item} for index, item in enumerate(items, start=1)],
    }
    identity, _ = orders.accept(connection, body)
    row = connection.execute(select(orders_table).where(orders_table.c.id == identity)).mappings().one()
    return f": refused, {row['notes']}" if row["state"] == "rejected" else f" (order {identity})"
