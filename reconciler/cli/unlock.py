"""`fleet unlock`."""

from __future__ import annotations

import click

from reconciler.cli.console import Console, common
from reconciler.errors import ApprovalMissing, Exit, LockedError


@click.command()
@click.option("--run", "run_id", metavar="RUN", help="The run that holds it, named instead of a yes.")
@common
def unlock(console: Console, run_id: str | None) -> int:
    """Take the lease from a run that is gone, so that another can apply.

    A run that still works cannot go on after this: it may neither order nor record any more.
    """
    from reconciler.usecases.past import unlock as take_away
    from reconciler.usecases.past import who_applies

    here = console.world()
    holder = who_applies(here)
    if holder is None:
        console.say("Nobody holds the lease; there is nothing to unlock.")
        return Exit.DONE
    console.result(f"The lease is held by {holder}.")
    if run_id is None:
        hint = f"Without a terminal, name the run: fleet unlock --run {holder.run_id}"
        if not console.confirmed("Take it away from that run?", hint=hint):
            raise ApprovalMissing("the lease stays where it is: the answer was not 'yes'", hint=hint)
    elif run_id != holder.run_id:
        raise LockedError(f"run {run_id} does not hold the lease; {holder.run_id} does")
    if not take_away(here, holder.run_id):
        raise LockedError(f"run {holder.run_id} does not hold the lease any more")
    console.say("Unlocked. What that run had ordered is settled by the next: fleet apply --resume.")
    return Exit.DONE
