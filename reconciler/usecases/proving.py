"""What became of what was handed out by hand, as a newer export shows; recorded, and nothing sent."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import doubts
from reconciler.applying.journal.runs import RunJournal
from reconciler.applying.settle import Settler
from reconciler.model.snapshot import Snapshot, Task
from reconciler.planning.tasks import undone
from reconciler.ports import Outcome, Reader, Result
from reconciler.usecases.planning import Planned

_NEVER_GIVEN = Outcome(Result.NOT_STARTED, "the run ended before it was given to anybody")


async def settled(
    settler: Settler, reader: Reader, journal: RunJournal, *, organisation: str, database: Database
) -> Mapping[str, Outcome]:
    """Return what may still take effect of what earlier runs left, by address.

    Where somebody carries orders out by hand, an export alone tells, and what waits is in flight in the plan itself.
    """
    if not reader.capabilities().by_hand:
        return await settler.settle(organisation)
    for doubt in doubts(database, organisation):
        if not doubt.accepted:
            await journal.settle_doubt(doubt, _NEVER_GIVEN)
    return {}


def proofs(made: Planned) -> dict[Task, Outcome]:
    """Return what the export that `made` was made from shows of each task that it has to show."""
    snapshot = made.snapshot
    if made.plan.choices.targets:
        return {}  # what is not looked at proves nothing
    left = undone(snapshot, made.plan.actions)
    return {task: _proof(task, task in left, snapshot) for task in snapshot.tasks}


def _proof(task: Task, is_left: bool, snapshot: Snapshot) -> Outcome:
    export = f"the export of {snapshot.exported:%Y-%m-%d %H:%M}"
    if not is_left:
        without = "" if task.ticked else "; it was not ticked off"
        return Outcome(Result.DONE, f"{export} shows it{without}", task.id)
    if task.ticked:
        return Outcome(Result.FAILED, f"ticked off by {task.by}, and {export} does not show it", task.id)
    return Outcome(Result.NOT_STARTED, f"{export} does not show it; it is planned again", task.id)
