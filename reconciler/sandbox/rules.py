"""The rules of the field, R1 to R9, as this operator enforces them: an order that breaks one is rejected whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select

from reconciler.sandbox import state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.items import Item
from reconciler.sandbox.removals import quota
from reconciler.sandbox.schema import bundle_changes, individuals, products, touches

Row = RowMapping | Mapping[str, Any]
HERE = ("active", "suspended", "pendingActive", "pendingTerminate")


@dataclass(slots=True)
class Ordered:
    """An order against the products it works on: rows by id, and each service's bundle and options afterwards."""

    items: Sequence[Item]
    user: str | None
    rows: dict[str, Row] = field(default_factory=dict)
    bundles: dict[str, str] = field(default_factory=dict)
    options: dict[str, Counter[str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    @property
    def removals(self) -> list[str]:
        """The services this order removes; taking an option away is no removal."""
        return sorted(each for each in self.deleted if each in self.rows and self.rows[each]["parent"] is None)


def reasons(connection: Connection, items: Sequence[Item], user: str | None) -> list[str]:
    """Return why this operator does not take an order; empty where it does."""
    ordered = Ordered(items, user)
    unknown = list(_unknown(connection, ordered))
    if unknown:
        return unknown
    _work_out(connection, ordered)
    return [
        *_offered(ordered),
        *_allowed(ordered),
        *_quota(connection, ordered),
        *_once_a_month(connection, ordered),
        *_free(connection, ordered),
        *_ported(ordered),
    ]


def _unknown(connection: Connection, ordered: Ordered) -> Iterator[str]:
    """Yield what the order names and this operator does not have (R1)."""
    for user in {ordered.user, *(item.user for item in ordered.items if item.user)}:
        if user is None:
            yield "the order names no user"
        elif not connection.execute(select(individuals.c.n).where(individuals.c.id == user)).first():
            yield f"there is no user {user} (R1)"
    for item in ordered.items:
        if item.offering is not None and item.offering not in OFFERINGS:
            yield f"item {item.id}: there is no offering {item.offering}"
        for identity in (item.product_id, item.relies_on):
            if identity and item.action != "noChange":
                yield from _product(connection, ordered, item, identity)


def _product(connection: Connection, ordered: Ordered, item: Item, identity: str) -> Iterator[str]:
    row = connection.execute(select(products).where(products.c.id == identity)).mappings().first()
    if row is None or row["status"] not in HERE:
        yield f"item {item.id}: there is no product {identity}"
    elif connection.execute(select(touches).where(touches.c.product_id == identity)).first():
        yield f"item {item.id}: an order is already open for product {identity}"
    else:
        ordered.rows[identity] = row


def _work_out(connection: Connection, ordered: Ordered) -> None:
    """Work out what each service the order touches will have."""
    for identity, row in list(ordered.rows.items()):
        service = row["parent"] or identity
        if service not in ordered.bundles:
            statement = select(products).where(or_(products.c.id == service, products.c.parent == service))
            family = [each for each in connection.execute(statement).mappings() if each["status"] in HERE]
            ordered.options[service] = Counter(each["offering"] for each in family if each["parent"])
            ordered.bundles[service] = next(each["offering"] for each in family if not each["parent"])
    for item in ordered.items:
        _put(ordered, item)


def _put(ordered: Ordered, item: Item) -> None:
    row = ordered.rows.get(item.product_id or "")
    if item.action == "delete" and row is not None:
        ordered.deleted.add(str(item.product_id))
        if row["parent"]:
            ordered.options[row["parent"]][row["offering"]] -= 1
    elif item.action == "modify" and item.offering:
        ordered.bundles[str(item.product_id)] = item.offering
    elif item.action == "add" and item.offering:
        if item.is_option:
            service = item.relies_on or f"item {item.relies_on_item}"
            ordered.options.setdefault(service, Counter())[item.offering] += 1
        else:
            ordered.bundles[f"item {item.id}"] = item.offering


def _offered(ordered: Ordered) -> Iterator[str]:
    for item in ordered.items:
        if item.offering is None or item.action not in ("add", "modify"):
            continue
        offering = OFFERINGS[item.offering]
        before = ordered.rows.get(item.product_id or "", {}).get("offering")
        if not offering.sellable and before != item.offering:
            yield f"item {item.id}: {item.offering} is not sold any more"
        if item.action == "modify" and offering.category != "bundle":
            yield f"item {item.id}: {item.offering} is no bundle"
        if item.is_option and not (item.relies_on or item.relies_on_item):
            yield f"item {item.id}: option {item.offering} relies on nothing"


def _allowed(ordered: Ordered) -> Iterator[str]:
    for service, options in ordered.options.items():
        if service in ordered.deleted:
            continue
        bundle = ordered.bundles.get(service)
        if bundle is None:
            yield f"options are ordered for {service}, which is no service of this order"
            continue
        for option, count in options.items():
            if count > 0 and option not in OFFERINGS[bundle].carries:
                yield f"option {option} does not go with bundle {bundle}"
            if count > 1:
                yield f"option {option} would be there twice"


def _quota(connection: Connection, ordered: Ordered) -> Iterator[str]:
    removals = ordered.removals
    if removals:
        allowed, used = quota(connection)
        if used + len(removals) > allowed:
            yield (
                f"{len(removals)} removals do not fit the quota: {allowed} allowed this contract period, {used} used; "
                "ask your account manager (R2)"
            )


def _once_a_month(connection: Connection, ordered: Ordered) -> Iterator[str]:
    month = state.local_day(state.now(connection)).isoformat()[:7]
    for item in ordered.items:
        if rebundles(item, ordered.rows):
            statement = select(bundle_changes).where(
                bundle_changes.c.product_id == item.product_id, bundle_changes.c.month == month
            )
            if connection.execute(statement).first():
                yield f"the bundle of {item.product_id} was changed in {month} already (R5)"


def rebundles(item: Item, rows: Mapping[str, Row]) -> bool:
    """Tell whether an item changes the bundle of a service."""
    if item.action != "modify" or item.offering is None:
        return False
    return bool(rows[str(item.product_id)]["offering"] != item.offering)


def _free(connection: Connection, ordered: Ordered) -> Iterator[str]:
    """Yield the numbers and SIMs that are in use on another service."""
    asked: Counter[tuple[str, str]] = Counter()
    for item in ordered.items:
        for name, column in (("msisdn", products.c.number), ("iccid", products.c.iccid)):
            value = item.named.get(name)
            if not value or item.action not in ("add", "modify"):
                continue
            asked[name, value] += 1
            statement = select(products.c.id).where(column == value, products.c.status.in_(HERE))
            holders = {row.id for row in connection.execute(statement)} - {item.product_id}
            if holders or asked[name, value] > 1:
                yield f"item {item.id}: {name} {value} is in use"


def _ported(ordered: Ordered) -> Iterable[str]:
    for item in ordered.items:
        ports = {name for name in item.named if name.startswith("portIn")}
        if ports and not {"portInOperator", "portInAccount"} <= ports:
            yield f"item {item.id}: a port-in needs portInOperator and portInAccount (R7)"
        if ports and not item.named.get("msisdn"):
            yield f"item {item.id}: a port-in needs the number (R7)"
