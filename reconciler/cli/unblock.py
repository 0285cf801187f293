"""`fleet unblock`."""

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
def unblock(console: Console, user: str, label: str | None, **kept: Any) -> Exit:
    """Declare a service of USER active again.

    LABEL may be left out where the user has one service.
    """
    from reconciler.usecases.wanted import Change

    return carry_out(console, [Change(user, label, {"state": "active"})], **kept)
