"""What a reader of a plan was not told at first, or was told wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.errors import Place
from reconciler.model.config import QuotaConfig, QuotaException
from reconciler.model.fleet import Ending, PortIn
from reconciler.model.plan import Kind, Severity
from reconciler.reports.rows import row, summary
from tests.planning.values import AN, DAY, NUMBERS, codes, fleet, live, only, planned, service, snapshot


def test_a_new_number_for_a_service_gives_the_old_one_up() -> None:
    made = planned(fleet(service(number=NUMBERS[2])), snapshot(live("a", number=NUMBERS[1])))
    [found] = [each for each in made.findings if each.code == "number-given-up"]
    assert f"{NUMBERS[1]} goes back" in found.message
    assert NUMBERS[1] in str(found.hint)


def test_a_number_that_was_given_back_may_not_be_had_again() -> None:
    gone = live("a", number=NUMBERS[1])._replace(terminated=date(2026, 11, 2))
    made = planned(fleet(service(number=NUMBERS[1])), snapshot(gone=[gone]))
    [found] = [each for each in made.findings if each.code == "number-given-up"]
    assert "was given back on 2026-11-02" in found.message


@pytest.mark.parametrize(("day", "amount"), [(date(2026, 11, 25), "11.67"), (date(2026, 12, 10), "0.00")])
def test_a_ported_number_is_billed_from_its_day(day: date, amount: str) -> None:
    wanted = service(number="+32475112233", port_in=PortIn("Proximus", "B-77", day))
    made = planned(fleet(wanted), snapshot())
    assert str(only(made).cost.next_bill_delta) == amount
    assert str(made.bill.next_bill_delta) == amount
    assert str(made.bill.monthly_delta) == "10.00"


def test_a_service_that_has_ended_says_when_and_where() -> None:
    place = Place("users/a.yaml", 9, 7)
    ended = {f"{AN}/phone": Ending("the service", date(2026, 10, 31), place)}
    made = planned(replace(fleet(users=[AN]), ended=ended), snapshot(live("a"), ratio="1"))
    assert row(only(made)).reason == "ended on 2026-10-31 (users/a.yaml:9:7)"


def test_a_plan_that_can_do_nothing_for_its_checks_does_not_say_that_nothing_changes() -> None:
    made = planned(fleet(service(bundle="nonsense")), snapshot())
    assert summary(made) == "Plan: 0 to add, 0 to change, 0 to remove. 1 blocked."


def test_an_exception_ends_with_the_period_it_was_granted_in() -> None:
    granted = QuotaConfig(exceptions=(QuotaException("AM-1", 5, DAY), QuotaException("AM-2", 2)))
    for day, exceptions in ((DAY, 7), (date(2026, 11, 24), 2)):
        assert planned(fleet(quota=granted), snapshot(), day=day).quota.exceptions == exceptions


def test_a_day_after_the_period_is_said_to_be_so() -> None:
    made = planned(fleet(), snapshot(), day=date(2027, 6, 1))
    [found] = [each for each in made.findings if each.code == "contract-notice"]
    assert found.severity is Severity.WARNING
    assert "after the contract period" in found.message


def test_another_service_with_a_number_of_its_own_does_not_make_an_adoption_unclear() -> None:
    held = live("a", service(label=None, number=NUMBERS[1]))
    wanted = (service(), service(label="second", bundle="data-5", number=NUMBERS[2]))
    made = planned(fleet(*wanted), snapshot(held))
    assert (only(made).kind, only(made).label) == (Kind.ADD, "second")
    assert "adopted" in codes(made)


def test_an_unlabelled_service_that_a_new_one_replaces_looks_like_one_change() -> None:
    held = live("a", service(label=None, number=NUMBERS[1]))
    made = planned(fleet(service(bundle="mobile-25")), snapshot(held, ratio="1"))
    assert "looks-like-transfer" in codes(made)
