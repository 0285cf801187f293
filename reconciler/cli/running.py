"""Run a command's asynchronous work, and end it with care."""

from __future__ import annotations

import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.cli.console import Console
from reconciler.signals import end_within

if TYPE_CHECKING:
    import asyncio

_T = TypeVar("_T")
#: Seconds for what comes after the last call: the journal, the report, the comment.
_AFTERWARDS = 15.0
_LAST_WORDS = "error: ended without waiting any longer; for what was ordered: fleet history, fleet apply --resume"


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
    """Have Ctrl-C and SIGTERM finish what is in the air and submit nothing more; a second one ends at once.

    What is in the air has a few seconds. Whatever then still waits, for a database or a platform, is not waited for.
    """
    import asyncio

    from reconciler.applying.stopping import GRACE

    loop = asyncio.get_running_loop()

    def stopping(number: int) -> None:
        received.append(number)
        stop.set()
        end_within(GRACE + _AFTERWARDS, 128 + number, _LAST_WORDS)
        console.warn(f"stopping: nothing more is ordered, and what is on its way is given {GRACE:g} s")
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping, number)
