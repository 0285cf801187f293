"""`fleet change`."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.edits import carry_out, writing
from reconciler.cli.options import Day
from reconciler.cli.parts import DatedOption, service_options, service_values, sim_values
from reconciler.errors import Exit, UsageError

#: What may be taken away from a service.
_ATTRIBUTES = (
    "profile", "bundle", "options", "number", "sim", "iccid", "state", "from", "until", "cost-centre", "activation",
    "port-in",
)  # fmt: skip


@click.command()
@click.argument("user", shell_complete=completing.users)
@click.argument("label", required=False, shell_complete=completing.labels)
@service_options
@click.option(
    "--add-option",
    "add_options",
    type=DatedOption(),
    multiple=True,
    metavar="O[:FROM[:UNTIL]]",
    shell_complete=completing.options,
    help="One more option, or other dates for one it has.",
)
@click.option(
    "--drop-option",
    "drop_options",
    multiple=True,
    metavar="O",
    shell_complete=completing.any_options,
    help="One option less.",
)
@click.option("--from-day", type=Day(), metavar="DATE", help="The first day of --bundle; until then it stays as it is.")
@click.option("--clear", type=click.Choice(_ATTRIBUTES), multiple=True, help="Declare that no more.")
@writing
@common
def change(
    console: Console,
    user: str,
    label: str | None,
    add_options: tuple[Any, ...],
    drop_options: tuple[str, ...],
    from_day: date | None,
    clear: tuple[str, ...],
    **chosen: Any,
) -> Exit:
    """Change what the files declare of a service of USER; LABEL may be left out where there is one.

    --option replaces all its options, --add-option and --drop-option leave the others alone.
    """
    from reconciler.usecases.wanted import Change

    kept = {name: chosen.pop(name) for name in ("yes", "commit", "message", "branch", "live")}
    values, sim = service_values(chosen), sim_values(chosen)
    if from_day is not None and "bundle" not in values:
        raise UsageError("--from-day is the first day of another bundle", hint="Name it with --bundle.")
    if "options" in values and (add_options or drop_options):
        raise UsageError("--option replaces all options", hint="Use it alone, or --add-option and --drop-option.")
    values |= {key.replace("-", "_"): None for key in clear if key != "iccid"}
    sim |= {"iccid": None} if "iccid" in clear else {}
    if not (values or sim or add_options or drop_options):
        raise UsageError("nothing is said about what to change", hint="See 'fleet change --help'.")
    wanted = Change(user, label, values, sim, add_options, drop_options, from_day)
    return carry_out(console, [wanted], **kept)
