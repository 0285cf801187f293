"""`fleet show`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format
from reconciler.reports.text import plan_text
from reconciler.usecases.saving import read_plan


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@output_format
@common
def show(console: Console, file: Path, output: str) -> None:
    """Show a saved plan."""
    saved = read_plan(file)
    if output == "json":
        console.result(file.read_text(encoding="utf-8"))
    else:
        console.result(plan_text(saved, width=console.width, paint=console.paint))
