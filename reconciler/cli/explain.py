"""`fleet explain`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import Day, output_format
from reconciler.cli.running import run


@click.command()
@click.argument("user")
@click.argument("label", required=False)
@output_format
@click.option("--day", type=Day(), metavar="DATE", help="As of that day.  [default: the operator's today]")
@click.option(
    "--live",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A saved snapshot instead of the operator.",
)
@common
def explain(console: Console, user: str, label: str | None, output: str, day: date | None, live: Path | None) -> None:
    """Say why something is planned for a service or nothing is, and where each of its values comes from.

    USER is the e-mail address, or anything that 'fleet users' finds one user by. LABEL may also be a number, an ICCID
    or the operator's id of the service; USER/LABEL, as a plan writes it, is understood too.
    """
    from reconciler.reports.explanation import explanation_json, explanation_text
    from reconciler.usecases.explaining import ExplainRequest, explain_service

    if label is None and "/" in user:
        user, _, label = user.partition("/")
    seen = run(explain_service(console.world(), ExplainRequest(user, label, day, live)))
    if output == "json":
        console.result(explanation_json(seen))
    else:
        console.result(explanation_text(seen, paint=console.paint, width=console.columns))
