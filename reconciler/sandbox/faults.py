"""Faults that can be switched on: slow, busy and failing answers, before the effect and after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, select, update

from reconciler.sandbox.schema import faults

if TYPE_CHECKING:
    from reconciler.sandbox.operator import Sandbox

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ConnectionDropped(Exception):
    """Ends an answer in the middle, on purpose."""


class Faulty:
    """Stands before the application and does what the faults that are switched on say."""

    def __init__(self, app: Callable[[Any, Receive, Send], Awaitable[None]], sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request, or fail at it."""
        fault = self._take(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        match fault["kind"]:
            case "latency":
                await asyncio.sleep(float(fault["value"] or 1))
                await self._app(scope, receive, send)
            case "throttle":
                await _fail(send, 429, [(b"retry-after", str(int(float(fault["value"] or 1))).encode())])
            case "error-before":
                await _fail(send, 500)
            case "error-after":
                await self._app(scope, receive, _nowhere)
                await _fail(send, 500)
            case "lost":
                await self._app(scope, receive, _nowhere)
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
                raise ConnectionDropped

    def _take(self, scope: Message) -> RowMapping | None:
        """Use up the first fault that fits the request; None where none does."""
        called = f"{scope.get('method')} {scope.get('path')}"
        with self._sandbox.transaction() as connection:
            statement = select(faults).where(faults.c.times > 0, faults.c.kind != "no-effect").order_by(faults.c.n)
            for row in connection.execute(statement).mappings().all():
                if called.startswith(row["match"]):
                    connection.execute(update(faults).where(faults.c.n == row["n"]).values(times=row["times"] - 1))
                    return row
        return None


async def _nowhere(_message: Message) -> None:
    """Lose an answer."""


async def _fail(send: Send, status: int, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = json.dumps({"code": str(status), "reason": "fault", "message": "switched on", "status": str(status)})
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json"), *(headers or [])],
        }
    )
    await send({"type": "http.response.body", "body": body.encode()})
