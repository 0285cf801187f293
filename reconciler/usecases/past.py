"""Look at what was applied, and who is applying now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.applying.journal import history, lease
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.lease import Holder
from reconciler.desired.load import load_settings
from reconciler.errors import Exit, UsageError
from reconciler.model.run import PastAction, PastRun
from reconciler.ports import World


def past_runs(world: World, *, most: int) -> list[PastRun]:
    """Return the newest runs of this fleet's organisation, newest first; JournalError where there is no reading."""
    with _reading(world) as (database, organisation):
        return history.runs_of(database, organisation, most=most)


def past_run(world: World, run_id: str) -> tuple[PastRun, list[PastAction]]:
    """Return a run and its actions; UsageError where the journal has none of that id."""
    with _reading(world) as (database, _):
        found = history.one_run(database, run_id)
        if found is None:
            raise UsageError(f"the journal has no run '{run_id}'", hint="See 'fleet history' for those it has.")
        return found, history.actions_of(database, run_id)


def left_by_this_job(world: World, plan_id: str) -> bool:
    """Tell whether the last run is of this very CI job and plan, and over without everything done: to be gone on with.

    Its approvals are spent by it, so that another run could not use them.
    """
    with _reading(world) as (database, organisation):
        last = history.last_run(database, organisation)
    if last is None or (last.id, last.digest) != (world.run_id(), plan_id):
        return False
    return last.exit_code not in (None, Exit.DONE)


def who_applies(world: World) -> Holder | None:
    """Return who holds the lease of this fleet's organisation, None where nobody does."""
    with _reading(world) as (database, organisation):
        return lease.holder(database, organisation)


def unlock(world: World, run_id: str) -> bool:
    """Take the lease from a run; False where it does not hold it any more."""
    config = load_settings(world.root).config
    database = Database.open(world.journal_url(config), seconds=config.journal.timeout)
    try:
        return lease.break_lease(database, config.organisation, run_id)
    finally:
        database.close()


@contextmanager
def _reading(world: World) -> Iterator[tuple[Database, str]]:
    """Yield a journal that has to be readable and nothing more, and whose runs are meant."""
    config = load_settings(world.root).config
    database = Database.reading(world.journal_url(config), seconds=config.journal.timeout)
    try:
        yield database, config.organisation
    finally:
        database.close()
