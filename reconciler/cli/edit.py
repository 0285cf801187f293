"""`fleet edit`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.edits import finish, recording_of, writing
from reconciler.cli.running import run
from reconciler.errors import EditRefused, Exit, worst

if TYPE_CHECKING:
    from reconciler.usecases.table import BadRow


@click.command()
@click.option(
    "--from",
    "table",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The table, as CSV with commas, semicolons or tabs.",
)
@click.option("--partial", is_flag=True, help="Carry out the good rows although others are bad.")
@writing
@common
def edit(console: Console, table: Path, partial: bool, yes: bool, live: Path | None, **kept: Any) -> Exit:
    """Carry out a table of edits in the files, one service a row; nothing is written unless all of its rows are good.

    Columns: action, user, label, profile, bundle, options, number, sim, iccid, state, from, until, cost_centre,
    activation, port_in_operator, port_in_account, port_in_date, to; those that are not used may be left out. Actions:
    add, change, remove, transfer (to), leave. Options stand with spaces between them, each O[:FROM[:UNTIL]]; in a
    change also as +this and -that. In a change '-' takes a value away; in port_in_operator, the whole port-in.
    """
    from reconciler.usecases.bulk import draft_rows
    from reconciler.usecases.editing import open_editing
    from reconciler.usecases.table import read_table

    recording = recording_of(**kept)
    rows, senseless = read_table(table)
    editing = run(open_editing(console.world(), live))
    made = draft_rows(editing, rows)
    bad = sorted([*senseless, *made.bad])
    _report(console, table, bad)
    if bad and (made.draft is None or not partial):
        message = f"{len(bad)} of {len(rows) + len(senseless)} rows are bad; nothing was written"
        raise EditRefused(message, hint="Correct them, or carry out the others with --partial.")
    done = finish(console, editing, made.draft, recording, yes=yes)
    return worst(done, Exit.PARTIAL if bad else Exit.DONE)


def _report(console: Console, table: Path, bad: Sequence[BadRow]) -> None:
    for row in bad:
        console.error(f"{table}, row {row.number}: {row.reason}")
