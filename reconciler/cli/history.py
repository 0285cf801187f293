"""`fleet history`."""

from __future__ import annotations

import json

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format
from reconciler.errors import Exit


@click.command()
@click.argument("run", required=False)
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs to list.")
@output_format
@common
def history(console: Console, run: str | None, most: int, output: str) -> int:
    """Show what was applied: every run, or one RUN with its approvals, actions, orders and outcomes."""
    from reconciler.reports.past import run_document, run_text, runs_text
    from reconciler.usecases.past import past_run, past_runs

    here = console.world()
    if run is None:
        runs = past_runs(here, most=most)
        documents = [run_document(each) for each in runs]
        text = json.dumps(documents, indent=2, ensure_ascii=False)
        console.result(text if output == "json" else runs_text(runs, paint=console.paint))
        return Exit.DONE
    found, actions = past_run(here, run)
    text = json.dumps(run_document(found, actions), indent=2, ensure_ascii=False)
    console.result(text if output == "json" else run_text(found, actions, paint=console.paint))
    return Exit.DONE
