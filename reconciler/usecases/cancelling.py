"""Cancel what a run ordered and what has not taken effect yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.applying.cancel import Canceller
from reconciler.applying.journal import history, lease
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import Doubt, doubts
from reconciler.applying.journal.runs import RunJournal
from reconciler.desired.load import load_settings
from reconciler.errors import ApprovalMissing, UsageError
from reconciler.model.run import PastRun
from reconciler.ports import Outcome, World
from reconciler.usecases.journal_place import require_no_old_journal
from reconciler.usecases.limits import shared_rate


async def cancel(
    world: World, run_id: str | None, *, confirm: Callable[[PastRun, Sequence[Doubt]], bool], timeout: float
) -> Mapping[str, Outcome]:
    """Return what became of the open actions of a run (None: the last one), by address; none where none was open.

    Raises UsageError where there is no such run, LockedError while a run holds the lease, ApprovalMissing where
    `confirm` said no.
    """
    require_no_old_journal(world.root)
    config = load_settings(world.root).config
    database = Database.open(world.journal_url(config), seconds=config.journal.timeout)
    try:
        run = _run(database, config.organisation, run_id)
        open_orders = _open(database, run)
        if not open_orders:
            return {}
        if not confirm(run, open_orders):
            raise ApprovalMissing("nothing was cancelled: the answer was not 'yes'")
        held, _ = lease.acquire(
            database,
            config.organisation,
            run_id=run.id,
            who=world.requester(),
            place=world.place(),
            seconds=config.journal.lease,
        )
        rate = shared_rate(world, config, database)
        with held:
            async with world.provider(config).ordering(rate) as ordering:
                journal = RunJournal(database, held)
                canceller = Canceller(journal, ordering.orderer, held, rate, world.clock, timeout)
                return await canceller.cancel(_open(database, run))
    finally:
        database.close()


def _run(database: Database, organisation: str, run_id: str | None) -> PastRun:
    found = history.last_run(database, organisation) if run_id is None else history.one_run(database, run_id)
    if found is None or found.organisation != organisation:
        named = f"run '{run_id}'" if run_id else "run of this organisation"
        raise UsageError(f"the journal has no {named}", hint="See 'fleet history' for those it has.")
    return found


def _open(database: Database, run: PastRun) -> list[Doubt]:
    return [order for order in doubts(database, run.organisation) if order.run_id == run.id]
