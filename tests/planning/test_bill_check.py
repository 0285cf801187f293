"""What a check of a bill says where not all is known: a note, never a mistake that is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from reconciler.model.bill_check import BillCheck, BundleChange, Fault
from reconciler.model.invoice import BilledLine, Invoice
from reconciler.model.plan import LineKind
from reconciler.model.snapshot import LiveService
from reconciler.planning.bill_check import check_bill
from reconciler.planning.fee_history import fee_history
from tests.harness import desired
from tests.planning.values import AN, eur, live, service, snapshot

MONTH = date(2026, 12, 1)
RECURRING, PRORATA, CREDIT = LineKind.RECURRING, LineKind.PRORATA, LineKind.CREDIT


def line(kind: LineKind, item: str, amount: str, of: str | None = "s1") -> BilledLine:
    return BilledLine(f"bill, row {item}", kind, item, of, eur(amount))


def check(held: LiveService, *lines: BilledLine, changes: tuple[BundleChange, ...] = ()) -> BillCheck:
    taken = snapshot(held, users=[AN])
    invoice = Invoice("F1", "bill", MONTH, lines)
    return check_bill([invoice], fee_history(taken, changes), taken, desired(held.service), (), month=MONTH)


NOW = live("s1", service(bundle="mobile-25"))


def test_a_change_of_bundle_that_only_the_bill_tells_is_taken_at_its_word() -> None:
    lines = line(RECURRING, "mobile-25", "14.50"), line(PRORATA, "mobile-25", "6.77")
    found = check(NOW, *lines, line(CREDIT, "mobile-10", "-4.67"))
    assert (found.findings, found.notes) == ((), ())


def test_a_change_that_is_settled_for_two_different_days_is_not() -> None:
    lines = line(RECURRING, "mobile-25", "14.50"), line(PRORATA, "mobile-25", "6.77")
    found = check(NOW, *lines, line(CREDIT, "mobile-10", "-2.00"))
    assert {each.fault for each in found.findings} == {Fault.NOT_DECLARED, Fault.UNEXPECTED_CREDIT}


def test_another_bundle_than_the_one_in_force_is_a_note() -> None:
    found = check(NOW, line(RECURRING, "Mobile 10", "10.00"))
    assert found.findings == ()
    assert "billed as Mobile 10 at 10.00, and it has Mobile 25 at 14.50" in found.notes[0]


def test_a_service_whose_bundle_before_is_unknown_is_not_judged() -> None:
    change = BundleChange("s1", date(2026, 11, 16), "mobile-25")
    found = check(NOW, line(RECURRING, "mobile-25", "14.50"), changes=(change,))
    assert found.findings == ()
    assert "nobody knows which bundle it had before 2026-11-16" in found.notes[0]


def test_a_service_without_a_beginning_is_not_judged() -> None:
    found = check(NOW._replace(started=None), line(RECURRING, "mobile-25", "99.00"))
    assert found.findings == ()
    assert "does not say when it began" in found.notes[0]


def test_calls_and_lines_without_a_service_are_notes() -> None:
    found = check(NOW, line(RECURRING, "mobile-25", "14.50", None), line(RECURRING, "Calls abroad", "3.10"))
    assert found.findings == ()
    assert [note.split(";")[0] for note in found.notes] == [
        "1 line without a service",
        "1 line of 3.10 in all not checked: no fee of the catalogue",
    ]


def test_a_number_of_nobody_is_billed_and_not_declared() -> None:
    found = check(NOW, line(RECURRING, "mobile-25", "14.50"), line(RECURRING, "mobile-10", "10.00", "+32499999999"))
    assert [(each.fault, each.subject, each.claim) for each in found.findings] == [
        (Fault.NOT_DECLARED, "+32499999999", True)
    ]


def test_a_credit_for_what_did_not_end_is_unexpected() -> None:
    found = check(NOW, line(RECURRING, "mobile-25", "14.50"), line(CREDIT, "mobile-25", "-3.00"))
    assert [(each.fault, each.amount) for each in found.findings] == [(Fault.UNEXPECTED_CREDIT, eur("-3.00"))]


def test_a_total_that_is_not_the_sum_of_the_lines_is_wrong() -> None:
    taken = snapshot(NOW, users=[AN])
    invoice = Invoice("F1", "bill", MONTH, (line(RECURRING, "mobile-25", "14.50"),), eur("15.00"))
    found = check_bill([invoice], fee_history(taken, ()), taken, desired(NOW.service), (), month=MONTH)
    assert [(each.fault, each.amount) for each in found.findings] == [(Fault.WRONG_TOTAL, eur("0.50"))]


def test_a_service_of_a_user_who_is_not_declared_is_left_alone() -> None:
    taken = snapshot(NOW, users=[AN])
    invoice = Invoice("F1", "bill", MONTH, (line(RECURRING, "mobile-25", "14.50"),))
    found = check_bill([invoice], fee_history(taken, ()), taken, replace(desired()), (), month=MONTH)
    assert found.findings == ()
    assert found.notes == ("1 service billed rightly, of users whom the files do not declare or say to ignore",)
