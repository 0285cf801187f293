"""`fleet add`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.cli.parts import service_options, service_values, sim_values
from reconciler.errors import Exit, UsageError

if TYPE_CHECKING:
    from reconciler.usecases.editing import Editing
    from reconciler.usecases.wanted import Wanted


@click.command()
@click.argument("user", required=False, shell_complete=completing.users)
@click.argument("label", required=False, shell_complete=completing.new_labels)
@service_options
@click.option(
    "--file",
    metavar="FILE",
    shell_complete=completing.files,
    help="The file of a user that is in none yet, like users/sales.yaml.",
)
@click.option("--name", metavar="NAME", help="Given and family name of a user who is to be created.")
@writing
@common
def add(
    console: Console, user: str | None, label: str | None, file: str | None, name: str | None, **chosen: Any
) -> Exit:
    """Add a service to USER in the files, under a LABEL that is that user's own; an apply then has it activated.

    On a terminal, what is not said is asked for, step by step: user, label, bundle, options, SIM, number, activation.
    """
    from reconciler.usecases.wanted import Add

    kept = {name: chosen.pop(name) for name in ("yes", "commit", "message", "branch", "live")}
    values, sim = service_values(chosen), sim_values(chosen)
    values |= {"sim": sim} if sim else {}
    if user is not None and label is not None and ("bundle" in values or "profile" in values):
        return carry_out(console, [Add(user, label, values, file, name)], **kept)
    if not (console.input and sys.stdin.isatty()):
        missing = "USER and LABEL" if user is None else "LABEL" if label is None else "--bundle or --profile"
        raise UsageError(f"{missing} must be named", hint="On a terminal, 'fleet add' asks for what is not said.")

    def ask(editing: Editing) -> Sequence[Wanted]:
        from reconciler.cli.asking import ask_for_service

        return [ask_for_service(console, editing, user=user, name=name, label=label, values=values, file=file)]

    return carry_out(console, ask, **kept)
