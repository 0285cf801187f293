"""What is written on pull requests and issues: a plan, its failure, what came of it, and drift.

GitHub takes 65,536 characters of a comment; these stay under 60,000 bytes by leaving out whole items from the end. The
first line is the marker by which a later run finds its own comment again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.errors import Problem
from reconciler.model.plan import Plan
from reconciler.ports import Outcome
from reconciler.reports.markdown.head import drift_status, head, headline, review_status
from reconciler.reports.markdown.inline import code, link
from reconciler.reports.markdown.items import needs_a_look, outcome_sections, problem_section, sections
from reconciler.reports.markdown.marker import Marker, Topic, parse
from reconciler.reports.markdown.sections import Section, fitted, size
from reconciler.reports.publication import Body, Publication
from reconciler.reports.text import verdict

ROOM = 60_000
_REFUSED = "Apply refused: nothing was ordered"
_FAILED = {
    Topic.PLAN: "Plan failed; an earlier plan in this place is void",
    Topic.APPLY: "Apply refused or failed",
    Topic.DRIFT: "Drift could not be looked for",
}


def comment(plan: Plan, publication: Publication) -> Body:
    """Return the comment on a pull request: what merging it would do, what that costs and takes of the quota."""
    foot = plan_foot(plan, publication, "this comment is updated on each push")
    return _body(Topic.PLAN, head(plan, review_status(plan)), sections(plan), foot, publication)


def failure_comment(
    messages: Sequence[Problem | str], publication: Publication, *, topic: Topic = Topic.PLAN, refused: bool = False
) -> Body:
    """Return the comment that takes the place of one that is not true any more: what went wrong, and where.

    `refused` is an apply that was not begun.
    """
    foot = _foot(publication, None)
    title = _REFUSED if refused else _FAILED[topic]
    return _body(topic, f"### ❌ {title}\n\n", [problem_section(messages)], foot, publication)


def outcome_comment(
    plan: Plan, outcomes: Mapping[str, Outcome], publication: Publication, *, read_back: bool = True
) -> Body:
    """Return the comment after an apply: what became of each action; `read_back` where live was seen to be so."""
    words = verdict(plan, outcomes, read_back)
    unwell = needs_a_look(outcomes) or not read_back
    sign = "✅" if words.startswith("Apply complete") else "❌" if unwell else "🟡"
    return _body(Topic.APPLY, f"### {sign} {words}\n\n", outcome_sections(outcomes), _foot(publication), publication)


def drift_issue(plan: Plan, publication: Publication) -> tuple[str, Body]:
    """Return the title and the body of the issue that says that live and the files differ."""
    whose = re.sub(r"[^A-Za-z0-9./_-]", "_", publication.scope)[:100]
    title = f"Drift in {whose}: {headline(plan).replace('*', '')}"
    foot = plan_foot(plan, publication)
    return title, _body(Topic.DRIFT, head(plan, drift_status(plan)), sections(plan), foot, publication)


def closed(text: str) -> str:
    """Return a comment of ours as that of a pull request that is closed; what is no such comment stays as it is."""
    marker = parse(text)
    if marker is None or marker.closed:
        return text
    _, _, body = text.partition("\n")
    return f"{replace(marker, closed=True)}\n**Out of date:** this pull request is closed.\n\n{body}"


def plan_foot(plan: Plan, publication: Publication, note: str | None = None) -> str:
    """Return the last line below a plan: which commit, which plan, how old, and where more is."""
    return _foot(publication, f"live read {plan.live.read_at:%Y-%m-%d %H:%M %Z}", note)


def rest(publication: Publication) -> str:
    """Say where the items that are left out can be found."""
    return f"all of it is in {link('the artefact', publication.artefact_url) or 'the artefact'} of the run"


def _body(topic: Topic, top: str, found: Sequence[Section], foot: str, publication: Publication) -> Body:
    told = publication
    marker = Marker(topic, told.scope, told.commit, told.plan_id, run=told.run_url, checksum=told.checksum)
    room = ROOM - size(f"{marker}\n")
    text, truncated = fitted(top, found, foot, room=room, rest=rest(publication))
    return Body(f"{replace(marker, truncated=truncated)}\n{text}", truncated)


def _foot(publication: Publication, *facts: str | None) -> str:
    known = [
        code(publication.scope),
        f"commit {code(publication.commit[:12])}" if publication.commit else None,
        f"plan {code(publication.plan_id.removeprefix('sha256:')[:12])}" if publication.plan_id else None,
        *facts[:1],
        link("run", publication.run_url),
        link("artefact", publication.artefact_url),
        *facts[1:],
    ]
    line = " · ".join(fact for fact in known if fact)
    return f"---\n{line}\n" if line else ""
