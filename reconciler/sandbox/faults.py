"""Faults that can be switched on: slow, busy, refusing and failing answers, and orders that end otherwise than meant.

A fault waits for a request whose method, path and query begin with its `match`; a third word there has to stand in the
request's body, so that `POST /tmf-api/… ind-0000003` is about the orders of one user.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from logging import LogRecord
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from reconciler.sandbox.operator import Sandbox

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: What may go wrong with a request; VALUE is the fault's, with its default in brackets.
REQUEST_FAULTS = MappingProxyType(
    {
        "latency": "effect and answer come VALUE [1] seconds late",
        "timeout-before": "no effect, and no answer for VALUE [60] seconds",
        "timeout-after": "the effect, and no answer for VALUE [60] seconds",
        "throttle": "no effect, and 429: come back in VALUE [1] seconds",
        "error-before": "no effect, and 500",
        "error-after": "the effect, and 500",
        "unauthorised": "no effect, and 401 whatever the token",
        "conflict": "no effect, and 409",
        "conflict-after": "the effect, and 409",
        "lost": "the effect, and a connection that ends after the headers",
        "cut": "the effect, and a connection that ends half-way through the answer",
        "repeats": "a page of a list has its first item twice and lacks its last",
    }
)
#: What may become of an order that is accepted.
ORDER_FAULTS = MappingProxyType(
    {
        "no-effect": "the order completes and changes nothing",
        "fails": "the order fails, with a note that says why",
        "partial": "the first item of the order takes effect, the others fail",
        "never-ends": "the order stays inProgress until the faults are cleared",
    }
)
KINDS = MappingProxyType({**REQUEST_FAULTS, **ORDER_FAULTS})
_BEFORE = MappingProxyType({"throttle": 429, "error-before": 500, "unauthorised": 401, "conflict": 409})
_AFTER = MappingProxyType({"error-after": 500, "conflict-after": 409})
_HELD = 60.0
_LEFT = 'SELECT n, kind, "match", times, value FROM faults WHERE times > 0 ORDER BY n'


class ConnectionDropped(Exception):
    """Ends an answer in the middle, on purpose."""


class Fault(NamedTuple):
    """A fault that is switched on, for so many more requests."""

    n: int
    kind: str
    match: str
    times: int
    value: str | None


class _Answer(NamedTuple):
    """What the application answered."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def take(driver: sqlite3.Connection, kinds: Collection[str], called: str, body: bytes) -> Fault | None:
    """Use up the first fault of `kinds` that fits a request, in a transaction; None where none does."""
    for fault in map(Fault._make, driver.execute(_LEFT).fetchall()):
        if fault.kind not in kinds:
            continue
        method, path, word = [*fault.match.split(" ", 2), "", ""][:3]
        if called.startswith(f"{method} {path}".rstrip()) and word.encode() in body:
            driver.execute("UPDATE faults SET times = times - 1 WHERE n = ?", (fault.n,))
            return fault
    return None


def is_dropped(record: LogRecord) -> bool:
    """Tell whether a server logs what a fault did on purpose."""
    return bool(record.exc_info and isinstance(record.exc_info[1], ConnectionDropped))


class Faulty:
    """Stands before the application and does what the faults that are switched on say."""

    def __init__(self, app: Callable[[Any, Receive, Send], Awaitable[None]], sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request, or fail at it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, again = await _read(receive)
        query = f"?{scope['query_string'].decode('latin-1')}" if scope.get("query_string") else ""
        fault = self._sandbox.take_fault(REQUEST_FAULTS, f"{scope['method']} {scope['path']}{query}", body)
        if fault is None:
            await self._app(scope, again, send)
            return
        kind, value = fault.kind, None if fault.value is None else float(fault.value)
        if kind == "latency":
            await asyncio.sleep(1 if value is None else value)
            await self._app(scope, again, send)
        elif kind == "timeout-before":
            await _hold(receive, send, value)
        elif kind in _BEFORE:
            retry = [(b"retry-after", str(int(1 if value is None else value)).encode())] if kind == "throttle" else []
            await _fail(send, _BEFORE[kind], retry)
        else:
            await _spoil(kind, value, await self._answer(scope, again), receive, send)

    async def _answer(self, scope: Message, receive: Receive) -> _Answer:
        """Let the application do its work, and keep its answer."""
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return _Answer(sent[0]["status"], list(sent[0]["headers"]), body)


async def _spoil(kind: str, value: float | None, answer: _Answer, receive: Receive, send: Send) -> None:
    """Send something else than the answer to a request that had its effect."""
    match kind:
        case "timeout-after":
            await _hold(receive, send, value)
        case "lost":
            await _start(send, answer.status, [(b"content-length", b"100")])
            raise ConnectionDropped
        case "cut":
            await _start(send, answer.status, answer.headers)
            half = answer.body[: len(answer.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            raise ConnectionDropped
        case "repeats":
            body = _repeated(answer.body)
            kept = [header for header in answer.headers if header[0].lower() != b"content-length"]
            await _start(send, answer.status, [*kept, (b"content-length", str(len(body)).encode())])
            await send({"type": "http.response.body", "body": body})
        case _:
            await _fail(send, _AFTER[kind])


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Return a request's body, and how to receive it once more."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return body, again


async def _hold(receive: Receive, send: Send, seconds: float | None) -> None:
    """Give no answer until whoever asked has gone, or the time is up."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), _HELD if seconds is None else seconds)
    except TimeoutError:
        await _fail(send, 504)


def _repeated(body: bytes) -> bytes:
    """Return a page as it comes when the list moves while it is read."""
    items = json.loads(body)
    if not isinstance(items, list):
        return body
    return json.dumps([*items[:1], *(items[:-1] or items)]).encode()


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _fail(send: Send, status: int, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = json.dumps({"code": str(status), "reason": "fault", "message": "switched on", "status": str(status)})
    await _start(send, status, [(b"content-type", b"application/json"), *(headers or [])])
    await send({"type": "http.response.body", "body": body.encode()})
