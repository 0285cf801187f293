"""An operator in a process of its own that takes its time: `python -m tests.bench.slow FILE PORT SECONDS [RECORD]`.

Every call takes SECONDS from when it came to its answer, without holding up others. The file RECORD gets a line for
every call about a single order or service: when it came and when it was answered.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import uvicorn

from reconciler.sandbox import Sandbox


class Slow:
    """Passes on to `app`, later."""

    def __init__(self, app: Any, seconds: float, record: TextIO) -> None:
        self._app = app
        self._seconds = seconds
        self._record = record

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, and answer no sooner than after the time a call takes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = time.time()

        async def send_later(message: Any) -> None:
            await asyncio.sleep(max(0.0, came + self._seconds - time.time()))
            await send(message)

        await self._app(scope, receive, send_later)
        if scope["method"] == "POST" or b"limit=" not in scope["query_string"]:
            self._record.write(f"{came} {time.time()} {scope['method']}\n")
            self._record.flush()


def main() -> None:
    """Serve until killed."""
    file, port, seconds, *record = sys.argv[1:]
    with Path(*record or (os.devnull,)).open("w") as lines:
        slow = Slow(Sandbox.open(file).app(), float(seconds), lines)
        uvicorn.run(slow, host="127.0.0.1", port=int(port), log_level="critical", date_header=False, access_log=False)


if __name__ == "__main__":
    main()
