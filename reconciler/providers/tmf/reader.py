"""Read the whole of live: users, catalogue, contract, services and orders, several lists at once.

What speaks against completeness becomes a gap of the snapshot; a list that cannot be read at all ends the run.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from reconciler.errors import OperatorRefused, UnreadableAnswer
from reconciler.model.catalogue import Catalogue
from reconciler.model.config import FleetConfig
from reconciler.model.contract import Contract
from reconciler.model.snapshot import LiveOption, LiveService, LiveUser, OpenOrder, Presence, Snapshot
from reconciler.ports import Capabilities
from reconciler.providers.tmf import wire
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.order_documents import OPEN, OrderRow, midnight, order_row
from reconciler.providers.tmf.paging import Listing, read_all
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.providers.tmf.wire import ProductRow

_Row = TypeVar("_Row")
#: Statuses of an HTTP answer that say a server has no list of orders.
_NO_LIST = frozenset({404, 405, 501})
_NO_EFFECT = frozenset({"rejected", "cancelled", "failed"})
_PRODUCT_FIELDS = (
    "id,status,productOffering,productCharacteristic,relatedParty,startDate,terminationDate,productRelationship,product"
)


@dataclass(frozen=True, slots=True)
class Party:
    """The organisation at the operator."""

    id: str
    name: str


class TmfReader:
    """Reads one TM Forum server over a client that need not be able to write."""

    def __init__(self, client: Client, config: FleetConfig, settings: TmfSettings, *, name: str) -> None:
        self._client = client
        self._config = config
        self._settings = settings
        self._name = name
        self._zone = ZoneInfo(config.timezone)
        self._lists_orders = True
        #: What an orderer needs to address its orders; known after a snapshot.
        self.organisation: Party | None = None
        self.users: Mapping[str, LiveUser] = {}
        self.contract: str = ""

    def capabilities(self) -> Capabilities:
        """Say what the server can do, as far as reading it has shown."""
        return Capabilities(lists_orders=self._lists_orders)

    async def snapshot(self) -> Snapshot:
        """Read everything; raises OperatorError where a list cannot be read at all."""
        organisations = await self._list("party", "organization", dict)
        at = organisations.at or datetime.now(self._zone)  # servers without a Date header: this machine's clock
        self.organisation = self._our_organisation(organisations.rows)
        month = at.astimezone(self._zone).date().replace(day=1)
        users, offerings, prices, agreements, products, orders = await asyncio.gather(
            self._list("party", "individual", wire.live_user),
            self._list("catalogue", "productOffering", dict),
            self._list("catalogue", "productOfferingPrice", dict),
            self._list("agreement", "agreement", dict),
            self._products(),
            self._orders(month),
        )
        listings = (organisations, users, offerings, prices, agreements, products)
        gaps = [gap for listing in listings for gap in listing.gaps]
        self.users = {user.key: user for user in users.rows}
        contract = wire.contract(self._our_agreement(agreements.rows), self._zone)
        self.contract = contract.id
        return self._assemble(
            at=at,
            contract=contract,
            catalogue=wire.catalogue(offerings.rows, prices.rows),
            users={user.id: user for user in users.rows},
            products=products.rows,
            orders=orders,
            gaps=gaps,
        )

    async def service(self, live_id: str) -> LiveService | None:
        """Read one service on its own; None where the operator has none under that id."""
        path = f"{self._settings.path('inventory', 'product')}/{live_id}"
        try:
            answer = await self._client.get(path)
        except OperatorRefused as refused:
            if refused.status == 404:
                return None
            raise
        if not isinstance(answer.body, dict):
            raise UnreadableAnswer(f"{path} answered something that is no product")
        row = wire.product_row(answer.body, self._zone)
        return _live(row, [], {user.id: user for user in self.users.values()})

    async def _list(
        self,
        api: str,
        resource: str,
        convert: Callable[[dict[str, Any]], _Row | None],
        *,
        params: Mapping[str, str | int] | None = None,
        trust_total: bool = True,
    ) -> Listing[_Row]:
        return await read_all(
            self._client,
            self._settings.path(api, resource),
            params=params or {},
            convert=convert,
            page_size=self._settings.page_size,
            concurrency=self._settings.concurrency,
            trust_total=trust_total,
        )

    async def _products(self) -> Listing[ProductRow]:
        def convert(document: dict[str, Any]) -> ProductRow | None:
            customers = [party for party in document.get("relatedParty") or () if party.get("role") == "customer"]
            ours = self.organisation
            if customers and ours and all(str(party.get("id")) != ours.id for party in customers):
                return None
            return wire.product_row(document, self._zone)

        return await self._list("inventory", "product", convert, params={"fields": _PRODUCT_FIELDS})

    async def _orders(self, month: date) -> list[OrderRow]:
        """Return the open orders and this month's; none where the server has no list of orders."""
        since = midnight(month, self._zone)

        def convert(document: dict[str, Any]) -> OrderRow | None:
            row = order_row(document, self._settings.items_key)
            recent = row.placed is not None and row.placed >= since
            return row if recent or row.state.lower() in OPEN else None  # filters may be silently ignored

        open_states = "acknowledged,pending,held,inProgress,assessingCancellation,pendingCancellation"
        filters = ({"state": open_states}, {"orderDate.gte": f"{since:%Y-%m-%dT%H:%M:%SZ}"})
        try:
            lists = [
                await self._list("ordering", "productOrder", convert, params=each, trust_total=False)
                for each in filters
            ]
        except OperatorRefused as refused:
            if refused.status not in _NO_LIST:
                raise
            self._lists_orders = False
            return []
        return list({row.id: row for listing in lists for row in listing.rows}.values())

    def _our_organisation(self, documents: Iterable[Mapping[str, Any]]) -> Party:
        wanted, names = self._config.organisation, []
        for document in documents:
            identity, name = str(document.get("id")), str(document.get("tradingName") or document.get("name") or "")
            if wanted in (identity, name):
                return Party(identity, name)
            names.append(name or identity)
        known = ", ".join(sorted(names)) or "none at all"
        message = f"the operator knows no organisation '{wanted}'; these credentials see {known}"
        raise OperatorRefused(message, hint="Set 'organisation' in fleet.yaml to its trading name or its id.")

    def _our_agreement(self, documents: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
        candidates = list(documents)
        wanted = self._config.contract
        for document in candidates:
            if str(document.get("id")) == wanted or (wanted is None and len(candidates) == 1):
                return document
        known = ", ".join(sorted(str(document.get("id")) for document in candidates)) or "none at all"
        wanted = wanted or "(contract.id is not set)"
        message = f"the operator has no contract '{wanted}'; these credentials see {known}"
        raise OperatorRefused(message, hint="Set 'contract.id' in fleet.yaml.")

    def _assemble(
        self,
        *,
        at: datetime,
        contract: Contract,
        catalogue: Catalogue,
        users: Mapping[str, LiveUser],
        products: Iterable[ProductRow],
        orders: Iterable[OrderRow],
        gaps: list[str],
    ) -> Snapshot:
        services, options = _sorted_out(products)
        strangers = options.keys() - services.keys()
        if strangers:
            gaps.append(f"{len(strangers)} options rely on services that were not read, {min(strangers)} among them")
        everything = [_live(row, options.get(row.id, ()), users) for row in services.values()]
        live = [service for service in everything if service.presence is not Presence.GONE]
        holders = {row.user for row in services.values() if row.user and row.presence is not Presence.GONE}
        unknown = sorted(holders - users.keys())
        if unknown:
            gaps.append(f"{len(unknown)} users of services were not read, {unknown[0]} among them")
        assert self.organisation is not None, "the organisation is read first"
        return Snapshot(
            provider=self._name,
            source=self._settings.url,
            account=self.organisation.id,
            read_at=at,
            contract=contract,
            catalogue=catalogue,
            users={user.key: user for user in users.values()},
            services=tuple(sorted(live, key=lambda service: service.id)),
            gone=tuple(service for service in everything if service.presence is Presence.GONE),
            open_orders=tuple(_open_order(row, users, services) for row in orders if row.state.lower() in OPEN),
            bundle_changes=self._bundle_changes(orders, services),
            gaps=tuple(gaps),
        )

    def _bundle_changes(self, orders: Iterable[OrderRow], services: Mapping[str, ProductRow]) -> dict[str, date]:
        """Return when each service's bundle was last changed this month, as far as orders tell (R5)."""
        changed: dict[str, date] = {}
        for order in orders:
            if order.placed is None or order.state.lower() in _NO_EFFECT:
                continue
            day = order.placed.astimezone(self._zone).date()
            for live_id in order.rebundled & services.keys():
                changed[live_id] = max(day, changed.get(live_id, day))
        return changed


def _sorted_out(products: Iterable[ProductRow]) -> tuple[dict[str, ProductRow], dict[str, list[ProductRow]]]:
    """Return services by id, and the options in force on each; options stand alone or nested in their service."""
    services: dict[str, ProductRow] = {}
    options: dict[str, list[ProductRow]] = defaultdict(list)
    for row in products:
        if row.relies_on is None:
            services[row.id] = row
        for option in (*row.nested, *((row,) if row.relies_on else ())):
            if option.relies_on and option.presence in (Presence.PRESENT, Presence.COMING):
                options[option.relies_on].append(option)
    return services, options


def _live(row: ProductRow, options: Iterable[ProductRow], users: Mapping[str, LiveUser]) -> LiveService:
    held = tuple(LiveOption(each.offering, each.id, each.ends) for each in sorted(options, key=_by_offering))
    return LiveService(
        id=row.id,
        service=wire.service_of(row, (option.option for option in held), users),
        presence=row.presence,
        options=held,
        started=row.started,
        terminated=row.terminated,
        ends=row.ends,
    )


def _by_offering(row: ProductRow) -> tuple[str, str]:
    return row.offering, row.id


def _open_order(row: OrderRow, users: Mapping[str, LiveUser], services: Mapping[str, ProductRow]) -> OpenOrder:
    user = users.get(row.user or "")
    return OpenOrder(
        id=row.id,
        state=row.state,
        reference=row.reference,
        placed=row.placed,
        requester=row.requester,
        live_ids=row.touched,
        addresses=frozenset(f"{user.key}/{label}" for label in row.added) if user else frozenset(),
        removals=len(row.deleted & services.keys()),
    )
