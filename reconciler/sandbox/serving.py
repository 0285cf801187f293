"""What lies between the sandbox and a client that is not in its process: compression, and a way that takes time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.middleware.gzip import GZipMiddleware

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
#: Bytes of an answer from which on compressing it pays.
_LONG = 16_384


def served(app: Any, *, latency: float = 0) -> Any:
    """Return an application as others see it, each of its answers `latency` seconds late.

    Long answers are compressed for whoever accepts that, at the quickest level. A page of 500 products is 323 kB, and
    19 kB then; compressing takes 0.5 ms, which even between two processes of one machine is what not sending it saves.
    """
    compressed = GZipMiddleware(app, minimum_size=_LONG, compresslevel=1)
    return _Late(compressed, latency) if latency else compressed


class _Late:
    """Answers after a while, and others meanwhile."""

    def __init__(self, app: Application, latency: float) -> None:
        self._app = app
        self._latency = latency

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(self._latency)
        await self._app(scope, receive, send)
