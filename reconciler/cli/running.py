"""Run a command's asynchronous work, and end it with care."""

from __future__ import annotations

import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.cli.console import Console

if TYPE_CHECKING:
    import asyncio

_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run `work` to its end and return its result; raises what `work` raises.

    The result does not pass through the task: where `asyncio.run` puts the handler of Ctrl-C back, Python 3.11 writes
    the finished task out as text, result included, which for a large fleet is tens of megabytes.
    """
    import asyncio

    result: list[_T] = []

    async def keep() -> None:
        result.append(await work)

    asyncio.run(keep())
    return result[0]


def stop_on_signals(console: Console, stop: asyncio.Event, received: list[int]) -> None:
    """Have Ctrl-C and SIGTERM finish what is in the air and submit nothing more; a second one ends at once."""
    import asyncio

    loop = asyncio.get_running_loop()

    def stopping(number: int) -> None:
        received.append(number)
        stop.set()
        console.warn("stopping: nothing more is ordered, and what was is followed for a few seconds more")
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping, number)
