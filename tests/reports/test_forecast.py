"""The forecast of the quota as text, JSON and a page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from inline_snapshot import snapshot as golden

from reconciler.model.config import QuotaConfig
from reconciler.model.contract import Period
from reconciler.model.fleet import Turn
from reconciler.model.forecast import Forecast
from reconciler.model.plan import Choices, Plan
from reconciler.model.snapshot import LiveService, Presence
from reconciler.planning.document import quota_document
from reconciler.planning.forecast import forecast
from reconciler.reports.forecast import forecast_json, forecast_text, months
from reconciler.reports.html.forecast import forecast_page
from tests.harness import PLACE
from tests.planning.values import AN, DAY, NUMBERS, PERIOD, fleet, live, planned, service, snapshot
from tests.reports.elements import Page
from tests.reports.hostile import CORPUS

KEPT = tuple(live(f"l{n:02d}", service(AN, f"s{n:02d}", number=NUMBERS[n])) for n in range(10))
GONE = (date(2026, 7, 1), date(2026, 7, 1), date(2026, 9, 3))
ENDS = (date(2027, 1, 1), date(2027, 6, 1))


def went(days: tuple[date, ...]) -> list[LiveService]:
    """Return services that ended on these days."""
    return [live(f"g{n}", presence=Presence.GONE)._replace(terminated=day) for n, day in enumerate(days)]


def made(
    *, used: int | None = None, kept: int = 9, base: int = 20, fit: bool = False, period: Period = PERIOD
) -> tuple[Plan, Forecast]:
    """Return the forecast of a contract of which three services went, one is to go and two have an end."""
    snap = snapshot(*KEPT, gone=went(GONE), used=used)
    snap = replace(snap, contract=replace(snap.contract, period=period))
    turns = tuple(Turn(day, service(AN, f"s{n:02d}"), None, PLACE) for n, day in enumerate(ENDS))
    held = fleet(*(item.service for item in KEPT[:kept]), users=[AN], quota=QuotaConfig(base=base))
    desired = replace(held, turns=turns)
    plan = planned(desired, snap, choices=Choices(fit_quota=fit))
    return plan, forecast(plan, desired, snap, until=date(2028, 5, 31))


def text(plan: Plan, seen: Forecast, width: int = 80) -> str:
    """Return a forecast without colours, and without the quota that `fleet quota` shows alone."""
    shown = forecast_text(plan, seen, width=width, paint=lambda text, _style: text)
    return shown[shown.index("Month by month") :]


def test_a_forecast_in_the_terminal() -> None:
    assert text(*made()) == golden("""\
Month by month: █ used, ▒ planned or dated, ░ left of 6
  2026-06  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0
  2026-07  █████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░  2
  2026-08  █████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░  2
  2026-09  ████████████████████░░░░░░░░░░░░░░░░░░░░  3
  2026-10  ████████████████████░░░░░░░░░░░░░░░░░░░░  3
  2026-11  ████████████████████▒▒▒▒▒▒▒░░░░░░░░░░░░░  3 + 1
  2026-12  ████████████████████▒▒▒▒▒▒▒░░░░░░░░░░░░░  3 + 1
  2027-01  ████████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░░░░  3 + 2

Dates in the files end 1 more service by 2027-05-31.
With what is planned and dated 1 of 6 is left on 2027-05-31.
At the pace so far (3 since 2026-06-01, 0.5 in 30 days) nothing is left on
  2027-03-21.
Notice to end the contract: by 2027-03-01, in 98 days (R3).
The next period starts on 2027-06-01 with a fresh quota (R2). Dates in the files
  end 1 service in it.

By the dates in the files, in this period:
  2027-01-01 an.peeters@brouwerij.example/s00: the service ends: mobile-10,
    -10.00/month

In the next period:
  2027-06-01 an.peeters@brouwerij.example/s01: the service ends: mobile-10,
    -10.00/month
""")


def test_where_only_a_count_is_told_no_curve_is_drawn_and_that_is_said() -> None:
    assert text(*made(used=5)) == golden("""\
Month by month: █ used, ▒ planned or dated, ░ left of 6
  2026-11  █████████████████████████████▒▒▒▒▒▒  5 + 1
  2026-12  █████████████████████████████▒▒▒▒▒▒  5 + 1
  2027-01  █████████████████████████████▒▒▒▒▒▒▒▒▒▒▒  5 + 2, 1 too many
The operator counts 5 removals and tells the day of 3: when the others were is
not known, so the months before are not drawn.

Dates in the files end 1 more service by 2027-05-31.
By 2027-05-31 that is 1 more than the quota of 6.
What is planned now uses up what is left.
Notice to end the contract: by 2027-03-01, in 98 days (R3).
The next period starts on 2027-06-01 with a fresh quota (R2). Dates in the files
  end 1 service in it.

By the dates in the files, in this period:
  2027-01-01 an.peeters@brouwerij.example/s00: the service ends: mobile-10,
    -10.00/month

In the next period:
  2027-06-01 an.peeters@brouwerij.example/s01: the service ends: mobile-10,
    -10.00/month
""")


def test_what_is_put_off_moves_into_the_next_period() -> None:
    assert text(*made(kept=4, fit=True), width=60) == golden("""\
Month by month: █ used, ▒ planned or dated, ░ left of 6
  2026-06  ░░░░░░░░░░░░░░░░░░░░░░  0
  2026-07  ███████░░░░░░░░░░░░░░░  2
  2026-08  ███████░░░░░░░░░░░░░░░  2
  2026-09  ███████████░░░░░░░░░░░  3
  2026-10  ███████████░░░░░░░░░░░  3
  2026-11  ███████████▒▒▒▒▒▒▒▒▒▒▒  3 + 3
  2026-12  ███████████▒▒▒▒▒▒▒▒▒▒▒  3 + 3
  2027-01  ███████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  3 + 4, 1 too many

Dates in the files end 1 more service by 2027-05-31.
By 2027-05-31 that is 1 more than the quota of 6.
What is planned now uses up what is left.
Notice to end the contract: by 2027-03-01, in 98 days (R3).
The next period starts on 2027-06-01 with a fresh quota
  (R2). Into it go 3 removals put off by --fit-quota:
  an.peeters@brouwerij.example/s07,
  an.peeters@brouwerij.example/s08,
  an.peeters@brouwerij.example/s09. Dates in the files end 1
  service in it.

By the dates in the files, in this period:
  2027-01-01 an.peeters@brouwerij.example/s00: the service
    ends: mobile-10, -10.00/month

In the next period:
  2027-06-01 an.peeters@brouwerij.example/s01: the service
    ends: mobile-10, -10.00/month
""")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_chart_keeps_to_the_width_of_the_terminal(width: int) -> None:
    rows = text(*made(kept=2), width=width).splitlines()
    assert max(len(row) for row in rows if "█" in row) <= max(width, 48)


def test_a_long_period_shows_the_months_in_which_something_changes() -> None:
    plan, seen = made(period=Period(date(2024, 6, 1), date(2027, 5, 31)))
    assert [each.month for each in months(seen)] == ["2024-06", "2026-07", "2026-09", "2026-11", "2027-01"]
    assert plan.quota.used == 3


def test_the_day_of_notice_is_told_before_on_and_after_it() -> None:
    plan, seen = made()
    words = {days: text(plan, replace(seen, day=PERIOD.notice - timedelta(days=days))) for days in (2, 1, 0, -1)}
    assert ["in 2 days" in words[2], "in 1 day (" in words[1], "today" in words[0], "is over" in words[-1]] == [
        True
    ] * 4


def test_after_the_period_it_says_that_this_is_over() -> None:
    plan, seen = made()
    assert "The period ended on 2027-05-31" in text(plan, replace(seen, day=PERIOD.resets))


def test_as_json_it_has_the_quota_of_the_command_alone() -> None:
    plan, seen = made()
    document = json.loads(forecast_json(plan, seen, quota_document(plan)))
    assert document["quota"]["used"] == sum(each["removals"] for each in document["told"])
    assert (document["left_at_end"], document["notice"], document["undated"]) == (1, "2027-03-01", 0)
    assert [each["day"] for each in document["next_period"]["dated"]] == ["2027-06-01"]


def test_the_page_has_the_months_as_a_picture_and_as_a_table_and_runs_nothing() -> None:
    plan, seen = made()
    page = Page(forecast_page(plan, seen))
    assert page.all("rect", **{"class": "planned"})
    assert f"{seen.quota.used} + 2" in page.text
    [policy] = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert "script-src 'none'" in str(policy.attributes["content"])
    assert page.all("script") == []
    assert forecast_page(plan, seen).isascii()


@pytest.mark.parametrize("name", CORPUS)
def test_no_name_breaks_the_page(name: str) -> None:
    plan, seen = made()
    plain = Page(forecast_page(plan, seen))
    dated = tuple(each._replace(user=name, label=name, what=name) for each in seen.dated)
    page = Page(forecast_page(replace(plan, organisation=name, contract=name), replace(seen, dated=dated)))
    assert len(page.all("li")) == len(plain.all("li"))
    assert page.all("script") == page.all("img") == []
    assert len(page.all("p")) == len(plain.all("p"))


def test_the_quota_of_a_used_up_period_says_so() -> None:
    assert "Nothing is left now." in text(*made(base=10))
    assert "What is planned now uses up what is left." in text(*made(base=14))
    assert "on " + str(DAY) not in text(*made(base=14))
