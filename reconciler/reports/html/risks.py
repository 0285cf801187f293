"""What a reader must not overlook, on the page: what is blocked, and what is removed."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.plan import Action, Kind, Plan, Status
from reconciler.reports.html.actions import anchor, cost_words
from reconciler.reports.html.findings import errors
from reconciler.reports.html.markup import Html, tag
from reconciler.reports.rows import GONE_FOR_GOOD, counted, row

_MOST_BRIEFS = 1000


def blocked(plan: Plan) -> Html | None:
    """Return what a check refuses and why, None for nothing."""
    if not plan.is_blocked:
        return None
    held = [(at, each) for at, each in enumerate(plan.actions) if each.status is Status.BLOCKED]
    left_out = tag("p", f"An apply leaves out {counted(len(held), 'action')}:") if held else None
    return tag(
        "section",
        tag("h2", "Blocked"),
        *errors(plan),
        left_out,
        _briefs(held),
        class_="card alert",
        id="blocked",
    )


def removed(plan: Plan) -> Html | None:
    """Return what an apply would remove, one line each, None for nothing."""
    gone = [
        (at, action)
        for at, action in enumerate(plan.actions)
        if action.kind is Kind.REMOVE and action.status is Status.READY
    ]
    if not gone:
        return None
    return tag(
        "section",
        tag("h2", f"Removals: {len(gone):,}"),
        tag("p", GONE_FOR_GOOD, class_="note"),
        _briefs(gone),
        class_="card danger",
        id="removals",
    )


def _briefs(actions: Sequence[tuple[int, Action]]) -> Html | None:
    if not actions:
        return None
    more = len(actions) - _MOST_BRIEFS
    rest = tag("li", f"and {more:,} more, below with all the others") if more > 0 else None
    return tag("ul", *(_brief(at, action) for at, action in actions[:_MOST_BRIEFS]), rest, class_="briefs")


def _brief(at: int, action: Action) -> Html:
    """Return an action in one line that leads to the whole of it."""
    shown = row(action)
    return tag(
        "li",
        tag("a", action.id, href=f"#{anchor(at)}"),
        tag("span", "; ".join(shown.lines)),
        tag("span", cost_words(action)) if shown.cost else None,
    )
