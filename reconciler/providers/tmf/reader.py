"""Read live, all of it or a part: users, catalogue, contract, services and orders, several lists at once.

What speaks against completeness becomes a gap of the snapshot; a list that cannot be read at all ends the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from reconciler.errors import OperatorRefused, UnreadableAnswer
from reconciler.model.bill_check import BundleChange
from reconciler.model.catalogue import Catalogue
from reconciler.model.config import FleetConfig
from reconciler.model.contract import Contract
from reconciler.model.fleet import Service
from reconciler.model.secret import Secret
from reconciler.model.snapshot import (
    Doubt,
    DoubtKind,
    Extent,
    LiveService,
    LiveUser,
    PlacedOrder,
    Presence,
    Snapshot,
    Totals,
)
from reconciler.ports import Capabilities
from reconciler.providers.tmf import offers, wire
from reconciler.providers.tmf.asking import PRODUCT, PRODUCT_FIELDS, USER, Asking, Undependable, rows_like
from reconciler.providers.tmf.assembly import Assembly, live_service
from reconciler.providers.tmf.bundle_history import Bundled, bundle_changes, bundled, changed_this_month
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.customer import Party, our_agreement, our_organisation
from reconciler.providers.tmf.order_documents import midnight
from reconciler.providers.tmf.order_rows import OrderRow, order_doubts, order_row, unread_products, unread_users
from reconciler.providers.tmf.paging import Keeping, Listing, Rows, read_all
from reconciler.providers.tmf.part import find_named, read_part
from reconciler.providers.tmf.past_orders import PastOrders, PastRow
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.providers.tmf.skipping import Skipping
from reconciler.providers.tmf.typed_pages import product_page, user_page
from reconciler.providers.tmf.wire import ProductRow

_Row = TypeVar("_Row")
_Order = TypeVar("_Order", OrderRow, PastRow)
#: Statuses of an HTTP answer that say a server has no list of orders.
_NO_LIST = frozenset({404, 405, 501})


class _Terms(NamedTuple):
    """What there is once for everybody, whatever part of live is read."""

    contract: Contract
    catalogue: Catalogue
    orders: list[OrderRow]
    gaps: list[str]

    @property
    def open_orders(self) -> list[OrderRow]:
        """The orders that have not ended."""
        return [row for row in self.orders if row.is_open]


class _Read(NamedTuple):
    """What was read of live, everything or a part of it with the totals of the rest."""

    products: Assembly
    gaps: list[str]
    counted: Totals | None = None


class TmfReader:
    """Reads one TM Forum server over a client that need not be able to write."""

    def __init__(
        self, client: Client, config: FleetConfig, settings: TmfSettings, *, name: str, in_process: bool = False
    ) -> None:
        self._in_process = in_process
        self._client = client
        self._config = config
        self._settings = settings
        self._name = name
        self._zone = ZoneInfo(config.timezone)
        self._lists_orders = True
        self._turns = asyncio.Semaphore(settings.concurrency)
        #: What an orderer needs to address its orders; known after a snapshot.
        self.organisation: Party | None = None
        self.users: Mapping[str, LiveUser] = {}
        self.contract: str = ""

    def capabilities(self) -> Capabilities:
        """Say what the server can do, as far as reading it has shown."""
        return Capabilities(lists_orders=self._lists_orders, shows_orders_at_once=self._in_process)

    async def snapshot(self, extent: Extent | None = None) -> Snapshot:
        """Read everything, or what `extent` names where this server can be relied on for that.

        Raises OperatorError where a list cannot be read at all.
        """
        organisations = await self._list("party", "organization", dict)
        at = organisations.at or datetime.now(self._zone)  # servers without a Date header: this machine's clock
        self.organisation = our_organisation(organisations.rows, self._config.organisation)
        terms, users = await asyncio.gather(self._terms(at), self._all_users() if extent is None else _nothing())
        read = None
        if extent is not None and len(organisations.rows) == 1 and not self._settings.skip:
            read = await self._part(extent, terms)
        if read is None:
            read = await self._everything(users or await self._all_users(), terms)
        self.users = {user.key: user for user in read.products.users.values()}
        self.contract = terms.contract.id
        return await self._assemble(at, terms, read, organisations.gaps)

    def learn(self, user: LiveUser) -> None:
        """Know a user who was created after the snapshot."""
        self.users = {**self.users, user.key: user}

    async def service(self, live_id: str) -> LiveService | None:
        """Read one service on its own; None where the operator has none under that id."""
        document = await self._product(live_id)
        if document is None:
            return None
        row = wire.product_row(document, self._zone)
        return live_service(row, next((user for user in self.users.values() if user.id == row.user), None))

    async def services_like(self, user: LiveUser, wanted: Sequence[Service]) -> Sequence[LiveService] | None:
        """Read the services of a user, and whatever has a number or an ICCID of `wanted`; None without filters."""
        asking = Asking(self._client, self._settings, self._zone)
        try:
            rows = await rows_like(asking, user.id, wanted)
        except Undependable:
            return None
        known = {each.id: each for each in (*self.users.values(), user)}
        return [live_service(row, known.get(row.user or "")) for row in rows if row.relies_on is None]

    async def last_orders(
        self, services: Sequence[LiveService], touching: Mapping[str, Collection[str]] | None = None
    ) -> Mapping[str, PlacedOrder]:
        """Read the last order that touched each of some users' services; the users are known after a snapshot."""
        if not services or not self._lists_orders:
            return {}

        async def row(live_id: str) -> ProductRow | None:
            document = await self._product(live_id)
            return wire.product_row(document, self._zone) if document is not None else None

        past = PastOrders.of(services, self.users, touching, items_key=self._settings.items_key, zone=self._zone)
        rows, _ = await self._order_lists(past.row, past.filters())
        return await past.last(rows, row)

    async def bundle_changes(self, since: date) -> Sequence[BundleChange]:
        """Read which bundles became others since a day and what they were, as far as orders tell."""

        def convert(document: dict[str, Any]) -> Bundled | None:
            return bundled(document, self._settings.items_key, self._zone)

        try:
            listed = await self._list("ordering", "productOrder", convert, trust_total=False)
        except OperatorRefused as refused:
            if refused.status not in _NO_LIST:
                raise
            return []
        return bundle_changes(listed.rows, since)

    async def activation_code(self, live_id: str) -> Secret | None:
        """Read the activation code of one service's eSIM; at most `concurrency` are asked for at once."""
        async with self._turns:
            document = await self._product(live_id)
        return None if document is None else wire.activation_code(document)

    async def _product(self, live_id: str) -> Mapping[str, Any] | None:
        path = f"{self._settings.path('inventory', 'product')}/{live_id}"
        try:
            answer = await self._client.get(path)
        except OperatorRefused as refused:
            if refused.status == 404:
                return None
            raise
        if not isinstance(answer.body, dict):
            raise UnreadableAnswer(f"{path} answered something that is no product")
        return answer.body

    async def _list(
        self,
        api: str,
        resource: str,
        convert: Callable[[dict[str, Any]], _Row | None],
        *,
        typed: Callable[[bytes], Rows[_Row] | None] | None = None,
        into: Keeping[_Row] | None = None,
        params: Mapping[str, str | int] | None = None,
        trust_total: bool = True,
    ) -> Listing[_Row]:
        return await read_all(
            self._client,
            self._settings.path(api, resource),
            params=params or {},
            convert=convert,
            typed=typed,
            into=into,
            page_size=self._settings.page_size,
            concurrency=self._settings.concurrency,
            trust_total=trust_total,
        )

    async def _terms(self, at: datetime) -> _Terms:
        """Read what there is once for everybody: the catalogue, the contract, and the orders that matter."""
        month = at.astimezone(self._zone).date().replace(day=1)
        offerings, prices, agreements, (orders, missing) = await asyncio.gather(
            self._list("catalogue", "productOffering", dict),
            self._list("catalogue", "productOfferingPrice", dict),
            self._list("agreement", "agreement", dict),
            self._orders(month),
        )
        contract = offers.contract(our_agreement(agreements.rows, self._config.contract), self._zone)
        gaps = [*missing, *(gap for listing in (offerings, prices, agreements) for gap in listing.gaps)]
        currency = self._config.currency
        catalogue = offers.catalogue(offerings.rows, prices.rows, currency)
        if not catalogue.bundles:
            gaps.append(f"the catalogue has no bundle with a monthly price in {currency}, the currency of fleet.yaml")
        return _Terms(contract, catalogue, orders, gaps)

    async def _all_users(self) -> Listing[LiveUser]:
        return await self._list(*USER, wire.live_user, typed=user_page)

    async def _everything(self, users: Listing[LiveUser], terms: _Terms) -> _Read:
        """Read all products, whose rows are dropped at once: that takes knowing the users before."""
        skipping = Skipping(self._settings.skip)
        products = _assembly(users.rows, terms, skipping.ids)
        customer = self.organisation.id if self.organisation else None

        def convert(document: dict[str, Any]) -> ProductRow | None:
            if skipping.leaves_out_document(document) or not wire.is_of(document, customer):
                return None
            return wire.product_row(document, self._zone, customer=customer)

        def typed(content: bytes) -> Rows[ProductRow] | None:
            return product_page(content, self._zone, customer, skipping)

        fields = {"fields": PRODUCT_FIELDS}
        listing = await self._list(*PRODUCT, convert, typed=typed, into=products, params=fields)
        return _Read(products, [*users.gaps, *listing.gaps])

    async def _part(self, extent: Extent, terms: _Terms) -> _Read | None:
        """Read a part; None where this server cannot be relied on for that."""
        asking = Asking(self._client, self._settings, self._zone)
        try:
            part = await read_part(asking, extent, terms.catalogue, terms.contract.period)
            products = _assembly(part.users.values(), terms, ())
            products.extend(part.products.values())
            products.others, _ = await find_named(asking, unread_users(terms.orders, products), ())
            _, there = await find_named(asking, (), unread_products(terms.orders, products))
            products.seen |= there
        except (Undependable, OperatorRefused, UnreadableAnswer):
            return None
        return _Read(products, [], part.totals)

    async def _orders(self, month: date) -> tuple[list[OrderRow], list[str]]:
        """Return the open orders and this month's, and what speaks against that being all of them."""
        since = midnight(month, self._zone)

        def convert(document: dict[str, Any]) -> OrderRow | None:
            row = order_row(document, self._settings.items_key, self._zone)
            recent = row.placed is None or row.placed >= since
            return row if recent or row.is_open else None  # filters may be silently ignored

        open_states = "acknowledged,pending,held,inProgress,assessingCancellation,pendingCancellation"
        filters = ({"state": open_states}, {"orderDate.gte": f"{since:%Y-%m-%dT%H:%M:%SZ}"})
        return await self._order_lists(convert, filters)

    async def _order_lists(
        self, convert: Callable[[dict[str, Any]], _Order | None], filters: Iterable[Mapping[str, str]]
    ) -> tuple[list[_Order], list[str]]:
        """Return the orders that any of `filters` finds, and what speaks against that being all of them.

        There are none where the server has no list of orders.
        """
        try:
            lists = [
                await self._list("ordering", "productOrder", convert, params=each, trust_total=False)
                for each in filters
            ]
            gaps = [gap for listing in lists for gap in listing.gaps] or await self._miscounted(lists)
        except OperatorRefused as refused:
            if refused.status not in _NO_LIST:
                raise
            self._lists_orders = False
            return [], []
        return list({row.id: row for listing in lists for row in listing.rows}.values()), gaps

    async def _miscounted(self, lists: Sequence[Listing[_Order]]) -> list[str]:
        """Return which filtered lists are shorter than they are said to be, by a server that counts what it filters."""
        short = [listing for listing in lists if listing.total is not None and listing.total > listing.seen]
        if not short:
            return []
        path = self._settings.path("ordering", "productOrder")
        whole = (await self._client.get(path, {"fields": "id", "offset": 0, "limit": 1})).total
        if all(listing.total == whole for listing in lists):
            return []  # it counts all orders, whatever it was asked for
        return [f"{path}: the operator counts {each.total}, {each.seen} were read" for each in short]

    async def _assemble(self, at: datetime, terms: _Terms, read: _Read, gaps: list[str]) -> Snapshot:
        products = read.products
        everything = products.everything()
        assert self.organisation is not None, "the organisation is read first"
        elsewhere = await self._services_among(terms.open_orders, products) if read.counted else set()
        return Snapshot(
            provider=self._name,
            source=self._settings.url,
            account=self.organisation.id,
            read_at=at,
            contract=terms.contract,
            catalogue=terms.catalogue,
            users=self.users,
            services=tuple(sorted((item for item in everything if item.presence is not Presence.GONE), key=_by_id)),
            gone=tuple(item for item in everything if item.presence is Presence.GONE),
            ended_options=tuple(products.ended),
            open_orders=products.open_orders(terms.open_orders, elsewhere),
            bundle_changes=changed_this_month(terms.orders, products.services),
            gaps=(*gaps, *terms.gaps, *read.gaps),
            counted=read.counted,
            doubts=(
                *self._unknown_addresses(),
                *products.all_doubts(),
                *order_doubts(terms.orders, products),
            ),
        )

    def _unknown_addresses(self) -> Iterator[Doubt]:
        """Yield the users who have no address, as many of them as there may be being expected."""
        unknown = sorted(user.key for user in self.users.values() if not wire.has_address(user))
        most = self._settings.without_address
        expected = most is None or len(unknown) <= most
        for key in unknown:
            yield Doubt(DoubtKind.USER, self.users[key].id, "it has no e-mail address", key, expected=expected)

    async def _services_among(self, orders: Iterable[OrderRow], known: Assembly) -> set[str]:
        """Return which products that orders remove are services, of those that are not `known`."""
        asking = Asking(self._client, self._settings, self._zone)
        deleted = {identity for row in orders for identity in row.deleted}
        unknown = sorted(each for each in deleted if each not in known.services and each not in known.parents)
        found = await asyncio.gather(*map(asking.product, unknown))
        return {row.id for row in found if row is not None and row.relies_on is None}


def _assembly(users: Iterable[LiveUser], terms: _Terms, skipped: Container[str]) -> Assembly:
    touched = frozenset().union(*(row.touched for row in terms.open_orders))
    add_ons = terms.catalogue.options.keys() - terms.catalogue.bundles.keys()
    return Assembly({user.id: user for user in users}, touched, add_ons, skipped)


def _by_id(service: LiveService) -> str:
    return service.id


async def _nothing() -> None:
    return None
