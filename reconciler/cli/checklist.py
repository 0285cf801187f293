"""`fleet checklist status|done|write`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.cli.running import run
from reconciler.errors import Exit

if TYPE_CHECKING:
    from reconciler.model.snapshot import Task
    from reconciler.usecases.checklists import Standing


@click.group()
@common
def checklist(console: Console) -> None:
    """Show, tick off and write what somebody has to carry out in the portal (provider file)."""


@checklist.command()
@common
def status(console: Console) -> Exit:
    """Show what waits for somebody, and what the newest export proves or does not.

    What it proves is recorded. Leaves with 7 while something waits, with 6 where something was ticked off and is not
    done.
    """
    from reconciler.reports.tasks import standing_text
    from reconciler.usecases.checklists import standing

    found = run(standing(console.world()))
    console.result(standing_text(found.waiting, found.shown, paint=console.paint))
    return _exit_code(found)


@checklist.command()
@click.argument("tasks", nargs=-1, required=True, metavar="ID…")
@click.option("--undo", is_flag=True, help="Take the tick back.")
@common
def done(console: Console, tasks: tuple[str, ...], undo: bool) -> None:
    """Record that somebody has carried out tasks, by their ids on the checklist or by USER/LABEL."""
    from reconciler.usecases.checklists import tick

    ticked = run(tick(console.world(), tasks, undo=undo))
    for task in ticked:
        console.result(_said(task))
    if not undo:
        console.say("The next export proves it; until then it is in flight.")


@checklist.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@common
def write(console: Console, run_id: str | None) -> None:
    """Write the checklist of a run (by default the last with something on it) anew, ticks included."""
    from reconciler.usecases.checklists import write_checklist

    paths = run(write_checklist(console.world(), run_id))
    for path in paths:
        console.result(str(path))
    if not paths:
        console.say("Nothing is on a checklist.")


def _said(task: Task) -> str:
    return f"{task.id}  {task.address}: " + (f"done, says {task.by}" if task.by else "not done yet")


def _exit_code(found: Standing) -> Exit:
    from reconciler.ports import Result

    if any(outcome.result is Result.FAILED for outcome in found.shown.values()):
        return Exit.PARTIAL
    return Exit.WAITING if found.waiting else Exit.DONE
