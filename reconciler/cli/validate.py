"""`fleet validate`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import Day
from reconciler.cli.views import folder
from reconciler.errors import InvalidInput

if TYPE_CHECKING:
    from reconciler.reports.findings import Concern


@click.command()
@click.option("--day", type=Day(), metavar="DATE", help="As of that day.  [default: today]")
@click.option(
    "--format",
    "output",
    type=click.Choice(("text", "github", "sarif")),
    default="text",
    show_default=True,
    help="Of stdout: github is workflow commands that show each problem at its line, sarif is for code scanning.",
)
@common
def validate(console: Console, day: date | None, output: str) -> None:
    """Check the files alone; no network."""
    from reconciler.reports.findings import odd_input
    from reconciler.usecases.validating import validate as check

    try:
        fleet = check(console.world(), day)
    except InvalidInput as error:
        _write(console, output, error.problems)
        raise
    _write(console, output, [odd_input(problem) for problem in fleet.warnings])
    for problem in fleet.warnings:
        place = f"{problem.place}: " if problem.place else ""
        console.warn(f"{place}{problem.message}")
    if output != "sarif":
        console.result(f"{console.root} is valid: {len(fleet.users)} users, {len(fleet.services)} services.")


def _write(console: Console, output: str, concerns: Sequence[Concern]) -> None:
    """Write to stdout what is wrong or odd; as text, that goes to stderr with the other diagnostics."""
    from reconciler.reports.annotations import workflow_commands
    from reconciler.reports.sarif import sarif

    if output == "github":
        console.commands(workflow_commands(concerns, root=folder(console), others="see below"))
    elif output == "sarif":
        console.result(sarif(concerns, root=folder(console)))
