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
#: Seconds for which an order is followed that an earlier run placed.
_LONGEST = 5.0
_WAIT = "the process that sent it has not ended, or the operator cannot be asked: fleet apply --resume later"
#: An order with one of these may still take effect.
OPEN = frozenset({Result.MOVING, Result.WAITING, Result.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Settler:
    """Looks doubts up; `patience` is how many seconds an order may take to show, `stop` set means: follow none."""

    database: Database
    journal: RunJournal
    orderer: Orderer
    clock: Clock
    patience: float
    stop: asyncio.Event

    async def settle(self, organisation: str) -> dict[str, Outcome]:
        """Settle what can be, and return the outcomes, by address, of what may still take effect.

        Raises JournalError or LeaseLost where nothing can be recorded.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(doubt: Doubt) -> tuple[Doubt, Outcome]:
            async with gate:
                return doubt, await self._settled(doubt)

        settled = await asyncio.gather(*(one(doubt) for doubt in doubts(self.database, organisation)))
        return {address: found for doubt, found in settled if found.result in OPEN for address in doubt.actions}

    async def _settled(self, doubt: Doubt) -> Outcome:
        """Return what became of an order, recorded; one that nobody knows of stays as it is."""
        unknown = Outcome(Result.UNKNOWN, f"order {doubt.reference} may still arrive; {_WAIT}")
        try:
            handles = [Handle(number, doubt.reference) for number in doubt.accepted] or await self._found(doubt)
            if handles is None:
                return unknown
            if not handles:
                gone = Outcome(Result.NOT_STARTED, "the run ended before the operator had the order")
                await self.journal.settle_doubt(doubt, gone)
                return gone
            outcome = await follow(self.orderer, handles, clock=self.clock, timeout=_LONGEST, stop=self.stop)
        except OperatorError:
            return unknown
        outcome = outcome._replace(order=outcome.order or handles[0].order)
        orders = tuple(handle.order for handle in handles)
        await self.journal.settle_doubt(doubt._replace(accepted=orders), outcome, ended=outcome.result not in OPEN)
        return outcome

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
