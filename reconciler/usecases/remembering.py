"""A provider that leaves behind what it saw on offer, whatever it is read for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.secret import Secret
from reconciler.model.snapshot import LiveService, PlacedOrder, Snapshot
from reconciler.ports import Capabilities, Ordering, Provider, RateLimit, Reader
from reconciler.usecases.wares import remember


@dataclass(frozen=True, slots=True)
class Remembering:
    """A provider that keeps the catalogue of every snapshot it reads to plan or to look at."""

    provider: Provider
    root: Path

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Open a connection that cannot write."""
        async with self.provider.reading() as reader:
            yield _RememberingReader(reader, self.root)

    def ordering(self, rate: RateLimit) -> AbstractAsyncContextManager[Ordering]:
        """Open a connection that can place orders, within a limit on calls."""
        return self.provider.ordering(rate)


@dataclass(frozen=True, slots=True)
class _RememberingReader:
    reader: Reader
    root: Path

    def capabilities(self) -> Capabilities:
        return self.reader.capabilities()

    async def snapshot(self) -> Snapshot:
        live = await self.reader.snapshot()
        if live.catalogue.bundles:
            remember(self.root, live.catalogue)
        return live

    async def service(self, live_id: str) -> LiveService | None:
        return await self.reader.service(live_id)

    async def activation_code(self, live_id: str) -> Secret | None:
        return await self.reader.activation_code(live_id)

    async def last_orders(self, services: Sequence[LiveService]) -> Mapping[str, PlacedOrder]:
        return await self.reader.last_orders(services)
