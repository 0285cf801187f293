"""Follow orders to their end, and say what an order waits for that a human has to act on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from reconciler.model.fleet import Activation
from reconciler.model.plan import Action, Kind
from reconciler.ports import Clock, Handle, Orderer, Outcome, Result

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.05, 10.0, 1.6
#: Seconds for which an order is followed that a human has to act on, or whose run was told to stop.
GRACE = 5.0


async def follow(
    orderer: Orderer, handles: Sequence[Handle], *, clock: Clock, timeout: float, stop: asyncio.Event
) -> Outcome:
    """Poll orders to their end, with growing pauses; the first that is not done speaks for all.

    After `timeout` seconds, or a few once `stop` is set, one that still moves is said to be waiting. Raises
    OperatorError where it cannot be read.
    """
    pause, waited = _FIRST_PAUSE, 0.0
    pending, last = list(handles), Outcome(Result.DONE)
    while pending:
        _, outcome = await orderer.poll(pending[0])
        if outcome.result is Result.DONE:
            last = outcome
            pending.pop(0)
            continue
        if outcome.result is not Result.MOVING:
            return outcome
        if waited >= (min(timeout, GRACE) if stop.is_set() else timeout):
            after = f" after {waited:.0f} s" if waited else ""
            return Outcome(Result.WAITING, f"still on its way{after}; fleet apply --resume asks again", outcome.order)
        await clock.sleep(pause)
        waited, pause = waited + pause, min(pause * _GROWTH, _LONGEST_PAUSE)
    return last


async def pause(clock: Clock, seconds: float, stop: asyncio.Event) -> None:
    """Wait, but no longer once `stop` is set."""
    sleeping, stopping = asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((sleeping, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in (sleeping, stopping):
            each.cancel()
        await asyncio.gather(sleeping, stopping, return_exceptions=True)


def worded(action: Action, outcome: Outcome) -> Outcome:
    """Return the outcome of an order for one of its actions: one that waits says what for."""
    reason = awaited(action) if outcome.result is Result.WAITING else None
    return outcome._replace(reason=reason) if reason else outcome


def awaited(action: Action) -> str | None:
    """Return which human an action waits for once it is ordered, where that is known beforehand (R6, R7)."""
    after = action.after
    if action.kind is not Kind.ADD or after is None:
        return None
    if after.port_in is not None:
        day = f"on {after.port_in.date}" if after.port_in.date else "when it is validated there"
        return f"its number comes from {after.port_in.operator} {day}"
    if after.activation is Activation.EMAIL:
        return f"{after.user} has to finish the activation, by the link in the e-mail"
    return None
