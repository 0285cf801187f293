"""Place the orders of a plan and follow each to its end; the only caller of a provider's `submit`.

Users are independent: several are served at once, and one that fails stops no other. A user's actions go into one
order, adds and changes before removals; what waits for a human goes alone, and holds up nothing else. What makes a
removal or an addition needed is read once more right before it is ordered. Nothing is sent before the journal has it,
nor with a lease that is about to end; what the operator accepted is in the journal before it is asked what became of
it. Users who have to be created come before all orders.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

from reconciler.applying.following import GRACE, awaited, follow, worded
from reconciler.applying.recheck import Recheck
from reconciler.errors import AmbiguousAnswer, FleetError, OperatorBusy, OperatorError, Stopped
from reconciler.model.plan import Action, Kind
from reconciler.model.snapshot import LiveService, LiveUser, Snapshot
from reconciler.ports import (
    AddService,
    ChangeService,
    Clock,
    Handle,
    Journal,
    Lease,
    NewUser,
    Ordering,
    Outcome,
    PlannedOrder,
    Progress,
    RateLimit,
    RemoveService,
    Result,
    ServiceChange,
)

_Sent = TypeVar("_Sent")
MAX_REFERENCE = 25
#: An order with one of these may still take effect, and is asked after again by whoever goes on.
_OPEN = frozenset({Result.MOVING, Result.WAITING, Result.UNKNOWN})
_ORDER_OF_KINDS = {Kind.CREATE: 0, Kind.ADD: 0, Kind.CHANGE: 1, Kind.REMOVE: 2}


@dataclass(frozen=True, slots=True)
class Run:
    """One application of a plan: who it is, how much it does at once, and how long it waits, in seconds."""

    id: str
    day: date
    note: str
    parallelism: int = 8
    wait: bool = True
    timeout: float = 600.0
    #: The number of its first order, where it has none yet.
    first: int = 1


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out actions over one connection; `stop` set means: submit nothing more, finish what is in the air."""

    run: Run
    ordering: Ordering
    snapshot: Snapshot
    journal: Journal
    lease: Lease
    rate: RateLimit
    clock: Clock
    progress: Progress
    stop: asyncio.Event
    _broken: asyncio.Event = field(default_factory=asyncio.Event)
    _users: dict[str, LiveUser] = field(default_factory=dict)

    async def execute(self, actions: Sequence[Action]) -> None:
        """Order `actions`, which are ready ones of a plan of `snapshot`; their outcomes are in the journal after.

        Users are created before anything is ordered, and numbered after it: a repeated CI job counts its orders at the
        operator. Raises JournalError where nothing can be recorded and LeaseLost where another run has taken over; what
        was in the air then is finished first.
        """
        self.progress.expect(len(actions))
        self._users.update(self.snapshot.users)
        creations = [(action.user, [action]) for action in actions if action.kind is Kind.CREATE]
        groups = _groups([action for action in actions if action.kind is not Kind.CREATE])
        known = {action.id: action for action in actions}
        naming = partial(reference, self.run.id)
        first = await self.journal.plan([*groups, *creations], naming, first=self.run.first)
        await self._work_at_once(len(creations), known, beyond=first + len(groups) - 1)
        await self._work_at_once(len(groups), known)

    async def _work_at_once(self, orders: int, known: Mapping[str, Action], *, beyond: int = 0) -> None:
        """Serve that many orders, those with a number above `beyond`, several at once."""
        live = {service.id: service for service in self.snapshot.services}
        recheck = Recheck(self.ordering.reader, self.snapshot.services)
        workers = (self._work(known, live, recheck, beyond) for _ in range(min(self.run.parallelism, orders)))
        ended = await asyncio.gather(*workers, return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    async def _work(
        self, known: Mapping[str, Action], live: Mapping[str, LiveService], recheck: Recheck, beyond: int
    ) -> None:
        """Serve one order after another, until there are no more or something ends the run.

        The next is claimed while one is served; a claim that comes to nothing is planned anew by whoever goes on.
        """
        claiming = asyncio.create_task(self.journal.claim(beyond))
        try:
            while not self.stop.is_set() and not self._broken.is_set():
                order = await claiming
                if order is None:
                    return
                claiming = asyncio.create_task(self.journal.claim(beyond))
                await self._serve(order, [known[address] for address in order.actions], live, recheck)
        except BaseException:
            self._broken.set()
            raise
        finally:
            await asyncio.gather(claiming, return_exceptions=True)

    async def _serve(
        self, order: PlannedOrder, actions: Sequence[Action], live: Mapping[str, LiveService], recheck: Recheck
    ) -> None:
        """Order what one user needs and follow it, whatever happens to others."""
        wanted: list[Action] = list(actions)
        try:
            if actions[0].kind is Kind.CREATE:
                return await self._create(order, actions[0])
            if order.user not in self._users:
                return await self._settle(order, actions, Outcome(Result.NOT_STARTED, "its user was not created"))
            unneeded = await recheck.unneeded(actions, self._users[order.user])
            for action in [action for action in actions if action.id in unneeded]:
                await self._settle(order, [action], unneeded[action.id], ended=len(wanted) == 1)
                wanted.remove(action)
            if wanted:
                await self._order(order, wanted, live)
        except Stopped as stopped:
            await self._settle(order, wanted, Outcome(Result.NOT_STARTED, str(stopped)))
        except OperatorError as error:
            # One that is too busy has taken nothing: the order is as good as never begun.
            result = Result.NOT_STARTED if isinstance(error, OperatorBusy) else Result.FAILED
            await self._settle(order, wanted, Outcome(result, f"{error}. {error.hint}" if error.hint else str(error)))

    async def _create(self, order: PlannedOrder, action: Action) -> None:
        facts = {change.path: change.after for change in action.changes}
        new = NewUser(action.user, str(facts["name"]), facts.get("cost_centre"))
        creating = partial(self.ordering.orderer.create_user, new, reference=order.reference)
        try:
            user = await self._send(order, creating)
        except AmbiguousAnswer as error:
            await self._doubt(order, [action], error)
            return
        self._users[action.user] = user
        await self._settle(order, [action], Outcome(Result.DONE, order=user.id))

    async def _order(self, order: PlannedOrder, actions: Sequence[Action], live: Mapping[str, LiveService]) -> None:
        submitting = partial(
            self.ordering.orderer.submit,
            [_change(action, live) for action in actions],
            user=self._users[order.user],
            reference=order.reference,
            effective=self.run.day,
            note=self.run.note,
        )
        try:
            handles = await self._send(order, submitting)
        except AmbiguousAnswer as error:
            await self._doubt(order, actions, error)
            return
        await self.journal.accepted(order.number, [handle.order for handle in handles])
        outcome = Outcome(Result.MOVING, "ordered, not waited for")
        if self.run.wait:
            outcome = await self._follow(handles, actions)
        outcome = outcome._replace(order=outcome.order or handles[0].order)
        await self._settle(order, actions, outcome, ended=outcome.result not in _OPEN)

    async def _doubt(self, order: PlannedOrder, actions: Sequence[Action], error: AmbiguousAnswer) -> None:
        reason = f"{error}; order {order.reference} is looked for again by: fleet apply --resume"
        await self._settle(order, actions, Outcome(Result.UNKNOWN, reason), ended=False)

    async def _send(self, order: PlannedOrder, send: Callable[[], Awaitable[_Sent]]) -> _Sent:
        """Send what the journal has as `order`, again as long as the operator is too busy to take any."""
        waited = 0.0
        while True:
            await self.rate.turn()
            self._check()
            await self.journal.intend(order.number)
            self._check()
            try:
                return await send()
            except OperatorBusy as busy:
                waited += busy.seconds
                if waited > self.run.timeout or self.stop.is_set():
                    raise

    def _check(self) -> None:
        """Raise Stopped or LeaseLost where nothing may be sent any more."""
        if self.stop.is_set():
            raise Stopped("stopped before it was ordered")
        self.lease.check()

    async def _follow(self, handles: Sequence[Handle], actions: Sequence[Action]) -> Outcome:
        """Poll orders to their end; one that cannot be asked after is on its way all the same."""
        timeout = min(self.run.timeout, GRACE) if any(map(awaited, actions)) else self.run.timeout
        try:
            return await follow(self.ordering.orderer, handles, clock=self.clock, timeout=timeout, stop=self.stop)
        except OperatorError as error:
            reason = f"ordered, and what became of it cannot be read: {error}; fleet apply --resume asks again"
            return Outcome(Result.UNKNOWN, reason)

    async def _settle(
        self, order: PlannedOrder, actions: Sequence[Action], outcome: Outcome, *, ended: bool = True
    ) -> None:
        outcomes = {action.id: worded(action, outcome) for action in actions}
        await self.journal.settle(order.number, outcomes, ended=ended)
        for action in actions:
            self.progress.step(f"{action.id} {outcome.result}")


def _groups(actions: Sequence[Action]) -> list[tuple[str, list[Action]]]:
    """Return what goes into one order each: all of a user, but for what a human or another day has to be waited for."""
    groups: dict[tuple[str, str], list[Action]] = defaultdict(list)
    for action in sorted(actions, key=lambda item: _ORDER_OF_KINDS[item.kind]):
        groups[action.user, action.id if awaited(action) else ""].append(action)
    return [(user, groups[user, alone]) for user, alone in sorted(groups)]


def reference(run_id: str, number: int) -> str:
    """Return the reference of a run's order: run id + number, at most 25 characters.

    Not a hash of the content: when the same drift comes back, the old order would match and nothing would be sent.
    """
    text = f"{run_id}-{number:04d}"
    if len(text) > MAX_REFERENCE:
        raise FleetError(f"run id '{run_id}' is too long for a reference of {MAX_REFERENCE} characters")
    return text


def _change(action: Action, live: Mapping[str, LiveService]) -> ServiceChange:
    match action.kind:
        case Kind.ADD:
            assert action.after is not None, "an addition has a service after it"
            return AddService(action.after)
        case Kind.CHANGE:
            assert action.before is not None, "a change has a service before it"
            assert action.after is not None, "a change has a service after it"
            return ChangeService(live[str(action.live_id)], action.before, action.after)
        case Kind.REMOVE:
            return RemoveService(live[str(action.live_id)])
        case Kind.CREATE:
            raise AssertionError("a user is no change of a service")
