"""`fleet plan`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format, plan_request, planning
from reconciler.cli.running import run
from reconciler.errors import Exit, worst
from reconciler.model.plan import Plan
from reconciler.reports.text import plan_text as as_text
from reconciler.settings import world
from reconciler.usecases.planning import make_plan
from reconciler.usecases.saving import plan_text as as_json


@click.command()
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Save the plan for apply."
)
@output_format
@click.option("--changed-since", metavar="REF", help="Only the users whose YAML changed since the branch left REF.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 where there are changes.")
@planning
@common
def plan(
    console: Console,
    out: Path | None,
    output: str,
    detailed_exitcode: bool,
    changed_since: str | None,
    **choices: Any,
) -> int:
    """Show what would be added, changed and removed, with quota and bill."""
    here = world(console.root)
    request = replace(plan_request(**choices), changed_since=changed_since)
    made = run(make_plan(here, request)).plan
    document = as_json(made, here) if output == "json" or out else ""
    if output == "json":
        console.result(document)
    else:
        console.result(as_text(made, width=console.width, paint=console.paint))
    if out:
        out.write_text(document, encoding="utf-8")
        console.say(f"Saved as {out}. To carry out exactly this: fleet apply {out}")
    return exit_code(made, detailed=detailed_exitcode)


def exit_code(made: Plan, *, detailed: bool) -> Exit:
    """Return what a plan means for a pipeline."""
    changes = Exit.CHANGES if detailed and made.ready else Exit.DONE
    return worst(changes, Exit.BLOCKED if made.is_blocked else Exit.DONE)
