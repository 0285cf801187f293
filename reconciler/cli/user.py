"""`fleet user`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.looking import looking, overview_request
from reconciler.cli.running import run


@click.command()
@click.argument("key", shell_complete=completing.users)
@looking
@common
def user(console: Console, key: str, output: str, **choices: Any) -> None:
    """Show one user with all services, as a list and in full.

    KEY is the e-mail address, or anything that 'fleet users' finds one user by.
    """
    from reconciler.reports.page import page, page_csv, page_json, page_text
    from reconciler.usecases.overview import look_at

    seen = run(look_at(console.world(), overview_request(**choices), key))
    shown = page(seen.user, seen.overview, seen.last_orders)
    if output == "json":
        console.result(page_json(shown))
    elif output == "csv":
        console.result(page_csv(shown))
    else:
        console.result(page_text(shown, diff=choices["diff"], paint=console.paint, width=console.columns))
