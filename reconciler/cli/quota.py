"""`fleet quota`."""

from __future__ import annotations

import json

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format
from reconciler.cli.running import run
from reconciler.errors import Exit
from reconciler.model.plan import Verdict
from reconciler.planning.document import quota_document
from reconciler.reports.text import quota_text
from reconciler.settings import world
from reconciler.usecases.planning import PlanRequest, make_plan


@click.command()
@output_format
@common
def quota(console: Console, output: str) -> Exit:
    """Show the removal quota of the contract period, with what the files would use of it now."""
    plan = run(make_plan(world(console.root), PlanRequest(drift=False))).plan
    if output == "json":
        console.result(json.dumps(quota_document(plan), indent=2))
    else:
        console.result(quota_text(plan, width=console.width, paint=console.paint))
    return Exit.BLOCKED if plan.quota.verdict is Verdict.EXCEEDED else Exit.DONE
