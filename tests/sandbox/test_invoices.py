"""The sandbox's bills as structured invoices: valid by the published schema, and by Peppol's rules as far as known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from peppol.rules import check_rules  # type: ignore[import-untyped]
from peppol.xsd import validate_xsd  # type: ignore[import-untyped]
from sqlalchemy import select

from reconciler.sandbox.schema import bills
from tests.sandbox.http import Operator, add, delete


@pytest.fixture(scope="module")
def busy() -> Operator:
    """Return an operator who bills fees, a part of a month and credits."""
    operator = Operator.of(services=2)
    operator.order(add("mobile-10"), delete("prd-00000001"))
    operator.sandbox.advance(timedelta(days=40))
    return operator


def test_an_invoice_is_valid_by_the_schema_of_ubl_2_1(busy: Operator) -> None:
    for month in ("2026-12", "2027-01"):
        assert validate_xsd(busy.sandbox.invoice(month)) == (True, [])


def test_an_invoice_keeps_the_rules_of_peppol(busy: Operator) -> None:
    findings = check_rules(busy.sandbox.invoice("2026-12").encode())
    assert [str(each) for each in findings if each.severity == "fatal"] == []


def test_an_invoice_adds_up_to_the_bill(busy: Operator) -> None:
    text = busy.sandbox.invoice("2026-12")
    with busy.sandbox.transaction() as connection:
        total = connection.execute(select(bills.c.total).where(bills.c.month == "2026-12")).scalar_one()
    assert f'<cbc:TaxExclusiveAmount currencyID="EUR">{Decimal(total)}<' in text
    assert '<cbc:InvoicedQuantity unitCode="C62">-1<' in text


def test_a_month_without_a_bill_has_no_invoice(busy: Operator) -> None:
    with pytest.raises(LookupError, match="no bill was issued for 2030-01"):
        busy.sandbox.invoice("2030-01")
    nothing = Operator.of(services=0)
    nothing.sandbox.advance(timedelta(days=10))
    with pytest.raises(LookupError, match="has no lines"):
        nothing.sandbox.invoice("2026-12")
