"""Find out what became of orders that were begun and have no outcome, before anything else is sent.

Re-planning first would duplicate an order that was accepted and does not show yet. So each is looked up at the operator
by its reference. One that is not there was never accepted, if whoever sent it is gone and enough time has passed for
the last of what it sent to arrive; until then it stays in doubt, and what it is about is left alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from reconciler.applying.executor import follow
from reconciler.applying.journal import process
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import Doubt, doubts
from reconciler.applying.journal.process import Life
from reconciler.applying.journal.runs import RunJournal
from reconciler.errors import OperatorError
from reconciler.ports import Clock, Handle, Orderer, Outcome, Result

_AT_ONCE = 8
#: These may still change at the operator; the order is followed again another time.
_OPEN = frozenset({Result.MOVING, Result.WAITING})


@dataclass(frozen=True, slots=True)
class Settler:
    """Looks doubts up; `patience` is how many seconds an order may take to show, `timeout` how long one is followed."""

    database: Database
    journal: RunJournal
    orderer: Orderer
    clock: Clock
    patience: float
    timeout: float

    async def settle(self, organisation: str) -> tuple[Doubt, ...]:
        """Settle what can be, and return what stays in doubt.

        Raises JournalError or LeaseLost where nothing can be recorded.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(doubt: Doubt) -> Doubt | None:
            async with gate:
                return None if await self._settled(doubt) else doubt

        left = await asyncio.gather(*(one(doubt) for doubt in doubts(self.database, organisation)))
        return tuple(doubt for doubt in left if doubt is not None)

    async def _settled(self, doubt: Doubt) -> bool:
        try:
            handles = [Handle(number, doubt.reference) for number in doubt.accepted] or await self._found(doubt)
            if handles is None:
                return False
            if not handles:
                gone = Outcome(Result.NOT_STARTED, "the run ended before the operator had the order")
                await self.journal.settle_doubt(doubt, gone)
                return True
            outcome = await follow(self.orderer, handles, clock=self.clock, timeout=self.timeout)
        except OperatorError:
            return False
        outcome = outcome._replace(order=outcome.order or handles[0].order)
        orders = tuple(handle.order for handle in handles)
        await self.journal.settle_doubt(doubt._replace(accepted=orders), outcome, ended=outcome.result not in _OPEN)
        return True

    async def _found(self, doubt: Doubt) -> list[Handle] | None:
        """Return the orders that carry the reference, none where there can be none any more, None where nobody knows.

        Whether the sender lives is asked before the operator: one that sent its order and ended in between is found.
        """
        while True:
            life = Life.DEAD if doubt.holder == process.own() else process.life(doubt.holder)
            with self.database.transaction() as connection:
                age = self.database.now(connection) - doubt.intended
            found = list(await self.orderer.find(doubt.reference))
            if found:
                return found
            if life is Life.ALIVE:
                return None
            wait = (timedelta(seconds=self.patience) - age).total_seconds()
            if wait <= 0:
                return []
            await self.clock.sleep(wait)
