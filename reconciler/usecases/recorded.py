"""What a run was approved by, as the journal has it: to be held against the rules again before any of it is ordered."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.applying.signatures import Signed, read
from reconciler.errors import ApprovalMissing, StalePlan
from reconciler.model.run import PastRun
from reconciler.model.saved import SavedPlan
from reconciler.usecases.saving import parse_plan

_AGAIN = "Plan again and have that plan approved: fleet plan -o FILE."


def recorded_plan(run: PastRun) -> SavedPlan:
    """Return the plan of a run; raises StalePlan for one that is of an old format, UnreadablePlan for a broken one."""
    saved = parse_plan(run.plan, name=f"the plan of run {run.id}")
    if saved.is_old:
        message = (
            f"run {run.id} was begun by an older version of fleet, by a plan that does not say where its orders go"
        )
        raise StalePlan(message, hint=f"{_AGAIN} What the run has ordered is settled first.")
    return saved


def recorded_approvals(run: PastRun) -> tuple[Signed, ...]:
    """Return the signed approvals of a run, to the letter; ApprovalMissing where the journal has not kept one."""
    return tuple(_recorded(run))


def _recorded(run: PastRun) -> Iterator[Signed]:
    for facts in run.approvals:
        if facts.get("kind") != "signature":
            continue
        name = f"of {facts.get('who')} that the journal keeps of run {run.id}"
        if not isinstance(facts.get("document"), str):
            raise ApprovalMissing(f"the approval {name} has no signature any more", hint=_AGAIN)
        yield read(facts["document"], name=name)
