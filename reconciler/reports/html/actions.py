"""The lower part of the page: every action by user, with before and after, and the tools to find one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from reconciler.model.plan import Action, Change, CostLine, Kind, LineKind, Plan, Status
from reconciler.reports.html.markup import Html, tag
from reconciler.reports.rows import counted, inquiry_line, row, sides, signed

#: What an action is shown and chosen by, most dangerous first.
_WORDS = ("blocked", "remove", "change", "transfer", "create", "add", "deferred", "in flight")
_LINES = {LineKind.RECURRING: "a month", LineKind.PRORATA: "pro rata", LineKind.CREDIT: "credit"}
#: From so many actions on, a browser draws only those in sight.
_MANY = 300


def anchor(at: int) -> str:
    """Return the name other parts of the page find an action by."""
    return f"a{at}"


def cost_words(action: Action) -> str:
    """Return what an action costs a month."""
    return f"{signed(action.cost.monthly_delta)} a month"


def actions(plan: Plan) -> Html | None:
    """Return every action by user, with the tools to find one where scripts may run."""
    if not plan.actions:
        return None
    unknown = inquiry_line(plan.inquiry) if plan.inquiry else None
    return tag(
        "section",
        tag("h2", f"{counted(len(plan.actions), 'action')} by user"),
        tag("p", unknown, class_="note") if unknown else None,
        _tools(plan.actions),
        *_users(plan.actions),
        tag("p", "No action is as asked for.", id="none", class_="note", hidden=True),
        id="actions",
        class_="many" if len(plan.actions) > _MANY else None,
    )


def _tools(actions: Sequence[Action]) -> Html:
    """Return a search and a choice of kinds, hidden until the script shows them."""
    counts = Counter(map(_word, actions))
    kinds = (_choice(word, counts[word]) for word in _WORDS if counts[word])
    return tag(
        "div",
        tag("label", "Search", for_="search"),
        tag("input", id="search", type="search", placeholder="user, number, bundle, file …", autocomplete="off"),
        tag("fieldset", tag("legend", "Kinds", class_="unseen"), *kinds),
        tag("p", tag("button", "Show all", type="button", id="all"), tag("output", id="shown", for_="search")),
        id="tools",
        hidden=True,
    )


def _choice(word: str, count: int) -> Html:
    box = tag("input", type="checkbox", value=word)
    return tag("label", box, tag("span", f"{word} ", tag("b", f"{count:,}")), class_="choice")


def _users(actions: Iterable[Action]) -> Iterator[Html]:
    for user, group in groupby(enumerate(actions), key=lambda pair: pair[1].user):
        yield tag("article", tag("h3", user), tag("ul", *(_action(at, action) for at, action in group)))


def _action(at: int, action: Action) -> Html:
    shown = row(action)
    word = _word(action)
    held = action.status is not Status.READY
    return tag(
        "li",
        tag("b", f"{shown.symbol} {word}"),
        tag("h4", shown.name, _number(action)),
        _cost(action) if shown.cost else None,
        tag("p", action.kind, class_="note") if held and action.kind is Kind.CHANGE else None,
        _what(action, shown.lines),
        *(tag("p", note) for note in (shown.reason, shown.drift) if note),
        tag("code", str(action.place)) if action.place and str(action.place) not in (shown.reason or "") else None,
        id=anchor(at),
        data_kind=word,
    )


def _word(action: Action) -> str:
    """Return what an action is called: why it does not go now, or what it does."""
    if action.status is not Status.READY:
        return "in flight" if action.status is Status.IN_FLIGHT else action.status
    return "transfer" if action.is_transfer else action.kind


def _number(action: Action) -> Html | None:
    """Return the number of a service that stays; one that comes or goes is told in full anyway."""
    held = action.before or action.after
    if action.kind is not Kind.CHANGE or held is None or not held.number or held.number in action.id:
        return None
    return tag("small", f" {held.number}")


def _what(action: Action, lines: Iterable[str]) -> Html:
    if action.kind is Kind.CHANGE:
        return tag("dl", *(part for change in action.changes for part in _change(change)))
    service = action.after or action.before
    centre = f", cost centre {service.cost_centre}" if service and service.cost_centre else ""
    return tag("p", "; ".join(lines), centre)


def _change(change: Change) -> Iterator[Html]:
    before, after = sides(change)
    if change.path == "options":
        yield tag("dt", "option")
        came = change.before is None
        yield tag("dd", tag("ins", after) if came else tag("del", before), " added" if came else " removed")
    else:
        yield tag("dt", change.path)
        yield tag("dd", tag("del", before), " → ", tag("ins", after))


def _cost(action: Action) -> Html:
    """Return what an action costs, and behind it the lines of the next bill, one for each bundle or option."""
    cost = action.cost
    by_word = groupby(cost.lines, key=lambda line: line.what)
    fees = (tag("li", f"{what}: ", ", ".join(map(_amount, lines))) for what, lines in by_word)
    return tag(
        "details",
        tag("summary", cost_words(action)),
        tag("ul", *fees, tag("li", f"next bill: {signed(cost.next_bill_delta)}")),
    )


def _amount(line: CostLine) -> str:
    return f"{signed(line.amount)} {_LINES[line.kind]}"
