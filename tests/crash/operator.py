"""An operator in a process of its own that breaks at random: `python -m tests.crash.operator FILE PORT CHAOS SEED`.

CHAOS is the share of orders and of new users at which something goes wrong: refused for a moment, failed before or
after the effect, or the answer lost on its way. Reads fail a tenth as often. It accepts every order it gets: two of
them are two.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import uvicorn

from reconciler.sandbox import Sandbox

WRITES = ("/tmf-api/productOrderingManagement/v4/productOrder", "/tmf-api/party/v4/individual")
KINDS = ("throttle", "error-before", "error-after", "lost")


class Chaos:
    """Switches a fault on before some of the requests."""

    def __init__(self, sandbox: Sandbox, share: float, seed: int) -> None:
        self._sandbox = sandbox
        self._app = sandbox.app()
        self._share = share
        self._chance = random.Random(seed)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, or fail at it."""
        if scope["type"] == "http":
            writes = scope["method"] == "POST" and scope["path"] in WRITES
            if self._chance.random() < (self._share if writes else self._share / 10):
                kind = self._chance.choice(KINDS if writes else ("error-before", "lost"))
                self._sandbox.fault(kind, f"{scope['method']} {scope['path']}", value=0)
        await self._app(scope, receive, send)


def main() -> None:
    """Serve until killed."""
    file, port, share, seed = sys.argv[1:]
    sandbox = Sandbox.open(file)
    uvicorn.run(
        Chaos(sandbox, float(share), int(seed)),
        host="127.0.0.1",
        port=int(port),
        log_level="critical",
        date_header=False,
        access_log=False,
    )


if __name__ == "__main__":
    main()
