"""The pictures of quota and cost: their proportions, and the words for who does not see them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from reconciler.model.money import Money
from reconciler.model.plan import Quota, Verdict
from reconciler.reports.html.charts import cost_chart, months_chart, quota_chart
from tests.planning.values import PERIOD, eur
from tests.reports.elements import Element, Page

QUOTA = Quota(Decimal("0.30"), 100, 30, 6, 9, 9, Verdict.WITHIN, PERIOD)


def bars(chart: str) -> dict[str, tuple[int, int]]:
    """Return where each kind of bar starts and ends."""
    return {each.attributes["class"] or "": _ends(each) for each in Page(chart).all("rect")}


def _ends(bar: Element) -> tuple[int, int]:
    start, width = (int(bar.attributes[name] or 0) for name in ("x", "width"))
    return start, start + width


def centres(**amounts: str) -> dict[str, Money]:
    """Return euros by cost centre."""
    return {name: eur(amount) for name, amount in amounts.items()}


def test_the_quota_is_in_proportion() -> None:
    assert bars(quota_chart(QUOTA, "…")) == {"left": (0, 360), "used": (0, 90), "planned": (90, 180)}


def test_removals_beyond_the_quota_go_past_its_mark() -> None:
    over = replace(QUOTA, planned=63, verdict=Verdict.EXCEEDED)
    assert bars(quota_chart(over, "…"))["over"] == (180, 360)
    assert Page(quota_chart(over, "…")).all("line", x1="180")


def test_one_removal_of_a_thousand_is_seen() -> None:
    assert bars(quota_chart(replace(QUOTA, allowed=10_000, used=0, planned=1), "…"))["planned"] == (0, 1)


def test_a_contract_without_quota_has_a_chart() -> None:
    assert bars(quota_chart(replace(QUOTA, allowed=0, exceptions=0, used=0, planned=0), "…"))["used"] == (0, 0)


def test_a_picture_has_a_title_and_a_description_by_which_it_is_read_out() -> None:
    page = Page(quota_chart(QUOTA, "9 used, 9 planned."))
    [picture] = page.all("svg", role="img")
    named = (picture.attributes["aria-labelledby"] or "").split()
    assert named == [each.attributes["id"] for each in page.elements if each.name in ("title", "desc")]
    assert page.texts == ["Removals of the contract period", "9 used, 9 planned."]


def test_savings_go_to_the_left_of_the_axis_and_costs_to_the_right() -> None:
    chart = cost_chart(centres(SALES="30.00", HR="-10.00"), "…")
    assert bars(chart) == {"more": (152, 294), "less": (104, 152)}
    assert Page(chart).all("line", x1="152")
    assert Page(chart).texts[2:] == ["SALES", "+30.00", "HR", "-10.00"]


def test_many_cost_centres_end_in_one_bar_for_the_others() -> None:
    many = {f"C{n:02d}": eur(f"{n}.00") for n in range(1, 31)}
    texts = Page(cost_chart(many, "…")).texts[2:]
    assert len(texts) == 2 * 12
    assert texts[:2] == ["C30", "+30.00"]
    assert texts[-2:] == ["19 others", "+190.00"]


def test_costs_of_nothing_at_all_have_a_chart() -> None:
    assert bars(cost_chart(centres(SALES="0.00"), "…")) == {"more": (104, 104)}


def test_a_month_is_in_proportion_and_the_quota_is_a_mark_across_all_of_them() -> None:
    chart = months_chart([("2026-10", 1, 0), ("2026-11", 1, 1)], 4, "…")
    spans = [_ends(each) for each in Page(chart).all("rect")]
    assert spans == [(64, 122), (122, 122), (64, 122), (122, 179)]
    assert Page(chart).all("line", x1="294", y2="52")
    assert "1 + 1" in Page(chart).text
