"""Typed changes to a product order and back: what is sent, and what an order at the operator says.

One order per user and day. A change is a `modify` that carries the full managed set of characteristics, right under a
merging and under a replacing server; a bundle change is never a delete and an add, since the number would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from reconciler.model.fleet import PortIn, Service, SimType, State
from reconciler.model.identifiers import address
from reconciler.model.secret import masked
from reconciler.model.snapshot import REQUESTER, LiveService, LiveUser
from reconciler.ports import AddService, ChangeService, Handle, Outcome, RemoveService, Result, ServiceChange
from reconciler.providers.tmf.fields import characteristics, identifier, mapping_of, objects

Document = dict[str, Any]
OPEN = frozenset({"acknowledged", "pending", "held", "inprogress", "assessingcancellation", "pendingcancellation"})
_RESULTS = {
    "completed": Result.DONE,
    "partial": Result.PARTIAL,
    "failed": Result.FAILED,
    "rejected": Result.FAILED,
    "cancelled": Result.CANCELLED,
    "pending": Result.WAITING,
    "held": Result.WAITING,
}
_SIM_WORDS = {SimType.ESIM: "eSIM", SimType.PHYSICAL: "physical"}


@dataclass(slots=True)
class _Items:
    """The items of one order, numbered as they come."""

    items: list[Document] = field(default_factory=list)

    def put(self, action: str, **parts: Any) -> str:
        identity = str(len(self.items) + 1)
        self.items.append({"id": identity, "action": action, "quantity": 1, **parts})
        return identity


def order_document(
    changes: Sequence[ServiceChange],
    *,
    user: LiveUser,
    users: Mapping[str, LiveUser],
    customer: Mapping[str, str],
    contract: str,
    reference: str,
    effective: datetime,
    note: str,
    items_key: str,
) -> Document:
    """Return the product order that carries out `changes`; `users` by their keys, for who gets a transfer."""
    items = _Items()
    for change in changes:
        match change:
            case AddService(service):
                _add(items, service, user)
            case ChangeService(live, before, after):
                _change(items, live, before, after, users[after.user])
            case RemoveService(live):
                _remove(items, live)
    moment = effective.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "externalId": reference,
        "category": "mobile",
        "requestedStartDate": moment,
        "relatedParty": [
            _user_party(user),
            dict(customer) | {"role": "customer", "@referredType": "Organization"},
            {"id": REQUESTER, "name": REQUESTER, "role": "requester", "@referredType": "PartyRole"},
        ],
        "agreement": [{"id": contract}],
        "note": [{"author": "fleet", "text": note}],
        items_key: items.items,
    }


def handle(document: Mapping[str, Any], reference: str, items_key: str) -> Handle:
    """Return the handle of an order, with what it is about as far as the operator repeats it.

    The live ids are those of what it adds, where the operator already tells.
    """
    user, found, products, added = _user(document), [], set[str](), list[str | None]()
    for item in objects(document, items_key):
        product = mapping_of(item.get("product"))
        products |= _products(product)
        if item.get("action") != "add" or _relies(item, product):
            continue
        label = characteristics(objects(product, "productCharacteristic")).get("label")
        added.append(label)
        if product.get("id") and label:
            found.append((address(user, label), str(product["id"])))
    return Handle(str(document["id"]), reference, tuple(found), user, frozenset(products), tuple(added))


def asks(document: Mapping[str, Any], items_key: str) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Return what an order is about, as far as every operator repeats it: whom, and which services in which way."""
    found = []
    for item in objects(document, items_key):
        product, action = mapping_of(item.get("product")), str(item.get("action"))
        label = characteristics(objects(product, "productCharacteristic")).get("label")
        about = (str(_offering(item)), str(label)) if action == "add" else (str(product.get("id")),)
        found.append((action, *about))
    return _user(document), tuple(sorted(found))


def outcome(document: Mapping[str, Any], items_key: str) -> Outcome:
    """Return what became of an order; one without a state is still on its way."""
    state = str(document.get("state") or "")
    result = _RESULTS.get(state.lower(), Result.MOVING)
    reason = _reason(document, items_key) if result is not Result.DONE else None
    if result in (Result.FAILED, Result.PARTIAL):
        reason = f"the operator answered '{state}'" + (f": {reason}" if reason else "")
    if result is Result.WAITING:
        reason = reason or f"it is '{state}' at the operator: somebody there, or its user, has to act"
    return Outcome(result, reason, str(document.get("id")))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment `day` begins where the fleet is, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC"))


def _add(items: _Items, service: Service, user: LiveUser) -> None:
    product: Document = {
        "productCharacteristic": _characteristics(service) + _activation(service),
        "relatedParty": [_user_party(user)],
    }
    if service.state is State.BLOCKED:
        product["status"] = "suspended"
    item = items.put("add", productOffering={"id": service.bundle}, product=product)
    for option in sorted(service.options):
        items.put(
            "add",
            productOffering={"id": option},
            productOrderItemRelationship=[{"id": item, "relationshipType": "reliesOn"}],
            product={"productCharacteristic": []},
        )


def _change(items: _Items, live: LiveService, before: Service, after: Service, user: LiveUser) -> None:
    for option in live.options:
        if option.option not in after.options:
            items.put("delete", product={"id": option.id})
    _modify(items, live, before, after, user)
    for option_id in sorted(after.options - before.options):
        relation = {"relationshipType": "reliesOn", "product": {"id": live.id}}
        items.put("add", productOffering={"id": option_id}, product={"productRelationship": [relation]})


def _modify(items: _Items, live: LiveService, before: Service, after: Service, user: LiveUser) -> None:
    plain_before = before._replace(options=frozenset(), label=None)
    if plain_before == after._replace(options=frozenset(), label=None, activation=None, port_in=None):
        return
    product: Document = {"id": live.id, "productCharacteristic": _characteristics(after)}
    parts: Document = {"product": product}
    if before.bundle != after.bundle:
        product["productOffering"] = {"id": after.bundle}
        parts["productOffering"] = {"id": after.bundle}
    if before.user != after.user:
        product["relatedParty"] = [_user_party(user)]
    if before.state != after.state:
        product["status"] = "suspended" if after.state is State.BLOCKED else "active"
    items.put("modify", **parts)


def _remove(items: _Items, live: LiveService) -> None:
    before = [items.put("delete", product={"id": option.id}) for option in live.options]
    relation = [{"id": item, "relationshipType": "dependsOn"} for item in before]
    parts: Document = {"productOrderItemRelationship": relation} if relation else {}
    items.put("delete", product={"id": live.id}, **parts)


def _characteristics(service: Service) -> list[Document]:
    """Return every characteristic we manage and know the value of."""
    sim = service.sim
    values = {
        "msisdn": service.number,
        "iccid": sim.iccid,
        "eid": sim.eid,
        "simType": _SIM_WORDS[sim.type] if sim.type else None,
        "label": service.label,
        "costCentre": service.cost_centre,
    }
    return [_characteristic(name, value) for name, value in values.items() if value]


def _activation(service: Service) -> list[Document]:
    values: dict[str, str | None] = {"activation": service.activation}
    if service.port_in:
        values |= _port_in(service.port_in)
    return [_characteristic(name, value) for name, value in values.items() if value]


def _port_in(port_in: PortIn) -> dict[str, str | None]:
    agreed = port_in.date.isoformat() if port_in.date else None
    return {"portInOperator": port_in.operator, "portInAccount": port_in.account, "portInDate": agreed}


def _characteristic(name: str, value: str) -> Document:
    return {"name": name, "valueType": "string", "value": str(value)}


def _user_party(user: LiveUser) -> Document:
    return {"id": user.id, "name": user.name, "role": "user", "@referredType": "Individual"}


def _user(document: Mapping[str, Any]) -> str:
    """Return the id of the user an order is for."""
    parties = objects(document, "relatedParty")
    return next((str(party.get("id")) for party in parties if party.get("role") == "user"), "")


def _offering(item: Mapping[str, Any]) -> str | None:
    """Return what an item orders; servers say it on the item, on its product, or on both."""
    of_item, of_product = item.get("productOffering"), mapping_of(item.get("product")).get("productOffering")
    return identifier(mapping_of(of_item or of_product).get("id"))


def _products(product: Mapping[str, Any]) -> set[str]:
    """Return the products that an item of an order names: its own, and those that it relies on."""
    related = (mapping_of(relation.get("product")) for relation in objects(product, "productRelationship"))
    return {str(each["id"]) for each in (product, *related) if each.get("id")}


def _relies(item: Mapping[str, Any], product: Mapping[str, Any]) -> bool:
    relations = objects(item, "productOrderItemRelationship"), objects(product, "productRelationship")
    return any(relation.get("relationshipType") == "reliesOn" for each in relations for relation in each)


def _reason(document: Mapping[str, Any], items_key: str) -> str | None:
    """Return why an order is where it is; version 4 has no field for it, so notes and item states have to do."""
    notes = [str(note.get("text")) for note in objects(document, "note") if note.get("author") != "fleet"]
    states = sorted({str(item["state"]) for item in objects(document, items_key) if item.get("state")} - {"completed"})
    beside = [state for state in states if state != str(document.get("state"))]
    return masked("; ".join(notes)) or (f"items are {', '.join(beside)}" if beside else None)
