"""`fleet remove`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.errors import Exit
from reconciler.usecases.wanted import Remove


@click.command()
@click.argument("user")
@click.argument("label", required=False)
@writing
@common
def remove(console: Console, user: str, label: str | None, **kept: Any) -> Exit:
    """Take a service of USER out of the files; an apply then removes it, and its number is given up (R9).

    LABEL may be left out where the user has one service.
    """
    return carry_out(console, [Remove(user, label)], **kept)
