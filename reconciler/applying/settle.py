"""Find out what became of orders that were begun and have no outcome, before anything else is sent.

Re-planning first would duplicate an order that was accepted and does not show yet. So each is looked up at the operator
by its reference. One that is not there was never accepted, if whoever sent it is gone and enough time has passed for
the last of what it sent to arrive; until then it stays in doubt. What an order is about that is in doubt or not over is
left alone, whether live shows it or not: not every operator lists its orders.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from reconciler.applying.executor import follow
from reconciler.applying.journal import process
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.process import Life
from reconciler.applying.journal.runs import Doubt, RunJournal, doubts
from reconciler.errors import OperatorError
from reconciler.ports import Clock, Handle, Orderer, Outcome, Result

_AT_ONCE = 8
_ALIVE = "the process that sent it has not ended; fleet apply --resume later"
#: These may still change at the operator; the order is followed again another time.
_OPEN = frozenset({Result.MOVING, Result.WAITING})


class Unsettled(NamedTuple):
    """An order that is not over, by the actions it is about, and what is known of it."""

    actions: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Settler:
    """Looks doubts up; `patience` is how many seconds an order may take to show, `timeout` how long one is followed."""

    database: Database
    journal: RunJournal
    orderer: Orderer
    clock: Clock
    patience: float
    timeout: float

    async def settle(self, organisation: str) -> tuple[Unsettled, ...]:
        """Settle what can be, and return what cannot.

        Raises JournalError or LeaseLost where nothing can be recorded.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(doubt: Doubt) -> Unsettled | None:
            async with gate:
                outcome = await self._settled(doubt)
                return Unsettled(doubt.actions, outcome) if outcome else None

        left = await asyncio.gather(*(one(doubt) for doubt in doubts(self.database, organisation)))
        return tuple(unsettled for unsettled in left if unsettled is not None)

    async def _settled(self, doubt: Doubt) -> Outcome | None:
        """Record what became of an order, and return what is known of it where it is not over."""
        try:
            handles = [Handle(number, doubt.reference) for number in doubt.accepted] or await self._found(doubt)
            if handles is None:
                return Outcome(Result.UNKNOWN, f"order {doubt.reference} may still arrive: {_ALIVE}")
            if not handles:
                gone = Outcome(Result.NOT_STARTED, "the run ended before the operator had the order")
                self.journal.settle_doubt(doubt, gone)
                return None
            outcome = await follow(self.orderer, handles, clock=self.clock, timeout=self.timeout)
        except OperatorError as error:
            reason = f"what became of order {doubt.reference} cannot be read: {error}; fleet apply --resume asks again"
            return Outcome(Result.UNKNOWN, reason)
        outcome = outcome._replace(order=outcome.order or handles[0].order)
        orders, ended = tuple(handle.order for handle in handles), outcome.result not in _OPEN
        self.journal.settle_doubt(doubt._replace(accepted=orders), outcome, ended=ended)
        return None if ended else outcome

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
