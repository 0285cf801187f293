"""The items of a product order, read into what they ask for; a malformed one is refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.catalogue import OFFERINGS

ACTIONS = ("add", "modify", "delete", "noChange")


class Malformed(Exception):
    """The body is no product order."""


@dataclass(slots=True)
class Item:
    """One item: what it does to which product; `relies_on` is a product id, `relies_on_item` an item of the order."""

    id: str
    action: str
    product_id: str | None = None
    offering: str | None = None
    relies_on: str | None = None
    relies_on_item: str | None = None
    named: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    status: str | None = None

    @property
    def is_option(self) -> bool:
        """Whether it adds an option."""
        return self.offering is not None and OFFERINGS[self.offering].category == "option"


def read_items(body: Any) -> list[Item]:
    """Return the items of an order's body; raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed("the body is no object")
    items = body.get("productOrderItem")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise Malformed("productOrderItem is missing or empty")
    found = [_item(item) for item in items]
    if len({item.id for item in found}) < len(found):
        raise Malformed("two items have one id")
    return found


def party(document: Mapping[str, Any], role: str) -> str | None:
    """Return the id of the related party in `role`."""
    parties = document.get("relatedParty") or []
    return next((str(each.get("id")) for each in parties if each.get("role") == role), None)


def _item(document: Mapping[str, Any]) -> Item:
    identity, action = document.get("id"), document.get("action")
    if not identity or action not in ACTIONS:
        raise Malformed(f"item {identity}: expected an id and an action of {', '.join(ACTIONS)}")
    product = document.get("product") or {}
    offering = (document.get("productOffering") or product.get("productOffering") or {}).get("id")
    if action == "add" and not offering:
        raise Malformed(f"item {identity}: an add needs a productOffering")
    if action != "add" and not product.get("id"):
        raise Malformed(f"item {identity}: a {action} needs product.id")
    return Item(
        id=str(identity),
        action=str(action),
        product_id=product.get("id"),
        offering=offering,
        relies_on=_relation(product.get("productRelationship") or (), "product"),
        relies_on_item=_relation(document.get("productOrderItemRelationship") or (), None),
        named={str(each.get("name")): str(each.get("value")) for each in product.get("productCharacteristic") or ()},
        user=party(product, "user"),
        status=product.get("status"),
    )


def _relation(relations: Sequence[Mapping[str, Any]], inner: str | None) -> str | None:
    for relation in relations:
        if relation.get("relationshipType") == "reliesOn":
            target = (relation.get(inner) or {}).get("id") if inner else relation.get("id")
            return str(target) if target else None
    return None
