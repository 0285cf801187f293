"""Orders at the operator as planning sees them: what each touches, and what it leaves untold."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from reconciler.model.snapshot import UNNAMED, Doubt, DoubtKind, LiveUser
from reconciler.providers.tmf import wire
from reconciler.providers.tmf.fields import (
    Document,
    identifier,
    identity_of,
    listed,
    mapping_of,
    telephone_number,
    text_of,
    values_of,
)
from reconciler.providers.tmf.order_documents import OPEN

#: States of orders that did nothing, and never will.
_NO_EFFECT = frozenset({"cancelled", "rejected", "failed"})
_NOT_TOLD = "acknowledged"


class OrderRow(NamedTuple):
    """What matters of an order at the operator for planning; `flaws` say what it leaves untold of what it is about."""

    id: str
    reference: str | None
    state: str
    placed: datetime | None
    requester: str | None
    user: str | None
    touched: frozenset[str]
    deleted: frozenset[str]
    #: live ids with the bundle that was ordered for each
    rebundled: frozenset[tuple[str, str]]
    added: tuple[str, ...]
    flaws: tuple[str, ...] = ()
    #: Of what it touches that which has to be there already.
    existing: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it has not ended; one that tells no state has not."""
        return self.state.lower() in OPEN


def order_row(document: Document, items_key: str, zone: ZoneInfo) -> OrderRow:
    """Return what an order touches: live ids, removals, bundle changes, and the labels or numbers it adds.

    When it was placed is told as on the clocks of `zone`.
    """
    touched, deleted, rebundled, added = set[str](), set[str](), set[tuple[str, str]](), list[str]()
    existing, flaws = set[str](), list[str]()
    items = listed(document, items_key, flaws)
    for item in items:
        product, action = mapping_of(item.get("product")), item.get("action")
        identity, offering = identifier(product.get("id")), _offering(item)
        relations = [_relation(each) for each in listed(product, "productRelationship", flaws)]
        touched |= {each for each in (identity, *relations) if each}
        existing |= {each for each in relations if each} | ({identity} if identity and action != "add" else set())
        if action == "add" and not _relies(item, product, flaws):
            named = values_of(listed(product, "productCharacteristic", flaws), ("label", "msisdn"), flaws)
            added.append(named.get("label") or telephone_number(named.get("msisdn")) or UNNAMED)
        elif action == "add":
            flaws += ["the service of an option is not told"] if None in relations else []
        elif action not in ("modify", "delete", "noChange") or identity is None:
            flaws.append("an item does not tell what it does to what")
        elif action == "delete":
            deleted.add(identity)
        elif action == "modify" and offering:
            rebundled.add((identity, offering))
    flaws += [] if items else ["its items are not told"]
    parties = {text_of(party.get("role")): party for party in listed(document, "relatedParty", [])}
    user = identifier(mapping_of(parties.get("user")).get("id"))
    requester = mapping_of(parties.get("requester"))
    placed = wire.instant(document.get("orderDate") or document.get("creationDate"))
    return OrderRow(
        id=identity_of(document, "an order"),
        reference=text_of(document.get("externalId")),
        state=_state(document.get("state")),
        placed=placed.astimezone(zone) if placed else None,
        requester=text_of(requester.get("name")) or text_of(requester.get("id")),
        user=user,
        touched=frozenset(touched),
        deleted=frozenset(deleted),
        rebundled=frozenset(rebundled),
        added=tuple(added),
        flaws=tuple(dict.fromkeys(flaws)),
        existing=frozenset(existing),
    )


class Read(Protocol):
    """What was read of users and products, by the operator's ids; `others` are users who are there, unread."""

    @property
    def users(self) -> Mapping[str, LiveUser]:
        """The users."""

    @property
    def others(self) -> Container[str]:
        """The users who are another matter."""

    def knows(self, product: str) -> bool:
        """Tell whether a service or an option was read."""


def order_doubts(orders: Iterable[OrderRow], read: Read) -> Iterator[Doubt]:
    """Yield the orders that leave untold what they are about, those that have ended and did something, too.

    What an order adds is only known by its user; what it did to a bundle only counts within a month (R5), so one
    without a day leaves that open.
    """
    for order in orders:
        flaws, user = list(order.flaws), read.users.get(order.user or "")
        if order.user in read.others or order.state.lower() in _NO_EFFECT:
            continue
        unread = sorted(each for each in _concerned(order) if not read.knows(each))
        if unread:
            flaws.append(f"it is about {unread[0]}, which was not read")
        if order.is_open and order.added and user is None:
            flaws.append("whom it is for is not told")
        if not order.is_open and order.placed is None and order.rebundled:
            flaws.append("when it was placed is not told")
        if flaws:
            key = user.key if user is not None else None
            yield Doubt(DoubtKind.ORDER, order.id, "; ".join(flaws), key, ended=not order.is_open)


def unread_users(orders: Iterable[OrderRow], read: Read) -> set[str]:
    """Return whose orders there are, of users who were not read."""
    return {order.user for order in orders if order.user and order.user not in read.users}


def unread_products(orders: Iterable[OrderRow], read: Read) -> set[str]:
    """Return what orders are about of what was not read, those of others aside."""
    ours = (order for order in orders if order.user not in read.others and order.state.lower() not in _NO_EFFECT)
    return {each for order in ours for each in _concerned(order) if not read.knows(each)}


def _concerned(order: OrderRow) -> Iterable[str]:
    """Return what has to be there for an order: all that an open one is about, what an ended one gave a bundle."""
    return order.existing if order.is_open else {each for each, _ in order.rebundled}


def _state(value: object) -> str:
    """Return the state of an order; one may not have any right after it was placed."""
    return value.strip() or _NOT_TOLD if isinstance(value, str) else _NOT_TOLD


def _offering(item: Document) -> str | None:
    """Return what an item orders; servers say it on the item, on its product, or on both."""
    product = mapping_of(item.get("product"))
    of_item, of_product = (mapping_of(each.get("productOffering")).get("id") for each in (item, product))
    return identifier(of_item) or identifier(of_product)


def _relation(relation: Document) -> str | None:
    return identifier(mapping_of(relation.get("product")).get("id"))


def _relies(item: Document, product: Document, flaws: list[str]) -> bool:
    relations = (
        *listed(item, "productOrderItemRelationship", flaws),
        *listed(product, "productRelationship", flaws),
    )
    return any(relation.get("relationshipType") == "reliesOn" for relation in relations)
