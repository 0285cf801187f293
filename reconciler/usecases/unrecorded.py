"""Look for orders that the operator may have and this journal does not know, before anything is ordered.

A journal that is not shared is gone with its machine or its job, and an order may show some time after it was sent. So
where this journal is new, or the operator has orders of ours that it does not know, more of them may be in the air:
after `patience` seconds all is read again, and what shows by then counts as ordered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import ascii_lowercase

from reconciler.applying import readback
from reconciler.applying.attempts import EarlierOrder, actions_ordered, orders_of_attempts
from reconciler.applying.executor import reference
from reconciler.applying.following import follow, pause
from reconciler.applying.journal import history
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import known_references, outcomes_of
from reconciler.applying.settle import Settler
from reconciler.errors import JournalError
from reconciler.model.config import JournalConfig
from reconciler.model.plan import Action, Finding, Plan, Severity
from reconciler.model.run import PastRun
from reconciler.model.snapshot import Snapshot
from reconciler.ports import Handle, Ordering, Outcome
from reconciler.usecases.planning import Planned

#: How long ago an order that this journal does not know may have been placed to say that others may be in the air.
_RECENTLY = timedelta(days=1)
_SHARE = "Share one journal among all who apply: journal.url_env in fleet.yaml."


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What one run may meet at the operator beside what its journal tells; `is_repeated` is a CI job's, which is."""

    database: Database
    ordering: Ordering
    settler: Settler
    organisation: str
    run_id: str
    journal: JournalConfig
    is_shared: bool
    is_repeated: bool

    @property
    def shows_late(self) -> bool:
        """Whether an order can be at the operator and not show yet."""
        can = self.ordering.reader.capabilities()
        return not (can.by_hand or can.shows_orders_at_once)

    async def read(
        self, plan_now: Callable[[], Awaitable[Planned]], approved: Plan | None, notice: Callable[[Finding], None]
    ) -> tuple[Planned, Mapping[int, Sequence[Handle]]]:
        """Return a plan as of now, and the orders of other attempts of this run that the journal does not know.

        Where more may be in the air, both are read once what was sent has had the time to show. `notice` is told what
        is found. Raises what planning raises.
        """
        fresh = await plan_now()
        if not fresh.plan.ready:
            return fresh, {}
        read_at = fresh.snapshot.read_at
        why = await self.in_the_air(read_at)
        for finding in (self.unshared(), why):
            if finding is not None:
                notice(finding)
        if why is not None:
            await pause(self.settler.clock, self.journal.patience, self.settler.stop)
        earlier = await self.earlier(max(fresh.plan.ready, approved.ready if approved else (), key=len), read_at)
        return (await plan_now() if why or earlier else fresh), earlier

    def unshared(self) -> Finding | None:
        """Return what has to be said of a journal that only this machine has."""
        if self.is_shared or not self.shows_late:
            return None
        seconds = f"{self.journal.patience:g} s"
        message = (
            f"this journal is not shared: an order that another run sent and that shows later than {seconds} after it "
            "was sent (journal.patience) can be placed twice"
        )
        hint = f"{_SHARE} With journal.require_shared: true nothing is ordered without."
        return Finding("journal-not-shared", Severity.WARNING, message, hint)

    async def in_the_air(self, read_at: datetime) -> Finding | None:
        """Return why orders may be in the air that do not show, where that may be; `read_at` is the operator's time.

        Raises OperatorError where its orders cannot be read.
        """
        if not self.shows_late:
            return None
        why = self._why_new()
        if why is None:
            strangers = await self._strangers(read_at)
            if not strangers:
                return None
            why = f"the operator has orders that this journal does not know, {strangers[0]} among them"
        message = f"{why}: waiting {self.journal.patience:g} s for orders that do not show yet, then reading again"
        return Finding("orders-in-the-air", Severity.INFO, message, _SHARE)

    async def earlier(self, planned: Sequence[Action], read_at: datetime) -> dict[int, Sequence[Handle]]:
        """Return the orders of attempts of this run that this journal does not know, by number, followed to their end.

        `planned` is what it may have ordered. Raises OperatorError.
        """
        if not await self._may_have_attempts(read_at):
            return {}
        orderer, settler = self.ordering.orderer, self.settler
        found = await orders_of_attempts(orderer, self.run_id, planned=len(planned))
        with self.database.transaction() as connection:
            known = known_references(connection, (reference(self.run_id, number) for number in found))
        found = {number: handles for number, handles in found.items() if reference(self.run_id, number) not in known}
        for handles in found.values():
            await follow(orderer, handles, clock=settler.clock, timeout=settler.timeout, stop=settler.stop)
        return found

    async def adoptable(
        self, found: Mapping[int, Sequence[Handle]], actions: Sequence[Action], snapshot: Snapshot
    ) -> list[EarlierOrder]:
        """Return which of `found` were for some of `actions`, with what became of each. Raises OperatorError."""
        orderer, settler = self.ordering.orderer, self.settler
        services, orders = {each.id: each for each in snapshot.services}, []
        for number, handles in found.items():
            about = actions_ordered(handles, actions, users=snapshot.users, services=services)
            if about:
                outcome = await follow(orderer, handles, clock=settler.clock, timeout=0, stop=settler.stop)
                outcome = outcome._replace(order=outcome.order or handles[0].order)
                orders.append(EarlierOrder(number, reference(self.run_id, number), handles, about, outcome))
        return orders

    def _why_new(self) -> str | None:
        if history.last_run(self.database, self.organisation) is None:
            return f"this journal knows no run of {self.organisation}"
        if self.is_repeated and not self.is_shared and history.one_run(self.database, self.run_id) is None:
            return f"this journal does not know run {self.run_id}, of which there may have been another attempt"
        return None

    async def _may_have_attempts(self, read_at: datetime) -> bool:
        """Tell whether another attempt of this run may have ordered: one that is not recorded, or not to its end."""
        if history.one_run(self.database, self.run_id) is None:
            return self.is_repeated
        return any(each.rpartition("-")[0] == self.run_id for each in await self._strangers(read_at))

    async def _strangers(self, read_at: datetime) -> list[str]:
        """Return the references of orders of ours that were placed lately and are not in this journal."""
        listed = await self.ordering.orderer.placed_since(read_at - _RECENTLY)
        ours = {str(order.reference) for order in listed if order.run is not None}
        with self.database.transaction() as connection:
            return sorted(ours - known_references(connection, ours))


def require_shared(journal: JournalConfig, url: str) -> None:
    """Raise JournalError where fleet.yaml requires a journal that is shared, and this is a file of this machine."""
    if journal.require_shared and not is_shared(url):
        message = "journal.require_shared is set in fleet.yaml, and this journal is a file of this machine"
        raise JournalError(message, hint="Name a variable with the URL of a database: journal.url_env in fleet.yaml.")


def is_shared(url: str) -> bool:
    """Tell whether a journal is a database that other machines use too."""
    return not url.startswith("sqlite")


def runs_of_job(database: Database, job: str) -> Iterator[PastRun]:
    """Yield the runs of a CI job, whose ids are the job's own and that with a letter more."""
    for letter in ("", *ascii_lowercase):
        run = history.one_run(database, f"{job}{letter}")
        if run is None:
            return
        yield run


def ended_by_job(database: Database, job: str, organisation: str) -> dict[str, Outcome]:
    """Return, by address, what runs of a CI job had ordered that is over and was not done: another attempt leaves it.

    What was done is free to be ordered again where it is needed again.
    """
    found: dict[str, Outcome] = {}
    for run in runs_of_job(database, job):
        if run.organisation == organisation:
            with database.transaction() as connection:
                taken = readback.placed(outcomes_of(connection, run.id))
            found |= {address: said for address, said in taken.items() if said.result in readback.OVER}
    return found
