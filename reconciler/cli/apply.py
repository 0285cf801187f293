"""`fleet apply`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.aftermath import tell_outcome, trying
from reconciler.cli.console import Console, common
from reconciler.cli.options import plan_request, planning
from reconciler.cli.progress import progress
from reconciler.cli.running import run, stop_on_signals
from reconciler.cli.streams import lost
from reconciler.cli.views import View, masking, view
from reconciler.errors import ApprovalMissing, Stopped, UsageError
from reconciler.files import write_given

if TYPE_CHECKING:
    from reconciler.model.plan import Finding, Plan
    from reconciler.usecases.application import Applied, ApplyRequest

_HINT = "Save it with 'fleet plan -o FILE' and apply that file, or use --auto-approve with --allow-removals N."


_File = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_File, required=False)
@click.option(
    "--approval", "approvals", type=_File, multiple=True, metavar="APPROVAL", help="A signed approval of FILE."
)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--allow-removals", type=click.IntRange(min=0), default=0, metavar="N", help="How many may go unasked.")
@click.option("--resume", is_flag=True, help="Go on with the last run, which did not get to its end.")
@click.option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Users at once.")
@click.option("--wait/--no-wait", default=True, help="Whether to follow the orders to their end.")
@click.option("--timeout", type=click.FloatRange(min=0), default=600.0, show_default=True, help="Seconds an order.")
@click.option("--junit", type=_File, metavar="REPORT", help="Write what came of each action as JUnit XML.")
@masking
@planning
@common
def apply(console: Console, file: Path | None, junit: Path | None, redact: bool | None, **options: Any) -> int:
    """Carry out a saved plan, or make one, show it and carry it out after a yes.

    Where CI is set, numbers and SIMs are masked on stdout and in REPORT; --reveal shows them.
    """
    from reconciler.usecases.application import ApplyRequest
    from reconciler.usecases.saving import read_approval, read_plan, require_current

    choices = {name: options.pop(name) for name in ("targets", "day", "live", "fit_quota")}
    if choices["live"] is not None or choices["day"] is not None:
        raise UsageError("orders are placed now, at the operator: --live and --day are for plan")
    if (file is not None or options["resume"]) and (choices["targets"] or choices["fit_quota"]):
        raise UsageError("an approved plan is carried out as it is", hint="Make another plan with these options.")
    if options["resume"] and (file is not None or options["auto_approve"]):
        raise UsageError("--resume goes on with what was approved then", hint="Leave out FILE and --auto-approve.")
    if options["approvals"] and file is None:
        raise UsageError("an approval is of a saved plan", hint="Name it: fleet apply FILE --approval APPROVAL.")
    if junit is not None and not junit.parent.is_dir():
        raise UsageError(f"there is no folder {junit.parent} to write {junit.name} to")
    approved = read_plan(file) if file is not None else None
    if approved is not None:
        require_current(approved, name=str(file))
    options["approvals"] = tuple(read_approval(path) for path in options["approvals"])
    request = ApplyRequest(plan_request(**choices), approved, **options)
    return run(_run(console, request, view(redact=redact), junit))


async def _run(console: Console, request: ApplyRequest, view: View, junit: Path | None) -> int:
    from reconciler.reports.rows import counted
    from reconciler.reports.text import difference_text, plan_text
    from reconciler.usecases.application import Front
    from reconciler.usecases.applying import apply as carry_out

    received: list[int] = []
    if request.approved is not None or request.auto_approve or request.resume:
        stop_on_signals(console, request.stop, received)

    def show(plan: Plan) -> None:
        console.result(plan_text(view.shown(plan), width=console.width, paint=console.paint))

    def confirm(plan: Plan) -> bool:
        """Show the plan and ask; until then, a signal ends the command at once, and from then on it ends with care."""
        show(plan)
        if lost(sys.stdout) is not None:
            raise ApprovalMissing("nothing was ordered: the plan could not be shown", hint=_HINT)
        yes = console.confirmed(f"Order {counted(len(plan.ready), 'action')}?", hint=_HINT)
        stop_on_signals(console, request.stop, received)
        return yes

    def stale(new: Plan, gone: Sequence[str]) -> None:
        names = [view.words(name) for name in gone]
        console.result(difference_text(view.shown(new), names, width=console.width, paint=console.paint))

    try:
        with progress(console, "ordering") as shown:
            front = Front(confirm, show, stale, shown, _notice(console))
            applied = await carry_out(console.world(), request, front)
    except Stopped as stopped:
        console.error(f"{stopped}; nothing was ordered")
        return 128 + received[-1] if received else stopped.exit_code
    await _told(console, request, applied, view, junit)
    return 128 + received[-1] if received else applied.exit_code


def _notice(console: Console) -> Callable[[Finding], None]:
    def notice(found: Finding) -> None:
        text = f"{found.code}: {found.message}" + (f". {found.hint}" if found.hint else "")
        (console.warn if found.severity == "warning" else console.say)(text)

    return notice


async def _told(console: Console, request: ApplyRequest, applied: Applied, view: View, junit: Path | None) -> None:
    """Tell what became of the orders, everywhere it is to be told; the exit code is the run's, whatever fails here."""
    from reconciler.reports.junit import junit as as_junit
    from reconciler.usecases.checklists import write_checklist

    with trying(console, "the outcome could not be shown; see 'fleet history'"):
        _report(console, request, applied, view)
    if junit is not None:
        with trying(console, f"{junit} was not written"):
            write_given(junit, as_junit(*view.applied(applied.plan, applied.outcomes)).encode())
    if applied.run_id is not None:
        with trying(console, "the checklist was not written; to have it written: fleet checklist write"):
            for path in await write_checklist(console.world(), applied.run_id):
                console.say(f"For whoever carries it out: {path}")


def _report(console: Console, request: ApplyRequest, applied: Applied, view: View) -> None:
    from reconciler.reports.text import outcome_text, plan_text
    from reconciler.usecases.application import ALONE

    if applied.taken_over:
        console.warn(f"took over from {applied.taken_over}; what it had ordered was settled first")
    plan, outcomes = view.applied(applied.plan, applied.outcomes)
    if not outcomes:
        if request.approved is not None or request.auto_approve:
            console.result(plan_text(plan, width=console.width, paint=console.paint))
        return
    read_back = applied.unread is None and applied.broken is None
    tell_outcome(console, outcome_text(plan, outcomes, paint=console.paint, read_back=read_back))
    if applied.alone:
        console.say(ALONE)
    if applied.broken:
        console.failure(applied.broken)
    if applied.unread:
        message = f"live could not be read afterwards, so what is done is done by the operator's word: {applied.unread}"
        console.error(message, hint="To have it read again: fleet apply --resume")
    if request.stop.is_set():
        console.error("stopped before everything was ordered", hint="For the rest: fleet apply --resume")
