"""The live connection: any server that speaks TM Forum Open APIs, version 4.

`wire` and `orders` translate documents to values and back without touching the network, `paging` reads whole lists and
knows when one is not whole, `client` is the only module that speaks HTTP, `reader` and `orderer` are the two ports.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.model.config import FleetConfig
from reconciler.ports import Ordering, RateLimit, Reader, Reading, Unwatched
from reconciler.providers.tmf.settings import TmfSettings, tmf_settings

if TYPE_CHECKING:
    from reconciler.providers.tmf.client import Client
    from reconciler.providers.tmf.reader import TmfReader


class TmfProvider:
    """A TM Forum server, over the network or, with `app`, an ASGI application in this process."""

    def __init__(self, config: FleetConfig, settings: TmfSettings, *, name: str = "tmf", app: Any = None) -> None:
        self._config = config
        self._settings = settings
        self._name = name
        self._app = app
        self._told: Reading = Unwatched()

    def watched(self, reading: Reading) -> TmfProvider:
        """Return the same provider, telling `reading` of every page."""
        watched = copy(self)
        watched._told = reading
        return watched

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Open a connection that refuses every unsafe HTTP method."""
        return self._reading()

    def ordering(self, rate: RateLimit) -> AbstractAsyncContextManager[Ordering]:
        """Open a connection that can place orders too, within a limit on calls."""
        return self._ordering(rate)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Reader]:
        from reconciler.providers.tmf.client import Client

        async with Client(self._settings, app=self._app, writable=False, told=self._told) as client:
            yield self._reader(client)

    @asynccontextmanager
    async def _ordering(self, rate: RateLimit) -> AsyncIterator[Ordering]:
        from reconciler.providers.tmf.client import Client
        from reconciler.providers.tmf.orderer import TmfOrderer

        async with Client(self._settings, app=self._app, writable=True, rate=rate, told=self._told) as client:
            reader = self._reader(client)
            yield Ordering(reader, TmfOrderer(client, reader, self._config, self._settings))

    def _reader(self, client: Client) -> TmfReader:
        from reconciler.providers.tmf.reader import TmfReader

        in_process = self._app is not None
        return TmfReader(client, self._config, self._settings, name=self._name, in_process=in_process)


def connect(config: FleetConfig, *, root: Path, environment: Mapping[str, str]) -> TmfProvider:
    """Return the provider that `provider:` of fleet.yaml describes; InvalidInput where its settings make no sense."""
    del root  # nothing of this provider lies beside the fleet's files
    return TmfProvider(config, tmf_settings(config.provider.settings, environment))
