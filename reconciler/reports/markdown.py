"""A plan as the comment on a pull request: verdict and totals first, then what to judge, the gravest first.

GitHub takes 65,536 characters of a comment; this stays under 60,000 bytes by leaving out whole items from the end.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.plan import Plan
from reconciler.reports.inline import cell, code, link, prose
from reconciler.reports.items import sections
from reconciler.reports.marker import Marker, Topic
from reconciler.reports.publication import Body, Publication
from reconciler.reports.rows import approval_needed, counted, removals, signed, summary
from reconciler.reports.sections import fitted, size
from reconciler.reports.text import quota_bar

ROOM = 60_000
_MOST_APPROVALS = 5


def comment(plan: Plan, publication: Publication) -> Body:
    """Return the comment that a pull request carries, its marker in the first line."""
    marker = Marker(Topic.PLAN, publication.scope, publication.commit, publication.plan_id, truncated=True)
    foot = _foot(plan, publication)
    room = ROOM - size(f"{marker}\n")
    text, truncated = fitted(_head(plan), sections(plan), foot, room=room, rest=_rest(publication))
    return Body(f"{replace(marker, truncated=truncated)}\n{text}", truncated)


def _head(plan: Plan) -> str:
    bill, quota = plan.bill, plan.quota
    currency = prose(plan.currency)
    steady = f"{bill.monthly_before} → {bill.monthly_before + bill.monthly_delta}"
    cells = {
        "Removal quota": f"takes {quota.planned} of {quota.available} left",
        f"Next bill ({bill.month})": f"{currency} **{signed(bill.next_bill_delta)}**",
        "Steady month": f"{currency} {steady} (**{signed(bill.monthly_delta)}**)",
        "Approvals": "; ".join(_approvals(plan)) or "none needed",
    }
    rows = (cells.keys(), ("---",) * len(cells), (cell(text) for text in cells.values()))
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    bar = f"`{quota_bar(quota, paint=_plain)}`\n{removals(plan)}"
    bill_note = "The bill is an estimate: the day on which an order takes effect is the operator's (R4, R6)."
    return f"### 📱 {_headline(plan)}\n\n{_status(plan)}\n\n{table}\n\n{bar}\n{bill_note}\n\n"


def _headline(plan: Plan) -> str:
    removed = f"{plan.summary.remove} to remove"
    return summary(plan).replace(removed, f"**{removed}**") if plan.summary.remove else summary(plan)


def _status(plan: Plan) -> str:
    """Say what merging would do, for who has never seen the tool."""
    where = f"at the operator for {code(plan.organisation)}, contract {code(plan.contract)}"
    count = len(plan.ready)
    would = f"If this is merged, {counted(count, 'action')} will be ordered {where}. Until then nothing is."
    if plan.is_blocked:
        rest = f" {would}" if count else " Nothing else would be done."
        return f"⛔ **Blocked.** A check refuses a part of this; what is under *Blocked* will not be carried out.{rest}"
    if not count:
        return f"✅ **Nothing to order** {where}."
    return f"🟡 **To be reviewed.** {would}"


def _approvals(plan: Plan) -> list[str]:
    words = [prose(approval_needed(needed)) for needed in plan.approvals[:_MOST_APPROVALS]]
    more = len(plan.approvals) - len(words)
    return [*words, f"and {more} more"] if more > 0 else words


def _foot(plan: Plan, publication: Publication) -> str:
    facts = [
        f"commit {code(publication.commit[:12])}" if publication.commit else None,
        f"plan {code(publication.plan_id.removeprefix('sha256:')[:12])}" if publication.plan_id else None,
        f"live read {plan.live.read_at:%Y-%m-%d %H:%M %Z}",
        link("run", publication.run_url),
        link("full plan", publication.artefact_url),
        "this comment is updated on each push",
    ]
    return f"---\n{' · '.join(fact for fact in facts if fact)}\n"


def _rest(publication: Publication) -> str:
    return f"{link('the full plan', publication.artefact_url) or 'the full plan'} is in the artefact of the run."


def _plain(text: str, _style: str) -> str:
    return text
