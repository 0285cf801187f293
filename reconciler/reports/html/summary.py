"""What a plan comes to, on the page: the verdict, the totals, the approvals, quota and cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.model.plan import Plan
from reconciler.reports.html.charts import cost_chart, quota_chart
from reconciler.reports.html.markup import Html, tag
from reconciler.reports.rows import approval_line, counted, narrowed, removals, signed, summary

_ESTIMATED = "Estimated: the day of effect is the operator's."


class _Total(NamedTuple):
    """One count of the plan: the kind it is filtered by, its name, and what it means."""

    kind: str
    name: str
    many: int
    meaning: str
    always: bool = False


def verdict(plan: Plan) -> Html:
    """Return the first thing a reader sees: whose plan it is, whether it can be applied, and what it would do."""
    state, word, meaning = _verdict(plan)
    only = "".join(f"{words[0].upper()}{words[1:]}. " for words in narrowed(plan))
    fit = "Removals that do not fit the quota wait for the next period. " if plan.choices.fit_quota else ""
    return tag(
        "header",
        tag("p", f"{plan.organisation} · contract {plan.contract} · {plan.day}", class_="eyebrow"),
        tag("h1", summary(plan)),
        tag("p", tag("strong", word, class_=f"verdict {state}"), " ", only, fit, meaning, class_="lead"),
    )


def totals(plan: Plan) -> Html:
    """Return what the plan does in numbers: actions by kind, then money and quota."""
    return tag(
        "section",
        tag("h2", "Totals", class_="unseen"),
        tag("dl", *(_tile(total) for total in _totals(plan) if total.many or total.always), class_="tiles"),
        tag("dl", *(_figure(*figure) for figure in _figures(plan)), class_="tiles figures"),
    )


def approvals(plan: Plan) -> Html | None:
    """Return the approvals an apply needs, None for none."""
    if not plan.approvals:
        return None
    needed = (tag("li", approval_line(each)) for each in plan.approvals)
    return tag("section", tag("h2", "Approvals"), tag("ul", *needed, class_="plain"), class_="card")


def charts(plan: Plan) -> Html:
    """Return the quota and the cost by cost centre, each as a picture and as a table."""
    return tag("div", _quota(plan), _cost(plan), class_="pair")


def _verdict(plan: Plan) -> tuple[str, str, str]:
    ready, held = plan.summary.ready, plan.summary.blocked
    if plan.is_blocked:
        others = f"; an apply would carry out the other {ready}" if ready and held else ""
        what = f"A check refuses {counted(held, 'action')}{others}." if held else "A check refuses the plan."
        return "no", "Blocked", what
    if not ready:
        return "same", "Nothing to do", "There is nothing to order now."
    word = "Needs approval" if plan.approvals else "Ready"
    return "yes", word, "This is what differs between the files and the operator. Nothing is ordered before an apply."


def _totals(plan: Plan) -> Iterator[_Total]:
    counts = plan.summary
    moves = f"{counted(counts.transfer, 'transfer')} to another user" if counts.transfer else "services that stay"
    yield _Total("create", "To create", counts.create, "new users")
    yield _Total("add", "To add", counts.add, "new services", always=True)
    yield _Total("change", "To change", counts.change, moves, always=True)
    yield _Total("remove", "To remove", counts.remove, "services that end", always=True)
    yield _Total("blocked", "Blocked", counts.blocked, "refused by a check")
    yield _Total("deferred", "Deferred", counts.deferred, "wait for their day")
    yield _Total("flight", "In flight", counts.in_flight, "ordered already")
    yield _Total("same", "Unchanged", counts.unchanged, "as declared", always=True)
    yield _Total("same", "Unmanaged", counts.unmanaged, "not declared, left alone")


def _tile(total: _Total) -> Html:
    return tag(
        "div",
        tag("dt", total.name),
        tag("dd", f"{total.many:,}", class_="number"),
        tag("dd", total.meaning, class_="note"),
        class_=f"tile {total.kind}" if total.many else "tile none",
    )


def _figures(plan: Plan) -> Iterator[tuple[str, str, str]]:
    bill, quota, currency = plan.bill, plan.quota, plan.currency
    steady = bill.monthly_before + bill.monthly_delta
    left = f"of {quota.available} before this plan; resets {quota.period.resets}"
    yield f"Next bill ({bill.month})", f"{currency} {signed(bill.next_bill_delta)}", _ESTIMATED
    yield "Steady month", f"{currency} {steady}", f"{bill.monthly_before} now, {signed(bill.monthly_delta)}"
    if quota.remaining >= 0:
        yield "Removals left", f"{quota.remaining:,}", left
    else:
        yield "Removals too many", f"{-quota.remaining:,}", left


def _figure(name: str, value: str, note: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", value, class_="number"), tag("dd", note, class_="note"), class_="tile")


def _quota(plan: Plan) -> Html:
    quota = plan.quota
    percent = f"{(quota.ratio * 100).normalize():f}%"
    rows = (
        ("", f"Allowed: {percent} of {quota.base}", quota.allowed),
        ("", "Granted beyond it", quota.exceptions),
        ("used", "Used before", quota.used),
        ("planned", "Removed by this plan", quota.planned),
        ("left", "Left", quota.remaining) if quota.remaining >= 0 else ("over", "Too many", -quota.remaining),
    )
    return tag(
        "section",
        tag("h2", "Removal quota"),
        quota_chart(quota, removals(plan)),
        _table(
            f"Contract period {quota.period.start} to {quota.period.end}",
            *((tag("i", class_=f"swatch {kind}") if kind else None, name, f"{count:,}") for kind, name, count in rows),
        ),
        tag("p", f"For removals beyond it: {plan.contact}.", class_="note") if quota.remaining < 0 else None,
        class_="card",
    )


def _cost(plan: Plan) -> Html:
    centres = plan.bill.by_cost_centre
    heading = tag("h2", "Next bill by cost centre")
    if not centres:
        return tag("section", heading, tag("p", "No effect on the next bill.", class_="note"), class_="card")
    described = f"The bill of {plan.bill.month} changes by {plan.currency} {signed(plan.bill.next_bill_delta)} in all"
    figures = _table(
        f"{plan.currency}, bill of {plan.bill.month}",
        *((None, name, signed(amount)) for name, amount in centres.items()),
        (None, tag("strong", "Total"), signed(plan.bill.next_bill_delta)),
    )
    return tag(
        "section",
        heading,
        cost_chart(centres, f"{described}; the table after this chart has the figures."),
        tag("details", tag("summary", "As a table"), figures),
        tag("p", _ESTIMATED, class_="note"),
        class_="card",
    )


def _table(caption: str, *rows: tuple[Html | None, str, str]) -> Html:
    body = (tag("tr", tag("th", mark, name, scope="row"), tag("td", value)) for mark, name, value in rows)
    return tag("table", tag("caption", caption), tag("tbody", *body))
