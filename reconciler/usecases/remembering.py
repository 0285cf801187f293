"""A provider that leaves behind what it saw on offer, whatever it is read for, and says while it reads everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from reconciler.garbage import uncollected
from reconciler.model.snapshot import Extent, Snapshot
from reconciler.ports import Ordering, Provider, RateLimit, Reader, Reading
from reconciler.usecases.wares import remember


@dataclass(frozen=True, slots=True)
class Remembering:
    """A provider that keeps the catalogue of every snapshot it reads to plan or to look at."""

    provider: Provider
    root: Path
    told: Reading

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Open a connection that cannot write."""
        async with self.provider.reading() as reader:
            yield cast(Reader, _Reader(reader, self.told, self.root))

    @asynccontextmanager
    async def ordering(self, rate: RateLimit) -> AsyncIterator[Ordering]:
        """Open a connection that can place orders, within a limit on calls."""
        async with self.provider.ordering(rate) as (reader, orderer):
            yield Ordering(cast(Reader, _Reader(reader, self.told)), orderer)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Another reader, all of it; only a snapshot does something more, and is remembered where there is a `root`."""

    reader: Reader
    told: Reading
    root: Path | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)

    async def snapshot(self, extent: Extent | None = None) -> Snapshot:
        with self.told.live(), uncollected():
            live = await self.reader.snapshot(extent)
        if live.catalogue.bundles and self.root is not None:
            remember(self.root, live.catalogue)
        return live
