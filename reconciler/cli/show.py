"""`fleet show`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.console import Console, common
from reconciler.cli.views import plan_format, view, write_plan


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@plan_format
@common
def show(console: Console, file: Path, output: str, redact: bool | None) -> None:
    """Show a saved plan.

    Where CI is set, numbers and SIMs are masked, but in JSON, which is the plan itself.
    """
    from reconciler.usecases.saving import read_plan

    chosen = view(output, redact=redact)
    saved = read_plan(file)
    if saved.is_old:
        console.warn(f"{file} has the old plan format {saved.version}: it is shown, and cannot be approved or applied")
    write_plan(console, saved.plan, chosen, document=lambda: saved.text)
