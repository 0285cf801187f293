"""`fleet users`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.looking import looking, overview_request
from reconciler.cli.running import run


@click.command()
@click.argument("search", required=False, shell_complete=completing.users)
@looking
@common
def users(console: Console, search: str | None, output: str, **choices: Any) -> None:
    """List users with their number of services, state and cost per month.

    SEARCH finds names, e-mail addresses, numbers, SIMs (ICCID) and cost centres; case and accents do not matter, nor
    how a number is written. Services and cost are those at the operator; with --diff also those declared.
    """
    from reconciler.reports.listing import rows_csv, rows_json, users_table
    from reconciler.reports.overview import UserRow, user_rows
    from reconciler.usecases.overview import look
    from reconciler.usecases.search import found

    overview = run(look(console.world(), overview_request(**choices)))
    rows = user_rows(found(overview.users, search), overview)
    if output == "json":
        console.result(rows_json(rows))
    elif output == "csv":
        console.result(rows_csv(rows, UserRow))
    else:
        console.result(users_table(rows, overview, diff=choices["diff"], paint=console.paint, width=console.columns))
