"""`fleet cancel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from reconciler.cli.aftermath import tell_outcome
from reconciler.cli.console import Console, common
from reconciler.cli.running import run
from reconciler.errors import Exit, worst

if TYPE_CHECKING:
    from reconciler.applying.journal.orders import Doubt
    from reconciler.model.run import PastRun
    from reconciler.ports import Outcome

_HINT = "Without a terminal, say it beforehand: fleet cancel RUN --yes"


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds a cancellation."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def cancel(console: Console, run_id: str | None, timeout: float, yes: bool) -> Exit:
    """Withdraw what a run (by default the last) ordered and what has not taken effect yet.

    The files are left as they are: what they still declare is planned again.
    """
    from reconciler.ports import Result
    from reconciler.reports.rows import counted
    from reconciler.reports.text import cancelled_text
    from reconciler.usecases.cancelling import cancel as withdraw

    def confirm(past: PastRun, orders: Sequence[Doubt]) -> bool:
        count = sum(len(order.actions) for order in orders)
        console.result(f"Run {past.id}, by {past.who}, has {counted(count, 'action')} on order:")
        for order in orders:
            numbers = ", ".join(order.accepted) or f"reference {order.reference}"
            console.result("".join(f"  {address} (order {numbers})\n" for address in order.actions))
        return yes or console.confirmed("Cancel these orders?", hint=_HINT)

    outcomes = run(withdraw(console.world(), run_id, confirm=confirm, timeout=timeout))
    if not outcomes:
        console.result("Nothing is on order of that run; there is nothing to cancel.")
        return Exit.DONE
    tell_outcome(console, cancelled_text(outcomes, paint=console.paint))
    if any(outcome.result is Result.CANCELLED for outcome in outcomes.values()):
        console.say("What the files still declare is planned again; change them to keep it away.")
    return _exit_code(outcomes)


def _exit_code(outcomes: Mapping[str, Outcome]) -> Exit:
    from reconciler.ports import Result

    results = {outcome.result for outcome in outcomes.values()} - {Result.CANCELLED}
    codes = {Exit.WAITING if result in (Result.WAITING, Result.MOVING) else Exit.PARTIAL for result in results}
    return worst(Exit.DONE, *codes)
