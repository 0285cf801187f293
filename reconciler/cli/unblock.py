"""`fleet unblock`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.errors import Exit
from reconciler.usecases.wanted import Change


@click.command()
@click.argument("user")
@click.argument("label", required=False)
@writing
@common
def unblock(console: Console, user: str, label: str | None, **kept: Any) -> Exit:
    """Declare a service of USER active again.

    LABEL may be left out where the user has one service.
    """
    return carry_out(console, [Change(user, label, {"state": "active"})], **kept)
