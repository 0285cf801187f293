"""The rows of a plan as Markdown items, sorted into sections by what can go wrong with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reconciler.errors import Problem
from reconciler.model.plan import Action, Finding, Kind, Plan, Severity, Status
from reconciler.ports import Outcome, Result
from reconciler.reports.characters import visible
from reconciler.reports.markdown.inline import MOST_OF_A_NAME, cell, code, prose
from reconciler.reports.markdown.sections import Section
from reconciler.reports.rows import GIVEN_UP, GONE_FOR_GOOD, Row, counted, inquiry_line, row, signed, upcoming_line

_MOST_CENTRES = 12
_LOOK, _MOVING, _DONE = "To look at", "On their way", "Done"
#: What an action is about, as findings name it.
Subject = tuple[str | None, str | None]


def sections(plan: Plan) -> list[Section]:
    """Return what a reader has to judge: blocked, removals, warnings, cost, changes, additions, what waits."""
    ready = {kind: [action for action in plan.ready if action.kind is kind] for kind in Kind}
    return [
        _blocked(plan),
        _removals(ready[Kind.REMOVE], plan),
        _warnings(plan),
        _cost(plan),
        _plain("Changes", "change", ready[Kind.CHANGE], plan.summary.transfer),
        _plain("New users", "user", ready[Kind.CREATE]),
        _plain("Additions", "addition", ready[Kind.ADD]),
        _waiting(plan),
        _upcoming(plan),
        _notices(plan),
    ]


def outcome_sections(outcomes: Mapping[str, Outcome]) -> list[Section]:
    """Return what became of each action: what somebody has to look at first."""
    sorts: dict[str, list[str]] = {title: [] for title in (_LOOK, _MOVING, _DONE)}
    for address, outcome in outcomes.items():
        sorts[_sort(outcome.result)].append(_outcome(address, outcome))
    return [
        Section(f"{title}: {len(items)}", "action", tuple(items), vital=title != _DONE, folded=True)
        for title, items in sorts.items()
    ]


def needs_a_look(outcomes: Mapping[str, Outcome]) -> bool:
    """Tell whether any outcome is neither done nor on its way."""
    return any(_sort(outcome.result) == _LOOK for outcome in outcomes.values())


def problem_section(messages: Sequence[Problem | str]) -> Section:
    """Return what ended a run, each with its place."""
    problems = [Problem(each) if isinstance(each, str) else each for each in messages]
    return Section(counted(len(problems), "problem"), "problem", tuple(map(_problem, problems)), vital=True)


def _sort(result: Result) -> str:
    if result is Result.DONE:
        return _DONE
    return _MOVING if result in (Result.WAITING, Result.MOVING) else _LOOK


def _outcome(address: str, outcome: Outcome) -> str:
    order = f" (order {code(outcome.order)})" if outcome.order else ""
    reason = f": {prose(outcome.reason)}" if outcome.reason else ""
    return f"- **{outcome.result}** {code(address)}{order}{reason}"


def _problem(problem: Problem) -> str:
    where = f"{code(str(problem.place))}: " if problem.place else ""
    return f"- ❌ {where}{' — '.join(prose(text) for text in (problem.message, problem.hint) if text)}"


def _blocked(plan: Plan) -> Section:
    """Return what a check refused, each action with the reasons; what concerns the whole plan comes first."""
    blocked = [action for action in plan.actions if action.status is Status.BLOCKED]
    why = _errors(plan.findings)
    known = {_subject(action) for action in blocked}
    items = [_finding(found) for subject, errors in why.items() if subject not in known for found in errors]
    items += [_item(row(action), _reasons(why.get(_subject(action), ()))) for action in blocked]
    return Section(
        f"Blocked: {counted(len(blocked), 'action')} will not be carried out" if blocked else "Errors",
        "blocked item",
        tuple(items),
        counts=_by_centre(blocked, "Blocked"),
        cut=any(map(_is_cut, blocked)),
        vital=True,
    )


def _removals(removals: Sequence[Action], plan: Plan) -> Section:
    return Section(
        f"Removals: {len(removals)} of the {plan.quota.available} left this contract period",
        "removal",
        tuple(_item(row(action)) for action in removals),
        lead=f"{GONE_FOR_GOOD}\n",
        counts=_by_centre(removals, "Removals"),
        cut=any(map(_is_cut, removals)),
        vital=True,
    )


def _warnings(plan: Plan) -> Section:
    """Return the warnings, but for what is said of every removal anyway."""
    removed = {_subject(action) for action in plan.actions if action.kind is Kind.REMOVE}
    found = [
        _finding(finding)
        for finding in plan.findings
        if finding.severity is Severity.WARNING
        and not (finding.code == GIVEN_UP and (finding.user, finding.label) in removed)
    ]
    return Section(f"Warnings: {len(found)}", "warning", tuple(found))


def _cost(plan: Plan) -> Section:
    bill = plan.bill
    rows = [f"| {cell(code(centre))} | {signed(amount)} |" for centre, amount in bill.by_cost_centre.items()]
    head = f"| Cost centre | Next bill ({bill.month}), {prose(plan.currency)} |\n|---|---:|"
    return Section(f"Cost by cost centre: {len(rows)}", "cost centre", tuple(rows), lead=head, folded=True)


def _plain(title: str, noun: str, actions: Sequence[Action], transfers: int = 0) -> Section:
    of_them = f" ({counted(transfers, 'transfer')} to another user)" if transfers else ""
    items = tuple(_item(row(action)) for action in sorted(actions, key=lambda action: not action.is_transfer))
    return Section(f"{title}: {len(items)}{of_them}", noun, items)


def _waiting(plan: Plan) -> Section:
    waiting = [action for action in plan.actions if action.status in (Status.DEFERRED, Status.IN_FLIGHT)]
    items = tuple(_item(row(action)) for action in waiting)
    return Section(f"Not now (a later day, or on order already): {len(items)}", "waiting action", items, folded=True)


def _upcoming(plan: Plan) -> Section:
    items = tuple(f"- {prose(upcoming_line(each))}" for each in plan.upcoming)
    return Section(f"Upcoming, by the dates in the files: {len(items)}", "upcoming change", items, folded=True)


def _notices(plan: Plan) -> Section:
    unknown = inquiry_line(plan.inquiry) if plan.inquiry else None
    items = (
        *([f"- {prose(unknown)}"] if unknown else []),
        *(_finding(finding) for finding in plan.findings if finding.severity is Severity.INFO),
    )
    return Section(f"Notices: {len(items)}", "notice", items, folded=True)


def _item(shown: Row, *more: str) -> str:
    """Return an action as a list item: its sign and address, what changes, its cost, why."""
    facts = ["; ".join(prose(line) for line in shown.lines)] if shown.lines else []
    facts += [f"**{shown.cost}**"] if shown.cost else []
    facts += [f"because: {prose(shown.reason)}"] if shown.reason else []
    facts += [prose(shown.drift)] if shown.drift else []
    facts += [text for text in more if text]
    return f"- `{shown.symbol}` {code(shown.address)}: {' · '.join(facts)}"


def _finding(found: Finding) -> str:
    where = f" at {code(str(found.place))}" if found.place else ""
    return f"- **{found.severity}** {code(found.code)}{where}: {_said(found)}"


def _reasons(errors: Sequence[Finding]) -> str:
    return " · ".join(f"{code(found.code)}: {_said(found)}" for found in errors)


def _said(found: Finding) -> str:
    return " — ".join(prose(text) for text in (found.message, found.hint) if text)


def _errors(findings: Iterable[Finding]) -> Mapping[Subject, list[Finding]]:
    found: dict[Subject, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.severity is Severity.ERROR:
            found[(finding.user, finding.label)].append(finding)
    return found


def _is_cut(action: Action) -> bool:
    return len(visible(action.id)) > MOST_OF_A_NAME


def _subject(action: Action) -> Subject:
    return action.user, action.label


def _by_centre(actions: Sequence[Action], head: str) -> str:
    """Return how many of `actions` there are in each cost centre, the most first."""
    services = (action.before or action.after for action in actions)
    counts = Counter((service.cost_centre if service else None) or "" for service in services)
    first = counts.most_common(_MOST_CENTRES)
    rows = [f"| {cell(code(centre))} | {count} |" for centre, count in first]
    others = len(counts) - len(first)
    if others > 0:
        count = len(actions) - sum(count for _, count in first)
        rows.append(f"| {counted(others, 'other cost centre')} | {count} |")
    return "\n".join((f"| Cost centre | {head} |", "|---|---:|", *rows))
