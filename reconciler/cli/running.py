"""Run a command's asynchronous work."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

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
