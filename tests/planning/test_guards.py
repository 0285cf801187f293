"""Guards over a whole plan: the quota and the limits of fleet.yaml."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from reconciler.model.config import (
    BaseKind,
    Limits,
    Overridable,
    Override,
    ProtectRule,
    QuotaConfig,
    QuotaException,
)
from reconciler.model.plan import Choices, Plan, Status, Verdict
from tests.harness import PLACE
from tests.planning.values import AN, DAY, NUMBERS, codes, fleet, live, planned, service, snapshot

LINES = tuple(
    live(f"l{n:02d}", service(AN, f"s{n:02d}", "mobile-25" if n > 6 else "mobile-10", number=NUMBERS[n]))
    for n in range(10)
)


def keep(count: int, *, choices: Choices | None = None, used: int = 0, **parts: object) -> Plan:
    """Return the plan of keeping the first `count` of ten services."""
    kept = [item.service for item in LINES[:count]]
    snap = snapshot(*LINES, base=10 + used, used=used, ratio=None)
    return planned(fleet(*kept, users=[AN], **parts), snap, choices=choices)  # type: ignore[arg-type]


def test_the_quota_is_30_percent_where_nobody_says_otherwise() -> None:
    made = keep(7)
    assert (made.quota.allowed, made.quota.planned, made.quota.remaining) == (3, 3, 0)
    assert made.quota.verdict is Verdict.WITHIN


def test_beyond_the_quota_every_removal_is_blocked_and_the_way_out_is_named() -> None:
    made = keep(6, contact="sales@operator.example")
    assert made.summary.blocked == 4
    [finding] = [found for found in made.findings if found.code == "quota-exceeded"]
    assert "4 removals planned, 3 left: 0 used of 3 allowed" in finding.message
    assert "ask sales@operator.example for an exception of 1" in str(finding.hint)
    assert all(action.id in str(finding.hint) for action in made.actions)


def test_where_nothing_is_left_the_refusal_says_so_of_one_removal_and_of_several() -> None:
    [one], [several] = (
        [found for found in keep(kept, used=3).findings if found.code == "quota-exceeded"] for kept in (9, 8)
    )
    assert one.message.startswith("1 removal planned, none left: 3 used of 3 allowed this contract period")
    assert str(one.hint).startswith("Keep it, run with --fit-quota, or ask ")
    assert several.message.startswith("2 removals planned, none left: 3 used of 3 allowed")
    assert str(several.hint).startswith("Keep all 2, ")


def test_a_quota_of_none_is_told_without_counting() -> None:
    [finding] = [
        found for found in keep(9, quota=QuotaConfig(ratio=Decimal(0))).findings if found.code == "quota-exceeded"
    ]
    assert finding.message == "1 removal planned, and none is allowed this contract period, which ends on 2027-05-31"


def test_an_exception_of_the_account_manager_is_added() -> None:
    config = QuotaConfig(exceptions=(QuotaException("AM-2026-17", 1),))
    assert keep(6, quota=config).summary.remove == 4


@pytest.mark.parametrize(
    ("config", "base"),
    [
        (QuotaConfig(base=BaseKind.CURRENT), 10),
        (QuotaConfig(base=BaseKind.PEAK), 10),
        (QuotaConfig(base=BaseKind.PERIOD_START), 10),
        (QuotaConfig(base=7), 7),
        (QuotaConfig(), 12),
    ],
)
def test_the_base_is_what_the_files_say_or_else_the_operator(config: QuotaConfig, base: int) -> None:
    assert keep(10, used=2, quota=config).quota.base == base


def test_a_ratio_of_zero_means_none_at_all() -> None:
    made = keep(9, quota=QuotaConfig(ratio=Decimal(0)))
    assert (made.quota.allowed, made.summary.blocked) == (0, 1)


def test_fitting_the_quota_keeps_the_removals_that_save_most() -> None:
    made = keep(5, choices=Choices(fit_quota=True))
    ready = {action.id for action in made.ready}
    assert ready == {f"{AN}/s07", f"{AN}/s08", f"{AN}/s09"}
    assert {action.status for action in made.actions if action.id not in ready} == {Status.DEFERRED}


@pytest.mark.parametrize(
    ("limits", "blocked"),
    [
        (Limits(removals=0), 1),
        (Limits(removals=1), 0),
        (Limits(removals_percent=Decimal(10)), 0),
        (Limits(removals_percent=Decimal("9.9")), 1),
        (Limits(removals_percent=Decimal(0)), 1),
        (Limits(), 0),
    ],
)
def test_a_limit_of_zero_is_a_limit_and_exactly_at_a_limit_is_within(limits: Limits, blocked: int) -> None:
    made = keep(9, limits=limits)
    assert made.summary.blocked == blocked
    assert ("limit-exceeded" in codes(made)) is bool(blocked)


@pytest.mark.parametrize(("most", "blocked"), [("10.00", 0), ("9.99", 1), ("0", 1)])
def test_a_limit_on_the_monthly_increase_blocks_what_costs_more(most: str, blocked: int) -> None:
    limits = Limits(monthly_increase=Decimal(most))
    made = planned(fleet(service(), limits=limits), snapshot())
    assert made.summary.blocked == blocked


def test_savings_of_the_same_plan_count_against_the_increase() -> None:
    limits = Limits(monthly_increase=Decimal("0"))
    kept = [item.service for item in LINES[1:]]
    made = planned(fleet(*kept, service(AN, "new"), limits=limits), snapshot(*LINES, base=10, used=0))
    assert (made.summary.add, made.summary.remove, made.summary.blocked) == (1, 1, 0)


def lift(check: Overridable, *, until: date = DAY, service: str = "*") -> tuple[Override, ...]:
    """Return one override."""
    return (Override(check, until, "depot closes", PLACE, service),)


def test_an_override_lifts_the_one_limit_it_names_and_says_so() -> None:
    limits = Limits(removals=0, removals_percent=Decimal(0))
    both = (*lift(Overridable.REMOVALS), *lift(Overridable.REMOVALS_PERCENT))
    assert keep(9, limits=limits, overrides=lift(Overridable.REMOVALS)).summary.blocked == 1
    made = keep(9, limits=limits, overrides=both)
    assert made.summary.blocked == 0
    assert not made.is_blocked
    [first, _] = [found for found in made.findings if found.code == "overridden"]
    assert first.message.endswith("limits.removals is 0; overridden until 2026-11-23: depot closes")


def test_an_override_ends_with_its_last_day_and_is_said_to_have_ended() -> None:
    ended = lift(Overridable.REMOVALS, until=DAY - timedelta(days=1))
    made = keep(9, limits=Limits(removals=0), overrides=ended)
    assert made.summary.blocked == 1
    assert {"limit-exceeded", "override-expired"} <= set(codes(made))


def test_an_override_of_the_increase_lets_additions_through() -> None:
    limits = Limits(monthly_increase=Decimal(0))
    made = planned(fleet(service(), limits=limits, overrides=lift(Overridable.MONTHLY_INCREASE)), snapshot())
    assert made.summary.add == 1


@pytest.mark.parametrize(("service", "blocked"), [(f"{AN}/s09", 0), ("*/S09", 0), (f"{AN}/s08", 1), ("*", 0)])
def test_an_override_of_protection_is_for_the_services_it_names(service: str, blocked: int) -> None:
    protect = (ProtectRule(f"{AN}/*", PLACE),)
    assert keep(9, protect=protect).summary.blocked == 1
    made = keep(9, protect=protect, overrides=lift(Overridable.PROTECTED, service=service))
    assert made.summary.blocked == blocked


def test_nothing_overrides_the_quota_of_the_operator() -> None:
    everything = tuple(each for check in Overridable for each in lift(check))
    assert keep(6, overrides=everything).summary.blocked == 4
