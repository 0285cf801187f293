"""`fleet remove`."""

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
@writing
@common
def remove(console: Console, user: str, label: str | None, **kept: Any) -> Exit:
    """Take a service of USER out of the files; an apply then removes it, and its number is given up (R9).

    LABEL may be left out where the user has one service.
    """
    from reconciler.usecases.wanted import Remove

    return carry_out(console, [Remove(user, label)], **kept)
