"""`fleet journal adopt`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.errors import Exit

if TYPE_CHECKING:
    from reconciler.applying.journal.adoption import OldRun

_HINT = "Without a terminal, say it beforehand: fleet journal adopt PATH --yes"


@click.group()
@common
def journal(console: Console) -> None:
    """Look after the journal, which records what was ordered."""


@journal.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def adopt(console: Console, path: Path, yes: bool) -> int:
    """Take over what the journal in PATH records, which an earlier version kept in the fleet's folder.

    Orders that are on their way are settled by the next apply. Runs that did not get to their end cannot be resumed:
    their approvals are voided, since whoever can write to the folder could have written them. A file that git tracks or
    ever tracked is refused, and so is a link, or one that belongs to another user.
    """
    from reconciler.settings import was_ever_tracked
    from reconciler.usecases.journal_adoption import adopt_journal

    def confirm(runs: Sequence[OldRun]) -> bool:
        console.result(f"{path} records {len(runs)} runs." if len(runs) != 1 else f"{path} records 1 run.")
        for run in runs:
            end = "unfinished, its approvals will be voided" if run.is_unfinished else "finished"
            console.result(
                f"  {run.started[:19].replace('T', ' ')} UTC  {run.id}  {run.organisation}, by {run.who}: {end}"
            )
        return yes or console.confirmed("Adopt it?", hint=_HINT)

    adopted = adopt_journal(console.world(), path, was_ever_tracked=was_ever_tracked, confirm=confirm)
    console.say(f"Adopted {adopted.runs} runs. The old file is not used any more; it is now {adopted.moved_to}")
    return Exit.DONE
