"""`fleet swap-sim`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.errors import Exit, UsageError
from reconciler.model.fleet import SimType


@click.command("swap-sim")
@click.argument("user", shell_complete=completing.users)
@click.argument("label", required=False, shell_complete=completing.labels)
@click.option("--sim", type=click.Choice([str(kind) for kind in SimType]), help="The kind of the new SIM.")
@click.option("--iccid", metavar="I", help="The 19 or 20 digits of the new SIM, where they are known.")
@writing
@common
def swap_sim(console: Console, user: str, label: str | None, sim: str | None, iccid: str | None, **kept: Any) -> Exit:
    """Declare another SIM for a service of USER, which keeps its number (R8).

    The old SIM's digits are taken out. LABEL may be left out where the user has one service.
    """
    from reconciler.usecases.wanted import Change

    if sim is None and iccid is None:
        raise UsageError("nothing is said of the new SIM", hint="Name its kind with --sim, its digits with --iccid.")
    new = {"type": sim} if sim else {}
    return carry_out(console, [Change(user, label, sim={**new, "iccid": iccid, "eid": None})], **kept)
