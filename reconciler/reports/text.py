"""A plan and its outcomes as text for a terminal or a log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import wrap

from reconciler.model.plan import Bill, Finding, Kind, Plan, Quota, Severity
from reconciler.ports import Outcome, Result
from reconciler.reports.rows import (
    Row,
    approval_line,
    counted,
    finding_line,
    groups,
    inquiry_line,
    narrowed,
    next_bill,
    removals,
    signed,
    summary,
    upcoming_line,
)

#: Paints text in a colour, or leaves it as it is.
Paint = Callable[[str, str], str]
_COLOURS = {"+": "green", "~": "yellow", ">": "cyan", "-": "red", "@": "blue", "!": "red", "…": "magenta"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_MOST_OF_A_CODE = 10
_MOST_UPCOMING = 4
_BAR = 30


def plan_text(plan: Plan, *, width: int, paint: Paint) -> str:
    """Return the plan: actions by user, findings, quota, bill and the summary; `width` in columns."""
    parts = [[_title(plan)], list(_actions(plan, width, paint)), list(_findings(plan.findings, width, paint))]
    unknown = inquiry_line(plan.inquiry) if plan.inquiry else None
    parts.append(wrapped(unknown, width, "    ") if unknown else [])
    parts.append(list(_upcoming(plan, width)))
    if plan.actions:
        parts.append([quota_bar(plan.quota, paint=paint), *wrapped(removals(plan), width)])
        parts.append([*wrapped(next_bill(plan), width), "Estimated: the day of effect is the operator's (R4, R6)."])
    if plan.approvals:
        parts.append([line for each in plan.approvals for line in wrapped(approval_line(each), width, "    ")])
    parts.append([*wrapped(summary(plan), width)])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def difference_text(new: Plan, gone: Sequence[str], *, width: int, paint: Paint) -> str:
    """Return what makes an approved plan stale: the actions of `new`, and what was approved and is not needed."""
    lines = [paint("Not approved, and to be done now:", "bold"), *_actions(new, width, paint)]
    if gone:
        lines += wrapped(f"Approved, and not to be done any more: {', '.join(gone)}", width, "    ")
    return "\n".join(lines) + "\n"


def bill_text(bill: Bill, *, currency: str, paint: Paint) -> str:
    """Return the effect on the next bill per cost centre."""
    steady = bill.monthly_before + bill.monthly_delta
    rows = [("cost centre", f"next bill {bill.month}"), *((c, signed(a)) for c, a in bill.by_cost_centre.items())]
    rows.append(("total", signed(bill.next_bill_delta)))
    left = max(len(name) for name, _ in rows)
    right = max(len(amount) for _, amount in rows)
    lines = [f"{name:<{left}}  {amount:>{right}}" for name, amount in rows]
    lines[0], lines[-1] = paint(lines[0], "bold"), paint(lines[-1], "bold")
    lines.append(f"\nSteady month: {currency} {bill.monthly_before} → {steady} ({signed(bill.monthly_delta)}).")
    lines.append("Estimated: the day of effect is the operator's (R4, R6).")
    return "\n".join(lines) + "\n"


def quota_text(plan: Plan, *, width: int, paint: Paint) -> str:
    """Return the removal quota of the period, with what the files would use of it now."""
    period = plan.quota.period
    lines = [
        f"Contract {plan.contract}, period {period.start} to {period.end}, notice by {period.notice} (R3)",
        quota_bar(plan.quota, paint=paint),
        *wrapped(removals(plan), width),
        *(line for found in plan.findings if found.code == "quota-exceeded" for line in _finding(found, width, paint)),
    ]
    return "\n".join(lines) + "\n"


def quota_bar(quota: Quota, *, paint: Paint) -> str:
    """Return the quota as a bar: used, planned by this plan, left."""
    whole = max(quota.allowed + quota.exceptions, quota.used + quota.planned, 1)
    used = round(_BAR * quota.used / whole)
    planned = min(_BAR - used, round(_BAR * quota.planned / whole) or (1 if quota.planned else 0))
    bar = paint("█" * used, "yellow") + paint("▒" * planned, "red") + "░" * (_BAR - used - planned)
    left = f"{quota.remaining} left" if quota.remaining >= 0 else paint(f"{-quota.remaining} too many", "red")
    return f"Quota [{bar}] {quota.used} used, {quota.planned} planned, {left}"


def outcome_text(plan: Plan, outcomes: Mapping[str, Outcome], *, paint: Paint, read_back: bool = True) -> str:
    """Return what became of each action, and the sentence that sums it up; `read_back` where live was seen to be so."""
    return "\n".join([*outcome_lines(outcomes, paint=paint), "", verdict(plan, outcomes, read_back)]) + "\n"


def cancelled_text(outcomes: Mapping[str, Outcome], *, paint: Paint) -> str:
    """Return what became of each action that was to be cancelled, and the sentence that sums it up."""
    count = sum(1 for outcome in outcomes.values() if outcome.result is Result.CANCELLED)
    return "\n".join([*outcome_lines(outcomes, paint=paint), "", f"Cancelled: {count} of {len(outcomes)}."]) + "\n"


def outcome_lines(outcomes: Mapping[str, Outcome], *, paint: Paint) -> Iterator[str]:
    """Yield what became of each action, with the order's number and the reason."""
    colours = {Result.DONE: "green", Result.WAITING: "yellow", Result.MOVING: "yellow"}
    for action, outcome in outcomes.items():
        word = paint(f"{outcome.result:<11}", colours.get(outcome.result, "red"))
        order = f" ({'order' if '/' in action else 'user'} {outcome.order})" if outcome.order else ""
        reason = f": {outcome.reason}" if outcome.reason else ""
        yield f"{word} {action}{order}{reason}"


def verdict(plan: Plan, outcomes: Mapping[str, Outcome], read_back: bool = True) -> str:
    """Return the sentence that sums an apply up: `Apply complete! …` or `Apply incomplete: …`."""
    done = [action for action in plan.ready if outcomes[action.id].result is Result.DONE]
    ours = [action for action in done if outcomes[action.id].order]
    kinds = {kind: sum(1 for action in ours if action.kind is kind) for kind in Kind}
    blocked = plan.summary.blocked
    tail = f" {counted(blocked, 'blocked action')} left out." if blocked else ""
    if len(done) == len(outcomes) and read_back:
        counts = f"{kinds[Kind.ADD]} added, {kinds[Kind.CHANGE]} changed, {kinds[Kind.REMOVE]} removed"
        users = f" {counted(kinds[Kind.CREATE], 'user')} created." if kinds[Kind.CREATE] else ""
        return f"Apply complete! {counts}.{users}{tail}"
    parts = []
    for result, word in (
        (Result.FAILED, "failed"),
        (Result.PARTIAL, "done in part"),
        (Result.CANCELLED, "cancelled"),
        (Result.UNKNOWN, "unknown"),
        (Result.WAITING, "waiting"),
        (Result.MOVING, "ordered"),
        (Result.NOT_STARTED, "not started"),
    ):
        count = sum(1 for outcome in outcomes.values() if outcome.result is result)
        parts += [f"{count} {word}"] if count else []
    parts += [] if read_back else ["live not read back"]
    return f"Apply incomplete: {len(done)} of {len(outcomes)} done, {', '.join(parts)}.{tail}"


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return `text` in lines of at most `width` columns, words kept whole; nothing is cut."""
    lines = wrap(text, max(width, 20), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _title(plan: Plan) -> str:
    live = plan.live
    only = "".join(f"; {words}" for words in narrowed(plan))
    users = f"{counted(live.services, 'live service')} of {counted(live.users, 'user')}"
    return f"{plan.organisation}, {plan.day}: {users} at {live.provider}{only}"


def _actions(plan: Plan, width: int, paint: Paint) -> Iterator[str]:
    for group in groups(plan):
        yield paint(group.user, "bold")
        for row in group.rows:
            yield from _row(row, width, paint)


def _row(row: Row, width: int, paint: Paint) -> Iterator[str]:
    first, *others = row.lines or ("",)
    text = f"  {row.symbol} {row.name}  {first}"
    gap = width - len(text) - len(row.cost or "")
    beside = row.cost is not None and gap >= 2
    head, *rest = [text] if beside else wrapped(text, width, " " * 6)
    coloured = head.replace(
        f"  {row.symbol} {row.name}", f"  {paint(f'{row.symbol} {row.name}', _COLOURS[row.symbol])}", 1
    )
    yield coloured + (" " * gap + row.cost if beside and row.cost else "")
    yield from rest
    for line in others:
        yield from wrapped(" " * 6 + line, width, " " * 8)
    if row.cost and not beside:
        yield " " * 6 + row.cost
    for note in (row.reason, row.drift):
        if note:
            yield from wrapped(" " * 6 + f"# {note}", width, " " * 8)


def _findings(findings: Sequence[Finding], width: int, paint: Paint) -> Iterator[str]:
    """Yield findings, the first of each code; of the others how many there are."""
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.code].append(finding)
    for code, found in by_code.items():
        for finding in found[:_MOST_OF_A_CODE]:
            yield from _finding(finding, width, paint)
        if len(found) > _MOST_OF_A_CODE:
            yield f"  and {len(found) - _MOST_OF_A_CODE} more of {code}; --format json has all of them"


def _finding(finding: Finding, width: int, paint: Paint) -> Iterator[str]:
    head, *rest = wrapped(finding_line(finding), width, "    ")
    yield head.replace(finding.severity, paint(finding.severity, _SEVERITIES[finding.severity]), 1)
    yield from rest
    if finding.hint:
        yield from wrapped(f"    {finding.hint}", width, "    ")


def _upcoming(plan: Plan, width: int) -> Iterator[str]:
    """Yield the first things that dates will change, and how many more there are."""
    if plan.upcoming:
        yield "Upcoming, by the dates in the files:"
    for each in plan.upcoming[:_MOST_UPCOMING]:
        yield from wrapped(f"  {upcoming_line(each)}", width, " " * 6)
    more = len(plan.upcoming) - _MOST_UPCOMING
    if more > 0:
        yield f"  and {more} more; see 'fleet upcoming'"
