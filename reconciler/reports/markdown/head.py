"""The head of a plan in Markdown: verdict, what would happen, quota, bill and approvals at a glance."""

from __future__ import annotations

from reconciler.model.plan import Plan, Verdict
from reconciler.reports.markdown.inline import cell, code, prose
from reconciler.reports.rows import approval_needed, counted, narrowed, removals, signed, summary
from reconciler.reports.text import quota_bar

_MOST_APPROVALS = 5
_NOTE = "The bill is an estimate, since the operator decides on which day an order takes effect. A steady month is a \
whole one, without credits and parts of a month."


def head(plan: Plan, status: str) -> str:
    """Return the head; `status` says what the plan means where it appears."""
    bar = f"`{quota_bar(plan.quota, paint=_plain)}`"
    # Paragraphs, since a line's end shows as one in a comment and as a blank in a step's summary.
    only = [f"Planned is {prose('; '.join(narrowed(plan)))}; everybody else is left out."] if narrowed(plan) else []
    return "\n\n".join((f"### 📱 {headline(plan)}", status, *only, _totals(plan), bar, removals(plan), _NOTE, ""))


def headline(plan: Plan) -> str:
    """Return the sentence that sums the plan up, its removals in bold."""
    removed = f"{plan.summary.remove} to remove"
    return summary(plan).replace(removed, f"**{removed}**") if plan.summary.remove else summary(plan)


def review_status(plan: Plan) -> str:
    """Say what merging would do, for who has never seen the tool."""
    count = len(plan.ready)
    would = f"If this is merged, {counted(count, 'action')} will be ordered {_where(plan)}. Until then nothing is."
    if plan.is_blocked:
        rest = would if count else "Nothing else would be done."
        return f"⛔ **Blocked.** What is listed as blocked below is refused and will not be carried out. {rest}"
    if not count:
        return f"✅ **Nothing to order** {_where(plan)}."
    return f"🟡 **To be reviewed.** {would}"


def drift_status(plan: Plan) -> str:
    """Say what it means that live and the files differ without anybody having proposed it, and the two ways out."""
    return (
        f"What is live {_where(plan)}, is not what the files declare. Below is what would put live back.\n\n"
        "- To put live back as declared, merge a pull request of the fleet, whose plan then has this too, or run "
        "`fleet apply`.\n"
        "- To keep what is live, have `fleet import` bring the files up to date, and merge that.\n\n"
        "This issue is updated by every check, and closed by the first that finds no difference."
    )


def _where(plan: Plan) -> str:
    return f"at the operator for {code(plan.organisation)}, contract {code(plan.contract)}"


def _totals(plan: Plan) -> str:
    bill, quota, currency = plan.bill, plan.quota, prose(plan.currency)
    steady = f"{bill.monthly_before} → {bill.monthly_before + bill.monthly_delta}"
    taken = f"takes {quota.planned} of {quota.available} left"
    cells = {
        "Removal quota": f"⛔ {taken}" if quota.verdict is Verdict.EXCEEDED else taken,
        f"Next bill ({bill.month})": f"{currency} **{signed(bill.next_bill_delta)}**",
        "Steady month": f"{currency} {steady} (**{signed(bill.monthly_delta)}**)",
        "Approvals": "; ".join(_approvals(plan)) or "none needed",
    }
    rows = (cells.keys(), ("---",) * len(cells), (cell(text) for text in cells.values()))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _approvals(plan: Plan) -> list[str]:
    words = [prose(approval_needed(needed)) for needed in plan.approvals[:_MOST_APPROVALS]]
    more = len(plan.approvals) - len(words)
    return [*words, f"and {more} more"] if more > 0 else words


def _plain(text: str, _style: str) -> str:
    return text
