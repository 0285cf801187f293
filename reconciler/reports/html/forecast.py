"""The forecast of the removal quota as a page: what becomes of it, the months as a picture and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.forecast import Forecast
from reconciler.model.plan import Plan, Upcoming
from reconciler.reports.forecast import gaps, months, sentences
from reconciler.reports.html.charts import months_chart, quota_chart
from reconciler.reports.html.document import document
from reconciler.reports.html.markup import Html, joined, tag
from reconciler.reports.rows import removals, upcoming_line


def forecast_page(plan: Plan, seen: Forecast) -> str:
    """Return the page of a forecast, which needs nothing else."""
    title = f"{plan.organisation}, {plan.day}: removal quota of contract {plan.contract}"
    refused = [found.message for found in plan.findings if found.code == "quota-exceeded"]
    parts = (
        _head(plan, seen),
        tag("section", *(tag("p", each) for each in refused), class_="card alert") if refused else None,
        _quota(plan, seen),
        _months(seen),
        _dated("Services that the files end in this period", seen.dated),
        _dated("In the next period", seen.later),
        _deferred(seen),
    )
    made = f"Read {plan.live.read_at:%Y-%m-%d %H:%M %Z} at {plan.live.provider}, by fleet {plan.tool_version}"
    return document(title, tag("body", tag("main", *parts), tag("footer", tag("p", made))))


def _head(plan: Plan, seen: Forecast) -> Html:
    period = seen.quota.period
    left = f"{seen.quota.remaining:,} of {seen.granted:,} removals left"
    over = f"{-seen.quota.remaining:,} removals too many"
    return tag(
        "header",
        tag("p", f"{plan.organisation} · contract {plan.contract} · {plan.day}", class_="eyebrow"),
        tag("h1", left if seen.quota.remaining >= 0 else over),
        tag("p", f"Contract period {period.start} to {period.end}, notice by {period.notice}", class_="lead"),
    )


def _quota(plan: Plan, seen: Forecast) -> Html:
    return tag(
        "section",
        tag("h2", "What becomes of it"),
        quota_chart(seen.quota, removals(plan)),
        tag("p", removals(plan)),
        tag("ul", *(tag("li", each) for each in sentences(seen)), class_="plain"),
        class_="card",
    )


def _months(seen: Forecast) -> Html:
    rows = months(seen)
    head = tag("tr", *(tag("th", name, scope="col") for name in ("Month", "Used", "Expected")))
    body = (
        tag("tr", tag("th", each.month, scope="row"), tag("td", str(each.used)), tag("td", str(each.expected)))
        for each in rows
    )
    return tag(
        "section",
        tag("h2", "Month by month"),
        *(tag("p", each, class_="note") for each in gaps(seen)),
        months_chart(rows, seen.granted, "Removals until the end of each month; the table has the figures."),
        tag(
            "p",
            joined(tag("i", class_="swatch used"), "used  ", tag("i", class_="swatch planned"), "planned or dated"),
            class_="note",
        ),
        tag("details", tag("summary", "As a table"), tag("table", tag("thead", head), tag("tbody", *body))),
        class_="card",
    )


def _dated(heading: str, items: Sequence[Upcoming]) -> Html | None:
    return _list(heading, [upcoming_line(each) for each in items])


def _deferred(seen: Forecast) -> Html | None:
    return _list("Put off until the next period", seen.deferred)


def _list(heading: str, lines: Sequence[str]) -> Html | None:
    if not lines:
        return None
    return tag(
        "section", tag("h2", heading), tag("ul", *(tag("li", each) for each in lines), class_="plain"), class_="card"
    )
