"""`fleet transfer`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.errors import Exit


@click.command()
@click.argument("user", shell_complete=completing.users)
@click.argument("label", required=False, shell_complete=completing.labels)
@click.option("--to", required=True, metavar="USER", shell_complete=completing.users, help="Who gets it.")
@click.option(
    "--file",
    metavar="FILE",
    shell_complete=completing.files,
    help="The file of a user that is in none yet, like users/sales.yaml.",
)
@writing
@common
def transfer(console: Console, user: str, label: str | None, to: str, file: str | None, **kept: Any) -> Exit:
    """Move a service of USER, its lines and comments with it, to another user; it keeps its number and costs no quota.

    LABEL may be left out where the user has one service.
    """
    from reconciler.usecases.wanted import Transfer

    return carry_out(console, [Transfer(user, label, to, file)], **kept)
