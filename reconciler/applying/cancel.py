"""Withdraw orders that have not taken effect yet, and record what the operator made of it.

The journal has first that a cancellation is asked for, then the call is made: where the process ends in between, the
order still counts as open, and whoever goes on learns at the operator what became of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.applying.following import follow
from reconciler.applying.journal.orders import Doubt
from reconciler.applying.journal.runs import RunJournal
from reconciler.errors import OperatorError
from reconciler.ports import Clock, Handle, Lease, Orderer, Outcome, RateLimit, Result

_AT_ONCE = 8
_ASKED = Outcome(Result.WAITING, "its cancellation is asked for")
_NOT_THERE = Outcome(Result.UNKNOWN, "the operator has no such order, or does not show it yet")
_FOR_GOOD = Outcome(Result.UNKNOWN, "a user who is created cannot be deleted again (R1)")
_OPEN = frozenset({Result.MOVING, Result.WAITING, Result.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Canceller:
    """Cancels orders over one connection; `timeout` is how many seconds a cancellation is followed."""

    journal: RunJournal
    orderer: Orderer
    lease: Lease
    rate: RateLimit
    clock: Clock
    timeout: float

    async def cancel(self, orders: Sequence[Doubt]) -> dict[str, Outcome]:
        """Ask for every one of `orders` to be cancelled, and return what became of their actions, by address.

        Raises JournalError or LeaseLost where nothing can be recorded.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(order: Doubt) -> dict[str, Outcome]:
            async with gate:
                return dict.fromkeys(order.actions, await self._cancelled(order))

        return {
            address: outcome for found in await asyncio.gather(*map(one, orders)) for address, outcome in found.items()
        }

    async def _cancelled(self, order: Doubt) -> Outcome:
        if order.creates_user:
            return _FOR_GOOD
        try:
            handles = [Handle(number, order.reference) for number in order.accepted]
            handles = handles or list(await self.orderer.find(order.reference))
            if not handles:
                return _NOT_THERE
            known = order._replace(accepted=tuple(handle.order for handle in handles))
            await self.journal.settle_doubt(known, _ASKED, ended=False)
            outcome = await self._asked(handles)
        except OperatorError as error:
            return Outcome(Result.UNKNOWN, f"whether it was cancelled is not known: {error}")
        outcome = outcome._replace(order=outcome.order or handles[0].order)
        await self.journal.settle_doubt(known, outcome, ended=outcome.result not in _OPEN)
        return outcome

    async def _asked(self, handles: Sequence[Handle]) -> Outcome:
        """Ask for the cancellation of each handle, and follow them; the first that is not cancelled speaks for all."""
        outcomes = []
        for handle in handles:
            await self.rate.turn()
            self.lease.check()
            outcome = await self.orderer.cancel(handle)
            if outcome.result is Result.MOVING:
                outcome = await follow(
                    self.orderer, [handle], clock=self.clock, timeout=self.timeout, stop=asyncio.Event()
                )
            outcomes.append(outcome)
        return next((outcome for outcome in outcomes if outcome.result is not Result.CANCELLED), outcomes[0])
