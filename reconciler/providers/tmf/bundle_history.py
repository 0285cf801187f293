"""Which bundle each service had when: told by the orders that took effect, since an inventory knows only the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from reconciler.model.bill_check import BundleChange
from reconciler.model.snapshot import LiveService
from reconciler.providers.tmf import wire
from reconciler.providers.tmf.fields import mapping_of, objects
from reconciler.providers.tmf.order_documents import OPEN
from reconciler.providers.tmf.order_rows import OrderRow
from reconciler.providers.tmf.past_orders import NO_EFFECT


class Bundled(NamedTuple):
    """An order that took effect on a day: the services it made, and those it changed, with the bundle of each."""

    id: str
    day: date
    made: Mapping[str, str]
    changed: Mapping[str, str]


def bundled(document: Mapping[str, Any], items_key: str, zone: ZoneInfo) -> Bundled | None:
    """Return what an order did to bundles; None for one that did nothing, or not yet."""
    done = wire.instant(document.get("completionDate"))
    if done is None or str(document.get("state") or "").lower() in OPEN | NO_EFFECT:
        return None
    items = objects(document, items_key)
    made, changed = dict(_bundles(items, "add")), dict(_bundles(items, "modify"))
    return Bundled(str(document["id"]), done.astimezone(zone).date(), made, changed)


def bundle_changes(orders: Iterable[Bundled], since: date) -> list[BundleChange]:
    """Return the changes since a day; what a bundle was before is what the order before it made it."""
    had: dict[str, str] = {}
    found = []
    for order in sorted({order.id: order for order in orders}.values(), key=lambda order: (order.day, order.id)):
        for service, bundle in order.changed.items():
            if had.get(service) != bundle and order.day >= since:
                found.append(BundleChange(service, order.day, bundle, had.get(service)))
        had |= {**order.made, **order.changed}
    return found


def changed_this_month(orders: Iterable[OrderRow], services: Mapping[str, LiveService]) -> dict[str, date]:
    """Return when each service's bundle was last changed this month, as far as orders tell (R5).

    An order that has ended counts where the service has what it ordered: some servers complete one without effect.
    """
    changed: dict[str, date] = {}
    for order in orders:
        if order.placed is None or order.state.lower() in NO_EFFECT:
            continue
        day = order.placed.date()
        for live_id, bundle in order.rebundled:
            live = services.get(live_id)
            if live is not None and (live.service.bundle == bundle or order.state.lower() in OPEN):
                changed[live_id] = max(day, changed.get(live_id, day))
    return changed


def _bundles(items: Iterable[Mapping[str, Any]], action: str) -> Iterator[tuple[str, str]]:
    for item in items:
        product = mapping_of(item.get("product"))
        offering = mapping_of(item.get("productOffering") or product.get("productOffering")).get("id")
        if item.get("action") == action and product.get("id") and offering and item.get("state") != "failed":
            yield str(product["id"]), str(offering)
