"""A plan as the summary of a job's step, where GitHub takes a megabyte a step, and drops the whole of what is more."""

from __future__ import annotations

from reconciler.model.plan import Plan
from reconciler.reports.markdown.head import head, headline, review_status
from reconciler.reports.markdown.items import sections
from reconciler.reports.markdown.reports import plan_foot, rest
from reconciler.reports.markdown.sections import fitted, size
from reconciler.reports.publication import Publication

ROOM = 1_000_000


def step_summary(plan: Plan, publication: Publication, *, room: int = ROOM) -> str:
    """Return the plan in at most `room` bytes: what the step's summary has left. Nothing where there is no room."""
    text, _ = fitted(
        head(plan, review_status(plan)), sections(plan), plan_foot(plan, publication), room=room, rest=rest(publication)
    )
    short = f"### 📱 {headline(plan)}\n"
    return next((each for each in (text, short) if size(each) <= room), "")
