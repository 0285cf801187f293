"""`fleet bill [check]`."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format, plan_request, planning
from reconciler.cli.running import run
from reconciler.cli.views import masking, view
from reconciler.errors import Exit, UsageError

if TYPE_CHECKING:
    from reconciler.model.bill_check import BillCheck


@click.group(invoke_without_command=True)
@output_format
@planning
@common
@click.pass_context
def bill(context: click.Context, /, console: Console, output: str, **choices: Any) -> None:
    """Show the effect of the plan on the next bill, per cost centre; or check a bill that was sent."""
    if context.invoked_subcommand is not None:
        return
    from reconciler.planning.document import bill_document
    from reconciler.reports.text import bill_text
    from reconciler.usecases.planning import make_plan

    request = replace(plan_request(**choices), drift=False)
    plan = run(make_plan(console.world(), request)).plan
    if output == "json":
        console.result(json.dumps(bill_document(plan), indent=2))
    else:
        console.result(bill_text(plan.bill, currency=plan.currency, paint=console.paint))


@bill.command()
@click.argument("invoices", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "csv", "html", "letter"]),
    default="text",
    show_default=True,
    help="Of stdout: html is a page for a browser, letter a text to send to the operator.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help="Of a listing: what is in which column. The fields are service, fee, amount, and, where there, kind.",
)
@click.option("--month", metavar="MONTH", help="Of a listing, which does not say it: like 2026-12.")
@click.option(
    "--live",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A saved snapshot instead of the operator.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where something is wrong with a bill.")
@masking
@common
def check(
    console: Console,
    invoices: tuple[Path, ...],
    output: str,
    columns: tuple[str, ...],
    month: str | None,
    live: Path | None,
    redact: bool | None,
    detailed_exitcode: bool,
) -> Exit:
    """Check the operator's bills: INVOICES are structured invoices (UBL, Peppol) or listings as CSV or .xlsx."""
    from reconciler.usecases.bill_checking import BillRequest, check_bills

    request = BillRequest(invoices, _columns(columns), _month(month), live)
    checks = run(check_bills(console.world(), request))
    console.result(view(redact=redact).words(_rendered(output, checks, console)))
    wrong = detailed_exitcode and any(each.findings for each in checks)
    return Exit.CHANGES if wrong else Exit.DONE


def _rendered(output: str, checks: tuple[BillCheck, ...], console: Console) -> str:
    from reconciler.reports.bill_check import bill_check_csv, bill_check_document, bill_check_text
    from reconciler.reports.letters.bill import letter

    match output:
        case "json":
            return json.dumps([bill_check_document(each) for each in checks], indent=2, ensure_ascii=False)
        case "csv":
            return bill_check_csv(checks)
        case "html":
            from reconciler.reports.html.bill import page

            return page(checks)
        case "letter":
            return "\n\n".join(letter(each) for each in checks)
        case _:
            return "\n\n".join(bill_check_text(each, paint=console.paint) for each in checks)


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the headings by field; a usage error for a field there is none of."""
    from reconciler.providers.bills.listing import FIELDS

    found = dict(pair.partition("=")[::2] for pair in pairs)
    wrong = [pair for pair in pairs if "=" not in pair or pair.partition("=")[0] not in FIELDS]
    if wrong:
        raise UsageError(
            f"'{wrong[0]}' maps no column", hint=f"Write it like service=Number; the fields are {', '.join(FIELDS)}."
        )
    return found


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    with suppress(ValueError):
        month = date.fromisoformat(f"{text}-01")
        if month.year in range(1900, 3000):
            return month
    raise UsageError(f"'{text}' is no month", hint="Write it like 2026-12.")
