"""`fleet upcoming`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import Day
from reconciler.cli.running import run
from reconciler.planning.upcoming import AHEAD


@click.command()
@click.option("--days", type=click.IntRange(min=1), default=AHEAD, show_default=True, help="How far to look.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="Of stdout.",
)
@click.option("--desired", is_flag=True, help="The files alone; the operator is not asked, so nobody knows a price.")
@click.option("--day", type=Day(), metavar="DATE", help="From that day on.  [default: the operator's today]")
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A saved snapshot instead of the operator.",
)
@common
def upcoming(console: Console, days: int, output: str, desired: bool, day: date | None, snapshot: Path | None) -> None:
    """List what the dates in the files will change by themselves, and when.

    Services, bundles and options with dates, and the ends of protections, overrides and exceptions. A plan of that day
    has it among its actions: 'fleet plan --day DATE'.
    """
    from reconciler.model.overview import Sides
    from reconciler.reports.upcoming import upcoming_csv, upcoming_json, upcoming_table
    from reconciler.usecases.overview import OverviewRequest
    from reconciler.usecases.upcoming import look_ahead

    request = OverviewRequest(Sides.DESIRED if desired else Sides.BOTH, day, snapshot)
    seen = run(look_ahead(console.world(), request, days=days))
    if output == "json":
        console.result(upcoming_json(seen.items, currency=seen.currency))
    elif output == "csv":
        console.result(upcoming_csv(seen.items, currency=seen.currency))
    else:
        console.result(
            upcoming_table(
                seen.items,
                day=seen.day,
                until=seen.until,
                currency=seen.currency,
                priced=seen.priced,
                paint=console.paint,
                width=console.columns,
            )
        )
