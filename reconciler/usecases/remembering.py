"""A provider that leaves behind what it saw on offer, whatever it is read for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from reconciler.model.snapshot import Extent, Snapshot
from reconciler.ports import Ordering, Provider, RateLimit, Reader
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
            yield cast(Reader, _RememberingReader(reader, self.root))

    def ordering(self, rate: RateLimit) -> AbstractAsyncContextManager[Ordering]:
        """Open a connection that can place orders, within a limit on calls."""
        return self.provider.ordering(rate)


@dataclass(frozen=True, slots=True)
class _RememberingReader:
    """Another reader, all of it; only reading everything does something more."""

    reader: Reader
    root: Path

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)

    async def snapshot(self, extent: Extent | None = None) -> Snapshot:
        live = await self.reader.snapshot(extent)
        if live.catalogue.bundles:
            remember(self.root, live.catalogue)
        return live
