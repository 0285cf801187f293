"""What is worth knowing besides, on the page: findings with their places and what to do, and what dates will change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from reconciler.errors import Place
from reconciler.model.plan import Finding, Kind, Plan, Severity
from reconciler.reports.html.markup import Html, tag
from reconciler.reports.rows import GIVEN_UP, counted, upcoming_line

#: So many findings of one code stand open; errors always do.
_OPEN = 10
_MOST_UPCOMING = 200


def errors(plan: Plan) -> Iterator[Html]:
    """Yield what blocks, by code."""
    return _by_code(found for found in plan.findings if found.severity is Severity.ERROR)


def findings(plan: Plan) -> Html | None:
    """Return warnings and notes by code; what blocks and what is said of every removal stand further up."""
    removed = {(action.user, action.label) for action in plan.ready if action.kind is Kind.REMOVE}
    milder = (
        found
        for found in plan.findings
        if found.severity is not Severity.ERROR
        and not (found.code == GIVEN_UP and (found.user, found.label) in removed)
    )
    groups = tuple(_by_code(milder))
    return tag("section", tag("h2", "Findings"), *groups, class_="card", id="findings") if groups else None


def upcoming(plan: Plan) -> Html | None:
    """Return what dates in the files will change by themselves, None for nothing."""
    if not plan.upcoming:
        return None
    more = len(plan.upcoming) - _MOST_UPCOMING
    return tag(
        "section",
        tag("h2", "Upcoming, by the dates in the files"),
        tag(
            "ul",
            *(_line(upcoming_line(each), each.place) for each in plan.upcoming[:_MOST_UPCOMING]),
            tag("li", f"and {more:,} more; see 'fleet upcoming'") if more > 0 else None,
            class_="plain",
        ),
        class_="card",
        id="upcoming",
    )


def _by_code(findings: Iterable[Finding]) -> Iterator[Html]:
    for _, group in groupby(findings, key=lambda found: (found.severity, found.code)):
        yield _of_code(tuple(group))


def _of_code(found: Sequence[Finding]) -> Html:
    """Return the findings of one code, with the hint once where it is one for all."""
    first = found[0]
    shared = first.hint if all(each.hint == first.hint for each in found) else None
    return tag(
        "details",
        tag(
            "summary",
            tag("b", first.severity, class_=f"kind {first.severity}"),
            " ",
            tag("code", first.code),
            tag("span", f" {counted(len(found), 'finding')}", class_="note") if len(found) > 1 else None,
        ),
        tag("ul", *(_finding(each, None if shared else each.hint) for each in found)),
        _hint(shared),
        class_="code",
        open=first.severity is Severity.ERROR or len(found) <= _OPEN,
    )


def _finding(found: Finding, hint: str | None) -> Html:
    return _line(found.message, found.place, _hint(hint))


def _line(words: str, place: Place | None, more: Html | None = None) -> Html:
    return tag("li", words, *((" ", tag("code", str(place))) if place else ()), more)


def _hint(hint: str | None) -> Html | None:
    return tag("p", hint, class_="note") if hint else None
