"""A plan as one page that needs nothing else: no request, no script to be read, light and dark, on paper too.

Its script only adds a search; everything is there without it.
"""

from __future__ import annotations

from reconciler.model.plan import Plan
from reconciler.reports.html.actions import actions
from reconciler.reports.html.document import document
from reconciler.reports.html.findings import findings, upcoming
from reconciler.reports.html.markup import Html, joined, link, raw, tag
from reconciler.reports.html.risks import blocked, removed
from reconciler.reports.html.script import SCRIPT
from reconciler.reports.html.summary import approvals, charts, totals, verdict
from reconciler.reports.publication import Publication
from reconciler.reports.rows import counted, summary


def page(plan: Plan, publication: Publication) -> str:
    """Return the whole page of `plan`, with links to where it was made."""
    body = tag(
        "body",
        tag(
            "main",
            verdict(plan),
            totals(plan),
            blocked(plan),
            removed(plan),
            approvals(plan),
            charts(plan),
            findings(plan),
            upcoming(plan),
            actions(plan),
        ),
        _footer(plan, publication),
        tag("script", raw(SCRIPT)),
    )
    return document(f"{plan.organisation}, {plan.day}: {summary(plan)}", body, script=SCRIPT)


def _footer(plan: Plan, publication: Publication) -> Html:
    live, commit = plan.live, publication.commit or plan.desired.commit
    users = f"{counted(live.services, 'service')} of {counted(live.users, 'user')}"
    facts = (
        ("Plan", tag("code", publication.plan_id) if publication.plan_id else None),
        ("Files", f"{plan.desired.root or '(none)'}, {plan.desired.digest or 'no digest'}"),
        ("Commit", tag("code", commit) if commit else None),
        ("Live", f"{users} at {live.provider}, read {live.read_at:%Y-%m-%d %H:%M %Z}"),
        ("Fleet", publication.scope),
        ("Made by", f"fleet {plan.tool_version}"),
        ("Run", link("where it was made", publication.run_url) if publication.run_url else None),
        ("File", link("the saved plan", publication.artefact_url) if publication.artefact_url else None),
    )
    rows = (joined(tag("dt", name), tag("dd", value)) for name, value in facts if value)
    return tag("footer", tag("dl", *rows))
