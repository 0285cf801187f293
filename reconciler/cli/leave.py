"""`fleet leave`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.errors import Exit


@click.command()
@click.argument("user", shell_complete=completing.users)
@click.option("--reason", metavar="TEXT", help="Why; 'fleet quota request' says it to the account manager.")
@writing
@common
def leave(console: Console, user: str, reason: str | None, **kept: Any) -> Exit:
    """Leave USER without services, as `services: {}`.

    An apply then removes every one of them, and their numbers are given up (R9).
    """
    from reconciler.usecases.wanted import Leave

    return carry_out(console, [Leave(user, reason)], **kept)
