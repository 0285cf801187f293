"""Find out what became of orders that were begun and have no outcome, before anything else is sent.

Re-planning first would duplicate an order that was accepted and does not show yet. So each is looked up at the operator
by its number, or by its reference where the answer was lost. One that is not there was never accepted, if whoever sent
it is gone and enough time has passed for the last of what it sent to arrive; until then it stays in doubt. One that was
accepted stays in doubt for a day, and has failed then. What an order is about that is in doubt or not over is left
alone, whether live shows it or not: not every operator lists its orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from reconciler.applying.following import follow, pause
from reconciler.applying.journal import process
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import Doubt, doubts
from reconciler.applying.journal.process import Life
from reconciler.applying.journal.runs import RunJournal
from reconciler.errors import OperatorError, OperatorRefused
from reconciler.model.snapshot import LiveUser
from reconciler.ports import Clock, Handle, Orderer, Outcome, Result

_Seen = TypeVar("_Seen")
_AT_ONCE = 8
_UNKNOWN_THERE = 404
_MAY_ARRIVE = "whoever sent it has not ended, or did so just now; fleet apply --resume later"
_NOTHING = timedelta(0)
#: How long after it was intended an order may leave at most: it waits for a token, a connection, and tries again.
_LONGEST_CALL = timedelta(minutes=5)
#: How long an order that was accepted and does not show keeps others from ordering the same.
_LONGEST_UNSEEN = timedelta(days=1)
#: An order with one of these may still take effect.
OPEN = frozenset({Result.MOVING, Result.WAITING, Result.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Settler:
    """Looks doubts up; `patience` is how many seconds an order may take to show, `timeout` how long one is followed."""

    database: Database
    journal: RunJournal
    orderer: Orderer
    clock: Clock
    patience: float
    timeout: float
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
        try:
            return await (self._user(doubt) if doubt.creates_user else self._order(doubt))
        except OperatorError as error:
            reason = f"what became of order {doubt.reference} cannot be read: {error}; fleet apply --resume asks again"
            return Outcome(Result.UNKNOWN, reason)

    async def _user(self, doubt: Doubt) -> Outcome:
        """Return whether a user was created: that shows by the user alone."""

        async def look() -> list[LiveUser]:
            user = await self.orderer.find_user(doubt.user)
            return [user] if user else []

        found = await self._seen(doubt, look)
        if not found:
            return await self._never_sent(doubt, found, "does not know the user")
        outcome = Outcome(Result.DONE, order=found[0].id)
        await self.journal.settle_doubt(doubt, outcome)
        return outcome

    async def _order(self, doubt: Doubt) -> Outcome:
        handles = await self._known(doubt)
        if not handles and doubt.accepted:
            return await self._never_shown(doubt)
        if not handles:
            return await self._never_sent(doubt, handles, "never had the order")
        outcome = await follow(self.orderer, handles, clock=self.clock, timeout=self.timeout, stop=self.stop)
        outcome = outcome._replace(order=outcome.order or handles[0].order)
        orders = tuple(handle.order for handle in handles)
        await self.journal.settle_doubt(doubt._replace(accepted=orders), outcome, ended=outcome.result not in OPEN)
        return outcome

    async def _never_sent(self, doubt: Doubt, found: Sequence[object] | None, words: str) -> Outcome:
        """Record what shows nowhere as not started; None found means that it may still arrive."""
        if found is None:
            return Outcome(Result.UNKNOWN, f"order {doubt.reference} may still arrive: {_MAY_ARRIVE}")
        gone = Outcome(Result.NOT_STARTED, f"the run ended, and the operator {words}")
        await self.journal.settle_doubt(doubt, gone)
        return gone

    async def _never_shown(self, doubt: Doubt) -> Outcome:
        """Return what became of an order that was accepted and is shown under no number: nothing anybody can tell."""
        order = doubt.accepted[0]
        reason = f"the operator accepted order {order} and does not show it"
        if self._age(doubt) > _LONGEST_UNSEEN:
            gone = Outcome(Result.FAILED, f"{reason} a day later", order)
            await self.journal.settle_doubt(doubt, gone)
            return gone
        doubtful = Outcome(Result.UNKNOWN, f"{reason}; fleet apply --resume asks again", order)
        await self.journal.settle_doubt(doubt, doubtful, ended=False)
        return doubtful

    def _age(self, doubt: Doubt) -> timedelta:
        """Return how long ago an order was about to be sent."""
        with self.database.transaction() as connection:
            return self.database.now(connection) - doubt.intended

    async def _known(self, doubt: Doubt) -> Sequence[Handle] | None:
        """Return the orders of a doubt by the operator's numbers, or by its reference where it has none of these."""
        handles = [Handle(number, doubt.reference) for number in doubt.accepted]
        try:
            for handle in handles:
                await self.orderer.poll(handle)
        except OperatorRefused as refused:
            if refused.status != _UNKNOWN_THERE:
                raise
            handles = []
        return handles or await self._seen(doubt, lambda: self.orderer.find(doubt.reference))

    async def _seen(self, doubt: Doubt, look: Callable[[], Awaitable[Sequence[_Seen]]]) -> Sequence[_Seen] | None:
        """Return what `look` sees of a doubt, nothing where there can be nothing any more, None where nobody knows.

        Whether the sender lives is asked before the operator: one that sent its order and ended in between is found.
        What was intended may have been sent a good while later, so patience begins with the first look.
        """
        first = self._age(doubt)
        while True:
            life = Life.DEAD if doubt.holder == process.own() else process.life(doubt.holder)
            age = self._age(doubt)
            found = await look()
            if found:
                return found
            patience = timedelta(seconds=self.patience)
            wait = min(first + patience, patience + _LONGEST_CALL) - age
            if life is Life.ALIVE or (self.stop.is_set() and wait > _NOTHING):
                return None
            if wait <= _NOTHING:
                return []
            await pause(self.clock, wait.total_seconds(), self.stop)
