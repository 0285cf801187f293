"""`fleet validate`."""

from __future__ import annotations

from datetime import date

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import Day
from reconciler.settings import world
from reconciler.usecases.validating import validate as check


@click.command()
@click.option("--day", type=Day(), metavar="DATE", help="As of that day.  [default: today]")
@common
def validate(console: Console, day: date | None) -> None:
    """Check the files alone; no network."""
    fleet = check(world(console.root), day)
    for problem in fleet.warnings:
        place = f"{problem.place}: " if problem.place else ""
        console.warn(f"{place}{problem.message}")
    console.result(f"{console.root} is valid: {len(fleet.users)} users, {len(fleet.services)} services.")
