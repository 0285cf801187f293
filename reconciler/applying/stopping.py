"""Ctrl-C and SIGTERM during an apply: nothing more is begun, and what is in the air gets a few seconds more.

What only reads is given up at once. A call that may have ordered something is waited for; where its answer does not
come it is lost, and its order is in doubt, as after any lost answer.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from reconciler.errors import AmbiguousAnswer, OperatorUnreachable, Stopped
from reconciler.ports import Clock, Orderer, Ordering, Reader

_Answer = TypeVar("_Answer")
#: Seconds that calls in the air are given once a run is told to stop.
GRACE = 20.0
#: What may have ordered something.
_SENDING = frozenset({"submit", "create_user", "cancel"})
_LOST = "no answer came before the run was stopped"


@dataclass(slots=True)
class Stop:
    """A run's order to stop: when it came, and how long calls in the air have from then on."""

    asked: asyncio.Event
    grace: float = field(default_factory=lambda: GRACE)
    _end: float | None = field(default=None)

    async def finished(self, call: Coroutine[Any, Any, _Answer], *, grace: bool) -> _Answer:
        """Return what a call answers; raises Stopped where it is given up: at once, or after the `grace`."""
        task = asyncio.ensure_future(call)
        stopping = asyncio.ensure_future(self.asked.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task}, timeout=self._left() if grace else 0)
            if not task.done():
                raise Stopped("stopped before the operator answered")
            return task.result()
        finally:
            stopping.cancel()
            task.cancel()
            await asyncio.gather(stopping, task, return_exceptions=True)

    def _left(self) -> float:
        now = time.monotonic()
        if self._end is None:
            self._end = now + self.grace
        return max(0.0, self._end - now)


@dataclass(slots=True)
class StoppableClock:
    """A clock on which a sleep ends with Stopped where the run is told to stop."""

    clock: Clock
    stop: Stop

    def now(self) -> datetime:
        """Return the present moment."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait; raises Stopped."""
        await self.stop.finished(_awaited(self.clock.sleep(seconds)), grace=False)


def stoppable(ordering: Ordering, stop: Stop) -> Ordering:
    """Return both ports, whose calls are given up where the run is told to stop.

    What is read raises Stopped at once. What is sent raises AmbiguousAnswer where no answer comes within the grace, and
    what is asked after OperatorUnreachable.
    """
    return Ordering(cast(Reader, _Reader(ordering.reader, stop)), cast(Orderer, _Orderer(ordering.orderer, stop)))


class _Reader:
    """Another reader, all of it, whose calls raise Stopped as soon as the run is told to stop."""

    def __init__(self, reader: Reader, stop: Stop) -> None:
        self._reader = reader
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._stop.finished(found(*arguments, **named), grace=False)

        return call


class _Orderer:
    """Another orderer, all of it, whose calls have a few seconds once the run is told to stop."""

    def __init__(self, orderer: Orderer, stop: Stop) -> None:
        self._orderer = orderer
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._orderer, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            try:
                return await self._stop.finished(found(*arguments, **named), grace=True)
            except Stopped as stopped:
                raise (AmbiguousAnswer if name in _SENDING else OperatorUnreachable)(_LOST) from stopped

        return call


async def _awaited(answer: Awaitable[_Answer]) -> _Answer:
    return await answer
