"""What a step hands on to the next ones: the text of `$GITHUB_OUTPUT`.

Every value stands between two lines of a delimiter that nobody can guess: a value cannot end before its end, whatever
it holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import Exit
from reconciler.model.plan import Plan


def plan_outputs(plan: Plan, *, plan_id: str, plan_file: str | None, exit_code: Exit) -> dict[str, str]:
    """Return what later steps may ask of a plan; `plan_id` is its digest as it was made."""
    counts = plan.summary
    return {
        "exitcode": str(int(exit_code)),
        "has_changes": "true" if plan.ready else "false",
        "create": str(counts.create),
        "add": str(counts.add),
        "change": str(counts.change),
        "remove": str(counts.remove),
        "transfer": str(counts.transfer),
        "blocked": str(counts.blocked),
        "quota_left": str(plan.quota.remaining),
        "next_bill": str(plan.bill.next_bill_delta),
        "plan_id": plan_id,
        "plan_file": plan_file or "",
        "failure_reason": "",
    }


def failure_outputs(*, exit_code: Exit, reason: str) -> dict[str, str]:
    """Return what later steps may ask of a run that made no plan or carried none out."""
    return {"exitcode": str(int(exit_code)), "has_changes": "false", "failure_reason": reason}


def output_text(values: Mapping[str, str], *, delimiter: str) -> str:
    """Return `values` as text for `$GITHUB_OUTPUT`; `delimiter` is random, ValueError where a value holds it."""
    for name, value in values.items():
        if delimiter in name or delimiter in value:
            raise ValueError(f"the delimiter stands in the value of {name}")
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())
