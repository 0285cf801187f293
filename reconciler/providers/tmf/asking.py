"""Ask one server for what passes a filter, and notice where the filter was ignored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from reconciler.errors import OperatorRefused, UnreadableAnswer
from reconciler.model.fleet import Service
from reconciler.model.snapshot import LiveUser
from reconciler.providers.tmf import wire
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.fields import characteristics, objects
from reconciler.providers.tmf.order_documents import midnight
from reconciler.providers.tmf.paging import read_all
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.providers.tmf.wire import ProductRow

_Row = TypeVar("_Row")
PRODUCT, USER = ("inventory", "product"), ("party", "individual")
PRODUCT_FIELDS = (
    "id,status,productOffering,productCharacteristic,relatedParty,startDate,terminationDate,productRelationship,product"
)
Filters = Mapping[str, str]
#: What products are filtered by: whose they are, and any value they have.
OF_USER, VALUE = "relatedParty.id", "productCharacteristic.value"


class Undependable(Exception):
    """What this server answers to filters or counts is no proof of anything."""


class Sample(NamedTuple):
    """The first products of all: as rows, how one of their numbers was written, and how many products there are."""

    rows: tuple[ProductRow, ...]
    written: str | None
    total: int | None


@dataclass(slots=True)
class Asking:
    """Questions to one server, at most `concurrency` at once; all of them raise OperatorError."""

    client: Client
    settings: TmfSettings
    zone: ZoneInfo
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.settings.concurrency)

    async def users(self, filters: Filters, fits: Callable[[LiveUser], bool]) -> list[LiveUser]:
        """Return the users that pass `filters`; raises Undependable for one that does not fit them."""
        return await self._listed(USER, filters, wire.live_user, fits)

    async def products(
        self, filters: Filters, fits: Callable[[ProductRow], bool], *, fields: str = PRODUCT_FIELDS
    ) -> list[ProductRow]:
        """Return the products that pass `filters`; raises Undependable for one that does not fit them."""
        return await self._listed(PRODUCT, {**filters, "fields": fields}, self._row, fits)

    async def user(self, identity: str) -> LiveUser | None:
        """Return a user by the operator's id; None where there is none."""
        document = await self._one(USER, identity)
        return None if document is None else wire.live_user(document)

    async def product(self, identity: str) -> ProductRow | None:
        """Return a product by its id; None where there is none."""
        document = await self._one(PRODUCT, identity)
        return None if document is None else self._row(document)

    async def count(self, resource: tuple[str, str], filters: Filters) -> int | None:
        """Return how many pass `filters`; None where the server does not say."""
        async with self._turns:
            answer = await self.client.get(self.settings.path(*resource), {**filters, "fields": "id", "limit": 1})
        return answer.total

    def moment(self, day: date) -> str:
        """Return when a day begins where the fleet is, as filters are told of it."""
        return f"{midnight(day, self.zone):%Y-%m-%dT%H:%M:%SZ}"

    async def sample(self) -> Sample:
        """Return the first products of all."""
        limit: dict[str, str | int] = {"fields": PRODUCT_FIELDS, "offset": 0, "limit": self.settings.page_size}
        answer = await self.client.get(self.settings.path(*PRODUCT), limit)
        documents = answer.body if isinstance(answer.body, list) else []
        named = (characteristics(objects(each, "productCharacteristic")).get("msisdn") for each in documents)
        written = next((number for number in named if number), None)
        return Sample(tuple(map(self._row, documents)), written, answer.total)

    async def _listed(
        self,
        resource: tuple[str, str],
        filters: Filters,
        convert: Callable[[dict[str, Any]], _Row],
        fits: Callable[[_Row], bool],
    ) -> list[_Row]:
        def fitting(document: dict[str, Any]) -> _Row:
            row = convert(document)
            if not fits(row):
                raise Undependable("a filter was ignored")
            return row

        async with self._turns:
            listing = await read_all(
                self.client,
                self.settings.path(*resource),
                params=filters,
                convert=fitting,
                page_size=self.settings.page_size,
                concurrency=self.settings.concurrency,
            )
        if listing.gaps:
            raise Undependable(listing.gaps[0])
        return listing.rows

    async def _one(self, resource: tuple[str, str], identity: str) -> dict[str, Any] | None:
        path = f"{self.settings.path(*resource)}/{identity}"
        try:
            async with self._turns:
                answer = await self.client.get(path)
        except OperatorRefused as refused:
            if refused.status == 404:
                return None
            raise
        if not isinstance(answer.body, dict):
            raise UnreadableAnswer(f"{path} answered something that is no {resource[1]}")
        return answer.body

    def _row(self, document: Mapping[str, Any]) -> ProductRow:
        return wire.product_row(document, self.zone)


async def rows_like(ask: Asking, user: str, wanted: Sequence[Service]) -> list[ProductRow]:
    """Return the products of a user by the operator's id, and what holds a number or an ICCID of `wanted`.

    Raises Undependable where the server ignores such filters.
    """
    values = {value for each in wanted for value in (each.number, each.sim.iccid) if value}

    def with_value(value: str) -> Awaitable[list[ProductRow]]:
        return ask.products({VALUE: value}, lambda row: value in (row.number, row.sim.iccid))

    asked = [ask.products({OF_USER: user}, lambda row: row.user == user), *map(with_value, sorted(values))]
    found = await asyncio.gather(*asked)
    return list({row.id: row for rows in found for row in rows}.values())
