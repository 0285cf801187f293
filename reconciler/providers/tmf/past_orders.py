"""Find the last order that touched each of some services, when somebody asks for it.

The orders are those of the users and those of the services; servers that ignore either filter are filtered again here.
An option that is gone is in no snapshot: what an order did to one is found by reading that option on its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from reconciler.model.snapshot import ADDED, REMOVED, LiveService, LiveUser, PlacedOrder
from reconciler.providers.tmf.fields import mapping_of, objects
from reconciler.providers.tmf.order_rows import order_row
from reconciler.providers.tmf.wire import ProductRow

#: Orders in these states did nothing.
NO_EFFECT = frozenset({"rejected", "cancelled", "failed"})
#: How many options that are gone are read at most.
_MOST_READ = 50
#: How many products are asked for at once, since the length of an address is limited.
_MOST_NAMED = 100
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_OPTIONS = frozenset({"options"})
#: What of a product an order may change → the path of that change.
_PARTS = {"productOffering": "bundle", "status": "state", "relatedParty": "user"}
_CHARACTERISTICS = {
    "msisdn": "number",
    "simType": "sim.type",
    "iccid": "sim.iccid",
    "eid": "sim.eid",
    "costCentre": "cost_centre",
}
#: Reads one product, None where there is none under that id.
ReadProduct = Callable[[str], Awaitable[ProductRow | None]]


class PastRow(NamedTuple):
    """An order as history, and what it touched of each product it names."""

    id: str
    order: PlacedOrder
    touched: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class PastOrders:
    """The orders of some services, and how they are found; services and users by the operator's ids of them.

    `wanted` says of which services, and an order that touched what of each; None for anything at all.
    """

    wanted: Mapping[str, Collection[str] | None]
    users: frozenset[str]
    items_key: str
    zone: ZoneInfo
    #: The service that each product is or relies on, as far as is known; None for one that is another matter.
    owners: dict[str, str | None]
    reads: int = 0

    @classmethod
    def of(
        cls,
        services: Sequence[LiveService],
        users: Mapping[str, LiveUser],
        touching: Mapping[str, Collection[str]] | None = None,
        *,
        items_key: str,
        zone: ZoneInfo,
    ) -> PastOrders:
        """Return those of `services`, or of the ones `touching` names; `users` by their keys."""
        wanted: dict[str, Collection[str] | None] = {
            item.id: touching[item.id] if touching else None
            for item in services
            if touching is None or item.id in touching
        }
        asked = [item for item in services if item.id in wanted]
        holders = {users[item.service.user].id for item in asked if item.service.user in users}
        owners: dict[str, str | None] = {option.id: item.id for item in services for option in item.options}
        owners |= {item.id: item.id for item in services}
        return cls(wanted, frozenset(holders), items_key, zone, owners)

    def filters(self) -> Iterator[dict[str, str]]:
        """Yield what lists of orders are asked for; a server may ignore it."""
        products = sorted(product for product, owner in self.owners.items() if owner in self.wanted)
        for start in range(0, len(products), _MOST_NAMED):
            yield {f"{self.items_key}.product.id": ",".join(products[start : start + _MOST_NAMED])}
        if self.users:
            yield {"relatedParty.id": ",".join(sorted(self.users))}

    def row(self, document: Mapping[str, Any]) -> PastRow | None:
        """Return an order as history; None for one that is another matter or did nothing."""
        row = order_row(document, self.items_key, self.zone)
        ours = row.user in self.users or not row.touched.isdisjoint(self.owners)
        if not ours or row.state.lower() in NO_EFFECT:
            return None
        notes = tuple(str(note["text"]) for note in objects(document, "note") if note.get("text"))
        order = PlacedOrder(row.id, row.state, row.reference, row.placed, row.requester, notes)
        touched: dict[str, frozenset[str]] = dict.fromkeys(row.touched, frozenset())
        for item in objects(document, self.items_key):
            for product, paths in _touched(item):
                touched[product] = touched.get(product, frozenset()) | paths
        return PastRow(row.id, order, touched)

    async def last(self, rows: Sequence[PastRow], read: ReadProduct) -> dict[str, PlacedOrder]:
        """Return the newest of `rows` for each service it can be traced to; reads no more than that takes."""
        found: dict[str, PlacedOrder] = {}
        for row in sorted(rows, key=lambda row: (row.order.placed or _LONG_AGO, row.id), reverse=True):
            if len(found) == len(self.wanted):
                break
            for product in sorted(row.touched):
                owner = await self._owner(product, read)
                if owner is not None and self._is_wanted(owner, row.touched[product] if product == owner else _OPTIONS):
                    found.setdefault(owner, row.order)
        return found

    def _is_wanted(self, service: str, touched: frozenset[str]) -> bool:
        if service not in self.wanted:
            return False
        paths = self.wanted[service]
        return paths is None or not touched.isdisjoint(paths)

    async def _owner(self, product: str, read: ReadProduct) -> str | None:
        if product not in self.owners and self.reads < _MOST_READ and self._asks_for_options():
            self.reads += 1
            row = await read(product)
            self.owners[product] = row.relies_on if row and row.relies_on in self.wanted else None
        return self.owners.get(product)

    def _asks_for_options(self) -> bool:
        """Tell whether it matters what was done to an option that is gone."""
        return any(self._is_wanted(service, _OPTIONS) for service in self.wanted)


def _touched(item: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the products an item of an order names, and what it touched of each if that is a service."""
    product, action = mapping_of(item.get("product")), item.get("action")
    for relation in objects(product, "productRelationship"):
        yield str(mapping_of(relation.get("product")).get("id")), _OPTIONS
    whole = {"add": frozenset({ADDED}), "delete": frozenset({REMOVED})}
    if product.get("id"):
        yield str(product["id"]), whole.get(str(action)) or frozenset(_changed(item, product))


def _changed(item: Mapping[str, Any], product: Mapping[str, Any]) -> Iterator[str]:
    parts = {**item, **product}
    yield from (path for part, path in _PARTS.items() if parts.get(part))
    named = {str(each.get("name")) for each in objects(product, "productCharacteristic")}
    yield from (path for name, path in _CHARACTERISTICS.items() if name in named)
