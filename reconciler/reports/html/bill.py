"""The check of bills as one page that needs nothing else: what is wrong, the letter, and who was billed what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.bill_check import BillCheck, BillFinding, Share
from reconciler.reports.bill_check import TITLES, head, sums, verdict
from reconciler.reports.html.charts import bar_chart
from reconciler.reports.html.document import document
from reconciler.reports.html.markup import Html, joined, tag
from reconciler.reports.letters.bill import letter
from reconciler.reports.rows import signed


def page(checks: Sequence[BillCheck]) -> str:
    """Return the page of some months' bills."""
    months = ", ".join(f"{check.month:%Y-%m}" for check in checks)
    body = tag("body", tag("main", *(part for check in checks for part in _month(check))))
    return document(f"{checks[0].organisation}: bill of {months}", body)


def _month(check: BillCheck) -> Iterator[Html | None]:
    state, word = ("no", "Wrong") if check.claims else ("same", "Right")
    yield tag(
        "header",
        tag("p", f"{check.organisation} · contract {check.contract}", class_="eyebrow"),
        tag("h1", head(check)),
        tag("p", tag("strong", word, class_=f"verdict {state}"), " ", sums(check), " ", verdict(check), class_="lead"),
    )
    ours = [finding for finding in check.findings if not finding.claim]
    yield _findings("To claim from the operator", check.claims, "card alert")
    yield _letter(check) if check.claims else None
    yield _findings("Billed rightly, and not what the files declare", ours, "card danger")
    yield _notes(check)
    key = f"{check.month:%Y-%m}"
    yield tag(
        "div",
        _shares(check, f"centre-{key}", "cost centre", check.by_cost_centre),
        _shares(check, f"bundle-{key}", "bundle", check.by_bundle),
        class_="pair",
    )
    yield _shares(check, None, "user", check.by_user)


def _findings(title: str, findings: Sequence[BillFinding], kind: str) -> Html | None:
    if not findings:
        return None
    rows = (
        tag(
            "li",
            tag("span", tag("strong", TITLES[each.fault]), " ", tag("code", each.subject)),
            tag("span", each.message, f" ({each.where})" if each.where else None),
            tag("span", signed(each.amount), class_="number"),
        )
        for each in findings
    )
    return tag("section", tag("h2", title), tag("ul", *rows, class_="briefs"), class_=kind)


def _letter(check: BillCheck) -> Html:
    lines = joined(*(tag("p", line) for line in letter(check).split("\n") if line))
    return tag("section", tag("details", tag("summary", "A letter to the operator"), lines), class_="card")


def _notes(check: BillCheck) -> Html | None:
    if not check.notes:
        return None
    items = tag("ul", *(tag("li", note) for note in check.notes), class_="plain")
    return tag("section", tag("h2", "Notes"), items, class_="card")


def _shares(check: BillCheck, name: str | None, what: str, shares: Mapping[str, Share]) -> Html | None:
    """Return who was billed how much, as a table with what it should have been, and as the picture of that `name`."""
    if not shares:
        return None
    billed = {key: share.billed for key, share in shares.items()}
    described = f"{check.billed.currency} {check.billed} in all; the table after this chart has the figures."
    heads = tag("tr", *(tag("th", word, scope="col") for word in (what, "billed", "expected")))
    rows = (
        tag("tr", tag("th", key, scope="row"), tag("td", str(share.billed)), tag("td", str(share.expected)))
        for key, share in shares.items()
    )
    caption = f"{check.billed.currency}, bill of {check.month:%Y-%m}"
    table = tag("table", tag("caption", caption), tag("thead", heads), tag("tbody", *rows))
    return tag(
        "section",
        tag("h2", f"Billed by {what}"),
        bar_chart(name, f"Billed by {what}", billed, described, written=str) if name else None,
        tag("details", tag("summary", "As a table"), table),
        class_="card",
    )
