"""Find the last order that touched each of a user's services, when somebody asks for it.

The orders are those of the user and those of the services; servers that ignore either filter are filtered again here.
An option that is gone is in no snapshot: what an order did to one is found by reading that option on its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from reconciler.model.snapshot import LiveService, LiveUser, PlacedOrder
from reconciler.providers.tmf.order_documents import order_row
from reconciler.providers.tmf.wire import ProductRow

#: Orders in these states did nothing.
NO_EFFECT = frozenset({"rejected", "cancelled", "failed"})
#: How many options that are gone are read at most.
_MOST_READ = 50
#: How many products are asked for at once, since the length of an address is limited.
_MOST_NAMED = 100
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
#: Reads one product, None where there is none under that id.
ReadProduct = Callable[[str], Awaitable[ProductRow | None]]


class PastRow(NamedTuple):
    """An order as history, and the products it touched."""

    id: str
    order: PlacedOrder
    touched: frozenset[str]


@dataclass(slots=True)
class PastOrders:
    """The orders of one user's services, and how they are found; services and users by the operator's ids of them."""

    services: frozenset[str]
    users: frozenset[str]
    items_key: str
    zone: ZoneInfo
    #: The service that each product is or relies on, as far as is known; None for one that is another matter.
    owners: dict[str, str | None]
    reads: int = 0

    @classmethod
    def of(
        cls, services: Sequence[LiveService], users: Mapping[str, LiveUser], *, items_key: str, zone: ZoneInfo
    ) -> PastOrders:
        """Return those of `services`; `users` by their keys."""
        holders = {users[item.service.user].id for item in services if item.service.user in users}
        owners: dict[str, str | None] = {option.id: item.id for item in services for option in item.options}
        owners |= {item.id: item.id for item in services}
        return cls(frozenset(item.id for item in services), frozenset(holders), items_key, zone, owners)

    def filters(self) -> Iterator[dict[str, str]]:
        """Yield what lists of orders are asked for; a server may ignore it."""
        products = sorted(self.owners)
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
        notes = tuple(str(note["text"]) for note in document.get("note") or () if note.get("text"))
        order = PlacedOrder(row.id, row.state, row.reference, row.placed, row.requester, notes)
        return PastRow(row.id, order, row.touched)

    async def last(self, rows: Sequence[PastRow], read: ReadProduct) -> dict[str, PlacedOrder]:
        """Return the newest of `rows` for each service it can be traced to; reads no more than that takes."""
        found: dict[str, PlacedOrder] = {}
        for row in sorted(rows, key=lambda row: (row.order.placed or _LONG_AGO, row.id), reverse=True):
            if len(found) == len(self.services):
                break
            for product in sorted(row.touched):
                owner = await self._owner(product, read)
                if owner is not None:
                    found.setdefault(owner, row.order)
        return found

    async def _owner(self, product: str, read: ReadProduct) -> str | None:
        if product not in self.owners and self.reads < _MOST_READ:
            self.reads += 1
            row = await read(product)
            self.owners[product] = row.relies_on if row and row.relies_on in self.services else None
        return self.owners.get(product)
