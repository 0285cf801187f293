"""`fleet quota`, and `fleet quota request`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import Console, common
from reconciler.cli.options import choosing, plan_request, planning
from reconciler.cli.running import run
from reconciler.cli.views import View, masking, view
from reconciler.errors import Exit, UsageError
from reconciler.files import write_given

if TYPE_CHECKING:
    from email.headerregistry import Address

    from reconciler.model.plan import Plan
    from reconciler.usecases.planning import PlanRequest
    from reconciler.usecases.requesting import Draft


@click.group(invoke_without_command=True)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="Of stdout; html is a page of the forecast.",
)
@click.option(
    "--forecast", "ahead", is_flag=True, help="With the months so far, what is to come, and when it runs out."
)
@planning
@masking
@common
@click.pass_context
def quota(
    context: click.Context, /, console: Console, output: str, ahead: bool, redact: bool | None, **choices: Any
) -> Exit:
    """Show the removal quota of the contract period, with what the files would use of it now."""
    from reconciler.model.plan import Verdict

    if context.invoked_subcommand:
        if ahead or output != "text" or any(choices.values()):
            raise UsageError("an option stands before 'request'", hint="Options of a request stand behind that word.")
        return Exit.DONE
    if output == "html" and not ahead:
        raise UsageError("html is a page of the forecast", hint="Add --forecast.")
    request, shown = plan_request(**choices), View(output, view(redact=redact).redact)
    plan = _foreseen(console, request, shown) if ahead else _now(console, request, shown)
    return Exit.BLOCKED if plan.quota.verdict is Verdict.EXCEEDED else Exit.DONE


def _now(console: Console, request: PlanRequest, shown: View) -> Plan:
    """Write the quota as it is."""
    from reconciler.planning.document import quota_document
    from reconciler.reports.text import quota_text
    from reconciler.usecases.planning import make_plan

    plan = run(make_plan(console.world(), replace(request, drift=False))).plan
    if shown.output == "json":
        console.result(json.dumps(quota_document(plan), indent=2))
    else:
        console.result(quota_text(shown.shown(plan), width=console.width, paint=console.paint))
    return plan


def _foreseen(console: Console, request: PlanRequest, shown: View) -> Plan:
    """Write what becomes of the quota."""
    from reconciler.planning.document import quota_document
    from reconciler.reports.forecast import forecast_json, forecast_text
    from reconciler.reports.html.forecast import forecast_page
    from reconciler.reports.redaction import redacted, redacted_forecast
    from reconciler.usecases.forecasting import foresee

    plan, seen = run(foresee(console.world(), request))
    if shown.redact:
        plan, seen = redacted(plan), redacted_forecast(seen)
    if shown.output == "json":
        console.result(forecast_json(plan, seen, quota_document(plan)))
    elif shown.output == "html":
        console.result(forecast_page(plan, seen))
    else:
        console.result(forecast_text(plan, seen, width=console.width, paint=console.paint))
    return plan


@quota.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the e-mail, for a mail program to open as a draft.",
)
@click.option("--language", type=click.Choice(["en", "nl", "fr"]), default="en", show_default=True, help="Of the text.")
@click.option("--reason", metavar="TEXT", help="Of every removal that has none in the files.")
@click.option("--to", metavar="ADDRESS", help="Whom to ask.  [default: the address in contract.contact]")
@click.option("--from", "sender", metavar="ADDRESS", help="Who asks.  [default: as the mail program has it]")
@masking
@choosing
@common
def request(
    console: Console,
    out: Path | None,
    language: str,
    reason: str | None,
    to: str | None,
    sender: str | None,
    redact: bool | None,
    **choices: Any,
) -> None:
    """Write the e-mail that asks for removals beyond the quota.

    They are those that --fit-quota would put off; the plan stays as it is. Without -o the e-mail is shown; where CI is
    set, numbers are masked then.
    """
    from reconciler.reports.letters.words import Language
    from reconciler.usecases.requesting import Wish, request_exception

    wish = Wish(Language(language), reason, _address("--to", to), _address("--from", sender))
    draft = run(request_exception(console.world(), plan_request(**choices), wish))
    if draft is None:
        console.result("Every removal that is planned fits the quota; there is nothing to ask for.")
        return
    _tell(console, draft)
    if out is None:
        head = f"To: {draft.to}\n" if draft.to else ""
        shown = view(redact=redact).words(draft.letter.text)
        console.result(f"{head}Subject: {draft.letter.subject}\n\n{shown}")
    else:
        write_given(out, draft.mail)
        console.result(f"Written: {out}, for {draft.to or 'an address that you add'}.")


def _address(option: str, text: str | None) -> Address | None:
    """Return what an option says as an address; UsageError where it is none."""
    from reconciler.reports.letters.mail import mailbox

    found = mailbox(text) if text is not None else None
    if text is not None and found is None:
        raise UsageError(f"{option}: '{text}' is no e-mail address", hint="Write it like an.peeters@company.example.")
    return found


def _tell(console: Console, draft: Draft) -> None:
    """Say what the e-mail lacks."""
    if draft.to is None:
        console.warn(
            "contract.contact in fleet.yaml holds no single e-mail address, so the e-mail has no 'To'; see --to"
        )
    bare = [wanted.action.id for wanted in draft.request.removals if not wanted.reason]
    has = "has" if len(bare) == 1 else "have"
    if bare:
        console.warn(
            f"{len(bare)} of {len(draft.request.removals)} {has} no reason ({', '.join(bare[:3])}"
            f"{', …' if len(bare) > 3 else ''}); give one as 'reason:' of the user or the service, or with --reason"
        )
