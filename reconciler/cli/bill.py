"""`fleet bill`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format, plan_request, planning
from reconciler.cli.running import run
from reconciler.planning.document import bill_document
from reconciler.reports.text import bill_text
from reconciler.settings import world
from reconciler.usecases.planning import make_plan


@click.command()
@output_format
@planning
@common
def bill(console: Console, output: str, **choices: Any) -> None:
    """Show the effect of the plan on the next bill, per cost centre."""
    request = replace(plan_request(**choices), drift=False)
    plan = run(make_plan(world(console.root), request)).plan
    if output == "json":
        console.result(json.dumps(bill_document(plan), indent=2))
    else:
        console.result(bill_text(plan.bill, currency=plan.currency, paint=console.paint))
