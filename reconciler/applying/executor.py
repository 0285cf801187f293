"""Place the orders of a plan and follow each to its end; the only caller of a provider's `submit`.

Users are independent: several are served at once, and one that fails stops no other. A user's actions go into one
order, adds and changes before removals. A service is read once more right before its removal is ordered, because a
removal cannot be taken back (R9).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reconciler.errors import AmbiguousAnswer, OperatorError
from reconciler.model.plan import Action, Kind
from reconciler.model.snapshot import LiveService, Presence, Snapshot
from reconciler.ports import (
    AddService,
    ChangeService,
    Clock,
    Handle,
    Journal,
    Ordering,
    Outcome,
    Progress,
    RemoveService,
    Result,
    ServiceChange,
)

MAX_REFERENCE = 25
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.05, 10.0, 1.6
_ORDER_OF_KINDS = {Kind.ADD: 0, Kind.CHANGE: 1, Kind.REMOVE: 2}
NOT_STARTED = Outcome(Result.NOT_STARTED, "the run was stopped before it was ordered")


@dataclass(frozen=True, slots=True)
class Run:
    """One application of a plan: who it is, how much it does at once, and how long it waits, in seconds."""

    id: str
    day: date
    note: str
    parallelism: int = 8
    wait: bool = True
    timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out actions over one connection; `stop` set means: submit nothing more, finish what is in the air."""

    run: Run
    ordering: Ordering
    snapshot: Snapshot
    journal: Journal
    clock: Clock
    progress: Progress
    stop: asyncio.Event

    async def execute(self, actions: Sequence[Action]) -> None:
        """Order `actions`, which are ready ones of a plan of `snapshot`; their outcomes are in the journal after."""
        live = {service.id: service for service in self.snapshot.services}
        by_user: dict[str, list[Action]] = defaultdict(list)
        for action in actions:
            by_user[action.user].append(action)
        self.progress.expect(len(actions))
        gate = asyncio.Semaphore(self.run.parallelism)
        await asyncio.gather(
            *(
                self._serve(gate, reference(self.run.id, index), by_user[user], live)
                for index, user in enumerate(sorted(by_user), start=1)
            )
        )

    async def _serve(
        self, gate: asyncio.Semaphore, reference: str, actions: list[Action], live: Mapping[str, LiveService]
    ) -> None:
        """Order what one user needs and follow it, whatever happens to others."""
        async with gate:
            if self.stop.is_set():
                self._settle(reference, actions, NOT_STARTED)
                return
            try:
                wanted = [action for action in actions if await self._is_still_meant(reference, action)]
                if wanted:
                    await self._order(reference, sorted(wanted, key=lambda item: _ORDER_OF_KINDS[item.kind]), live)
            except OperatorError as error:
                self._settle(reference, self._unsettled(actions), Outcome(Result.FAILED, str(error)))

    async def _is_still_meant(self, reference: str, action: Action) -> bool:
        """Read a doomed service once more; what is not what the plan saw is left alone."""
        if action.kind is not Kind.REMOVE or action.live_id is None or action.before is None:
            return True
        seen = await self.ordering.reader.service(action.live_id)
        if seen is None or seen.presence is Presence.GONE:
            self._settle(reference, [action], Outcome(Result.DONE, "it was gone already"))
            return False
        facts, planned = seen.service, action.before
        if (facts.user, facts.number, facts.bundle) == (planned.user, planned.number, planned.bundle):
            return True
        self._settle(reference, [action], Outcome(Result.FAILED, "it changed since the plan was made; plan again"))
        return False

    async def _order(self, reference: str, actions: Sequence[Action], live: Mapping[str, LiveService]) -> None:
        changes = [_change(action, live) for action in actions]
        self.journal.intend(reference, [action.id for action in actions])
        try:
            handles = await self.ordering.orderer.submit(
                changes,
                user=self.snapshot.users[actions[0].user],
                reference=reference,
                effective=self.run.day,
                note=self.run.note,
            )
        except AmbiguousAnswer as error:
            reason = f"{error}; look for order {reference} at the operator, or plan again"
            self._settle(reference, actions, Outcome(Result.UNKNOWN, reason))
            return
        outcome = await self._follow(handles) if self.run.wait else Outcome(Result.MOVING, "ordered, not waited for")
        self._settle(reference, actions, outcome._replace(order=outcome.order or handles[0].order))

    async def _follow(self, handles: Sequence[Handle]) -> Outcome:
        """Poll orders to their end, with growing pauses; the first that is not done speaks for all."""
        pause, waited = _FIRST_PAUSE, 0.0
        pending = list(handles)
        last = Outcome(Result.DONE)
        while pending:
            _, outcome = await self.ordering.orderer.poll(pending[0])
            if outcome.result is Result.DONE:
                last = outcome
                pending.pop(0)
                continue
            if outcome.result is not Result.MOVING:
                return outcome
            if waited >= self.run.timeout:
                return Outcome(Result.WAITING, f"still on its way after {waited:.0f} s", outcome.order)
            await self.clock.sleep(pause)
            waited, pause = waited + pause, min(pause * _GROWTH, _LONGEST_PAUSE)
        return last

    def _unsettled(self, actions: Iterable[Action]) -> list[Action]:
        return [action for action in actions if not self.journal.is_settled(action.id)]

    def _settle(self, reference: str, actions: Iterable[Action], outcome: Outcome) -> None:
        for action in actions:
            self.journal.settle(reference, action.id, outcome)
            self.progress.step(f"{action.id} {outcome.result}")


def reference(run_id: str, index: int) -> str:
    """Return the reference of a run's order: run id + index, at most 25 characters.

    Not a hash of the content: when the same drift comes back, the old order would match and nothing would be sent.
    """
    text = f"{run_id}-{index:04d}"
    if len(text) > MAX_REFERENCE:
        raise ValueError(f"run id '{run_id}' is too long for a reference of {MAX_REFERENCE} characters")
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
