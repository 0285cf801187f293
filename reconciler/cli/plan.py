"""`fleet plan`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import changed_since, plan_request, planning
from reconciler.cli.running import run
from reconciler.cli.views import annotating, plan_format, view, write_plan
from reconciler.files import write_given


@click.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan, whole.",
)
@plan_format
@changed_since
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 where there are changes.")
@planning
@common
def plan(
    console: Console,
    out: Path | None,
    output: str,
    redact: bool | None,
    detailed_exitcode: bool,
    since: str | None,
    **choices: Any,
) -> int:
    """Show what would be added, changed and removed, with quota and bill.

    Where CI is set, numbers and SIMs are masked on stdout, since others read along; --reveal shows them. A plan as JSON
    and a plan saved with -o are always whole, since apply takes them: keep them where only those may read who should.
    """
    from reconciler.usecases.phases import Phases
    from reconciler.usecases.planning import exit_code, make_plan
    from reconciler.usecases.saving import plan_text

    chosen, here = view(output, redact=redact), console.world()
    phases = Phases(here.clock)
    here = replace(here, phase=phases.phase)
    with annotating(console, output):
        made = run(make_plan(here, replace(plan_request(**choices), changed_since=since))).plan
    with phases.phase("report"):
        document = plan_text(made, here) if output == "json" or out else ""
        write_plan(console, made, chosen, document=lambda: document)
        if out:
            write_given(out, document.encode())
    if console.verbose:
        console.say(f"This took: {phases}.")
    if out:
        console.say(f"Saved as {out}. To carry out exactly this: fleet apply {out}")
    return exit_code(made, detailed=detailed_exitcode)
