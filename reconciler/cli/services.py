"""`fleet services`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.looking import looking, overview_request
from reconciler.cli.options import Day
from reconciler.cli.running import run
from reconciler.reports.overview import SORTS

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Sort(click.ParamType[tuple[str, bool]]):
    """What to sort by, with a '-' in front for descending."""

    name = "sort"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, bool]:
        """Return the word and whether it is descending; a usage error where it is none of those known."""
        if isinstance(value, tuple):
            return value
        word = value.removeprefix("-")
        if word not in SORTS:
            self.fail(f"'{value}' is nothing to sort by; expected {', '.join(SORTS)}, or one with '-'", param, ctx)
        return word, word != value


def _filters(command: _Command) -> _Command:
    """Give a command the filters; all that are given must hold."""
    decorators = (
        click.option("--user", metavar="GLOB", shell_complete=completing.users, help="Of these users."),
        click.option("--bundle", metavar="GLOB", shell_complete=completing.any_bundles, help="With these bundles."),
        click.option(
            "--option", metavar="GLOB", shell_complete=completing.any_options, help="With one of these options."
        ),
        click.option("--cost-centre", metavar="GLOB", shell_complete=completing.cost_centres, help="Booked there."),
        click.option("--state", type=click.Choice(["active", "blocked"]), help="In that state."),
        click.option("--blocked", is_flag=True, help="The same as --state blocked."),
        click.option("--unmanaged", is_flag=True, help="Of users that are not declared."),
        click.option("--added-since", type=Day(), metavar="DATE", help="That began on that day or later."),
        click.option("--ending-before", type=Day(), metavar="DATE", help="Of which something ends before that day."),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


@click.command()
@_filters
@click.option("--sort", type=Sort(), default="user", metavar="|".join(SORTS), help="With '-' in front: descending.")
@click.option("--reverse", is_flag=True, help="Descending.")
@looking
@common
def services(
    console: Console,
    user: str | None,
    bundle: str | None,
    option: str | None,
    cost_centre: str | None,
    state: str | None,
    blocked: bool,
    unmanaged: bool,
    added_since: date | None,
    ending_before: date | None,
    sort: tuple[str, bool],
    reverse: bool,
    output: str,
    **choices: Any,
) -> None:
    """List the services of the organisation, one row each.

    A service is shown as it is at the operator, and as declared where it is not there; STANDING says how the two
    compare. Filters look at what is shown, with --diff at either side.
    """
    from reconciler.model.fleet import State
    from reconciler.reports.listing import rows_csv, rows_json, services_table
    from reconciler.reports.overview import ServiceRow, in_order, service_rows
    from reconciler.usecases.overview import look
    from reconciler.usecases.selecting import Selection, require_answerable, selected

    request = overview_request(**choices)
    wanted = State.BLOCKED if blocked else State(state) if state else None
    selection = Selection(user, bundle, option, cost_centre, wanted, unmanaged, added_since, ending_before)
    require_answerable(selection, request.sides)
    overview = run(look(console.world(), request))
    pairs = selected(overview.pairs, selection, either_side=choices["diff"])
    by, descending = sort
    rows = in_order(service_rows(pairs, overview), by=by, descending=descending or reverse)
    if output == "json":
        console.result(rows_json(rows))
    elif output == "csv":
        console.result(rows_csv(rows, ServiceRow))
    else:
        console.result(services_table(rows, overview, diff=choices["diff"], paint=console.paint, width=console.columns))
