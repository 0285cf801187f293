"""What lies between the sandbox and a client that is not in its process: compression, and a way that takes time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
#: Bytes of an answer from which on it is compressed.
_LONG = 16_384
_QUICKEST, _AS_GZIP = 1, 31


def served(app: Application, *, latency: float = 0, gzip: bool = False) -> Application:
    """Return an application as others see it: each answer `latency` seconds late, long ones compressed with `gzip`.

    Not by itself: between processes of one machine, and there is no other way to the sandbox, it costs more than it
    saves. Of 254 pages of 323 kB each, which become 19 kB, the server had 0.41 s of work instead of 0.29 (the quickest
    level), the client 0.38 instead of 0.42 (2026-11-24).
    """

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if latency:
            await asyncio.sleep(latency)
        if not (gzip and _accepts_gzip(scope)):
            await app(scope, receive, send)
            return
        compressing = _Compressing(send)
        try:
            await app(scope, receive, compressing.send)
        finally:
            await compressing.begin()  # a fault may end an answer after its headers

    return answer


def _accepts_gzip(scope: Message) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


class _Compressing:
    """Sends an answer on, compressed if it is long.

    Starlette's own middleware leaves 206 alone, which to HTTP is a range of bytes and on this wire a page of a list.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Hold the headers until it is known how long the body is."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message.get("body", b"")
        if self._start is not None and len(body) >= _LONG and not message.get("more_body"):
            message = {**message, "body": zlib.compress(body, _QUICKEST, _AS_GZIP)}
            self._start = {**self._start, "headers": _headers(self._start["headers"], len(message["body"]))}
        await self.begin()
        await self._send(message)

    async def begin(self) -> None:
        """Send the headers, unless they were sent."""
        start, self._start = self._start, None
        if start is not None:
            await self._send(start)


def _headers(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [header for header in headers if header[0].lower() != b"content-length"]
    more = [(b"content-length", b"%d" % length), (b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    return [*kept, *more]
