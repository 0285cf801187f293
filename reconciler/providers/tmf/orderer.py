"""Place orders at a TM Forum server and ask after them.

The standard has no rule for a repeated `externalId`, and known servers make a second order of it. So nothing is ever
sent twice: after an answer that tells nothing, the order is looked up by its reference and adopted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from reconciler.errors import AmbiguousAnswer, OperatorError, OperatorRefused, UnreadableAnswer
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import LiveUser, PlacedOrder
from reconciler.ports import Handle, NewUser, Outcome, Result, ServiceChange
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.order_documents import (
    Document,
    asks,
    handle,
    midnight,
    order_document,
    outcome,
)
from reconciler.providers.tmf.order_rows import order_row
from reconciler.providers.tmf.paging import Listing, read_all
from reconciler.providers.tmf.parties import Parties
from reconciler.providers.tmf.reader import TmfReader
from reconciler.providers.tmf.settings import TmfSettings

_Row = TypeVar("_Row")
#: An order that was not cancelled and goes on is waited for by nobody here.
_STANDING = {Result.MOVING: Result.WAITING}
_CONFLICT = 409
_USED_BEFORE = "Apply again, as a new run: an attempt of this one whose journal is gone has used its references."


class TmfOrderer:
    """Orders over a writable client; `reader` has taken a snapshot and knows who is who."""

    def __init__(self, client: Client, reader: TmfReader, config: FleetConfig, settings: TmfSettings) -> None:
        self._client = client
        self._reader = reader
        self._settings = settings
        self._zone = ZoneInfo(config.timezone)
        self._parties = Parties(client, settings)

    async def submit(
        self, changes: Sequence[ServiceChange], *, user: LiveUser, reference: str, effective: date, note: str
    ) -> Sequence[Handle]:
        """Place one order for `changes`.

        Raises AmbiguousAnswer where it may have been accepted and cannot be found, OperatorRefused where its reference
        is that of another order, and what the client raises where it was not accepted.
        """
        document = order_document(
            changes,
            user=user,
            users=self._reader.users,
            customer=self._customer(),
            contract=self._reader.contract,
            reference=reference,
            effective=midnight(effective, self._zone),
            note=note,
            items_key=self._settings.items_key,
        )
        path = self._settings.path("ordering", "productOrder")
        try:
            answer = await self._client.post(path, document, idempotency_key=reference)
            return [self._handle(answer.body, reference)]
        except (AmbiguousAnswer, UnreadableAnswer) as error:
            found = await self._found_after(error, reference)
            if not found:
                raise AmbiguousAnswer(str(error)) from error
        except OperatorRefused as refused:
            if refused.status != _CONFLICT:
                raise
            found = self._repeats(document, await self._found_after(refused, reference), refused)
        return [self._handle(each, reference) for each in found]

    async def create_user(self, new: NewUser, *, reference: str) -> LiveUser:
        """Create a user, unless there is one of that key; raises what `Parties.create` does."""
        user = await self._parties.create(new, organisation=self._customer(), reference=reference)
        self._reader.learn(user)
        return user

    async def find_user(self, key: str) -> LiveUser | None:
        """Return the user that goes by `key`, read now."""
        return await self._parties.find(key)

    async def poll(self, asked: Handle) -> tuple[Handle, Outcome]:
        """Ask what became of an order."""
        path = f"{self._settings.path('ordering', 'productOrder')}/{asked.order}"
        answer = await self._client.get(path)
        fresh = self._handle(answer.body, asked.reference)
        return fresh, outcome(answer.body, self._settings.items_key)

    async def find(self, reference: str) -> Sequence[Handle]:
        """Return the orders that carry `reference`."""
        return [self._handle(each, reference) for each in await self._under(reference)]

    async def find_each(self, references: Sequence[str]) -> Mapping[str, Sequence[Handle]]:
        """Return the orders that carry each of many references; a server that ignores the filter is asked once."""
        wanted, found = set(references), dict[str, list[Handle]]()
        ignored, gate = asyncio.Event(), asyncio.Semaphore(self._settings.concurrency)

        async def look(asked: str) -> None:
            def convert(document: dict[str, Any]) -> Document | None:
                if document.get("externalId") != asked:
                    ignored.set()
                return document if document.get("externalId") in wanted else None

            async with gate:
                if not ignored.is_set():
                    for document in (await self._listed({"externalId": asked}, convert)).rows:
                        given = str(document["externalId"])
                        found.setdefault(given, []).append(self._handle(document, given))

        for each in references[:1]:
            await look(each)
        await asyncio.gather(*map(look, references[1:]))
        return {each: list({handle.order: handle for handle in handles}.values()) for each, handles in found.items()}

    async def placed_since(self, moment: datetime) -> Sequence[PlacedOrder]:
        """Return the orders placed at `moment` or later; none where the server has no list of orders."""

        def convert(document: dict[str, Any]) -> PlacedOrder | None:
            row = order_row(document, self._settings.items_key, self._zone)
            if row.placed is not None and row.placed < moment:
                return None  # filters may be silently ignored
            return PlacedOrder(row.id, row.state, row.reference, row.placed, row.requester)

        if not self._reader.capabilities().lists_orders:
            return []
        since = {"orderDate.gte": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        return (await self._listed(since, convert)).rows

    async def _under(self, reference: str) -> Sequence[Document]:
        """Return the orders that carry `reference`; filters may be ignored, so it is compared here again."""

        def convert(document: dict[str, Any]) -> Document | None:
            return document if document.get("externalId") == reference else None

        return (await self._listed({"externalId": reference}, convert)).rows

    async def _listed(
        self, filters: Mapping[str, str], convert: Callable[[dict[str, Any]], _Row | None]
    ) -> Listing[_Row]:
        return await read_all(
            self._client,
            self._settings.path("ordering", "productOrder"),
            params=filters,
            convert=convert,
            page_size=self._settings.page_size,
            concurrency=1,
            trust_total=False,
        )

    def _repeats(self, document: Document, found: Sequence[Document], refused: OperatorRefused) -> Sequence[Document]:
        """Return the orders of its reference that `document` repeats; where there are none, it was not accepted."""
        key = self._settings.items_key
        same = [each for each in found if asks(each, key) == asks(document, key)]
        if same:
            return same
        if not found:
            raise refused
        other = f"reference {document['externalId']} is that of order {found[0]['id']} already, for something else"
        raise OperatorRefused(f"{refused}; {other}", status=refused.status, hint=_USED_BEFORE)

    async def _found_after(self, error: Exception, reference: str) -> Sequence[Document]:
        """Look an order up whose answer was lost; where that fails too, nobody knows."""
        try:
            return await self._under(reference)
        except OperatorError as failed:
            raise AmbiguousAnswer(f"{error}; nor could it be looked up: {failed}") from failed

    async def cancel(self, asked: Handle) -> Outcome:
        """Ask the operator to cancel an order, and return what became of it; its state counts, not the answer's."""
        path = self._settings.path("ordering", "cancelProductOrder")
        body: Mapping[str, Any] = {
            "productOrder": {"id": asked.order},
            "cancellationReason": "cancelled by fleet",
        }
        answer = await self._client.post(path, body, idempotency_key=f"c-{asked.reference}")
        _, became = await self.poll(asked)
        said = answer.body.get("state") if isinstance(answer.body, Mapping) else None
        if said == "terminatedWithError" and became.result is not Result.CANCELLED:
            reason = f"the operator did not cancel it: {became.reason or f'it is {became.result}'}"
            return became._replace(result=_STANDING.get(became.result, became.result), reason=reason)
        return became

    def _customer(self) -> dict[str, str]:
        organisation = self._reader.organisation
        assert organisation is not None, "orders follow a snapshot"
        return {"id": organisation.id, "name": organisation.name}

    def _handle(self, body: Any, reference: str) -> Handle:
        if not isinstance(body, dict) or "id" not in body:
            raise UnreadableAnswer("the operator accepted an order and answered without its id")
        return handle(body, reference, self._settings.items_key)
