"""An operator in a process of its own that breaks at random.

Started as `python -m tests.crash.operator FILE PORT CHAOS SEED LATE HIDE`.

CHAOS is the share of orders and of new users at which something goes wrong: refused for a moment, failed before or
after the effect, or the answer lost on its way. Reads fail a tenth as often. LATE is how many seconds after they came
half of the orders take effect, whoever still waits for an answer; half of all get an error at once. HIDE is how many
seconds an order that was accepted at once, and what it adds, do not show. It accepts every order it gets: two of them
are two.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from reconciler.sandbox import Sandbox
from reconciler.sandbox.faults import ConnectionDropped

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCTS = "/tmf-api/productInventory/v4/product"
WRITES = (ORDERS, "/tmf-api/party/v4/individual")
KINDS = ("throttle", "error-before", "error-after", "lost")


class Chaos:
    """Switches a fault on before some of the requests, and has orders arrive late."""

    def __init__(self, app: Any, sandbox: Sandbox, share: float, seed: int, late: float) -> None:
        self._sandbox = sandbox
        self._app = app
        self._share = share
        self._late = late
        self._chance = random.Random(seed)
        self._arriving: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, or fail at it."""
        if scope["type"] == "http":
            writes = scope["method"] == "POST" and scope["path"] in WRITES
            if self._chance.random() < (self._share if writes else self._share / 10):
                kind = self._chance.choice(KINDS if writes else ("error-before", "lost"))
                self._sandbox.fault(kind, f"{scope['method']} {scope['path']}", value=0)
            if self._late and scope["method"] == "POST" and scope["path"] == ORDERS:
                await self._arrive_late(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _arrive_late(self, scope: Any, receive: Any, send: Any) -> None:
        """Let an order take effect after a while, though nobody may wait for its answer any more."""
        body, fails = await whole(receive), self._chance.random() < 0.5
        seconds, answer = self._late * self._chance.choice((0.1, self._chance.uniform(0.6, 1.0))), Answer()

        async def arrive() -> None:
            await asyncio.sleep(seconds)
            with suppress(ConnectionDropped):  # an answer that is lost on purpose
                await self._app(scope, once(body), answer.keep)

        arriving = asyncio.create_task(arrive())
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)
        if fails:
            await fail(send, 504)
            return
        await asyncio.shield(arriving)
        for message in answer.messages:
            await send(message)
        if len(answer.messages) < 2:
            raise ConnectionDropped


class Hidden:
    """Takes orders at once, and shows neither them nor what they add for some seconds."""

    def __init__(self, app: Any, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._seconds = seconds
        self._now = now
        #: When an order or a product shows, by its id.
        self._shows: dict[str, float] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, without what does not show yet."""
        if scope["type"] != "http" or not scope["path"].startswith((ORDERS, PRODUCTS)):
            await self._app(scope, receive, send)
            return
        answer = Answer()
        await self._app(scope, receive, answer.keep)
        if scope["method"] == "POST" and answer.status == 201:
            order = json.loads(answer.body)
            items = order.get("productOrderItem") or ()
            added = [each["product"]["id"] for each in items if each["action"] == "add"]
            self._shows.update(dict.fromkeys([order["id"], *added], self._now() + self._seconds))
        if scope["method"] == "GET" and scope["path"].rpartition("/")[2] in self._hidden():
            await fail(send, 404)
        elif scope["method"] == "GET" and answer.status == 200:
            await self._send_without(answer, send)
        else:
            for message in answer.messages:
                await send(message)

    def show(self) -> None:
        """Show everything from now on."""
        self._shows.clear()
        self._seconds = 0.0

    def _hidden(self) -> set[str]:
        return {each for each, moment in self._shows.items() if moment > self._now()}

    async def _send_without(self, answer: Answer, send: Any) -> None:
        """Send a list without what does not show; all of it is one page here."""
        found = json.loads(answer.body)
        kept = [each for each in found if each["id"] not in self._hidden()] if isinstance(found, list) else found
        less = len(found) - len(kept)
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
        headers = [
            (name, str(int(value) - less).encode() if name == b"x-total-count" else value) for name, value in headers
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(kept).encode()})


class Answer:
    """What an application sent, kept."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def keep(self, message: Any) -> None:
        """Keep a message."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers."""
        return list(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        """The body."""
        return b"".join(message.get("body", b"") for message in self.messages[1:])


async def whole(receive: Any) -> bytes:
    """Return a request's body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def once(body: bytes) -> Callable[[], Any]:
    """Return how to receive a body that was read already."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def fail(send: Any, status: int) -> None:
    """Answer with an error."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})


def main() -> None:
    """Serve until killed."""
    file, port, share, seed, late, hide = sys.argv[1:]
    sandbox = Sandbox.open(file)
    app: Any = Chaos(sandbox.app(), sandbox, float(share), int(seed), float(late))
    uvicorn.run(
        Hidden(app, float(hide)) if float(hide) else app,
        host="127.0.0.1",
        port=int(port),
        log_level="critical",
        date_header=False,
        access_log=False,
    )


if __name__ == "__main__":
    main()
