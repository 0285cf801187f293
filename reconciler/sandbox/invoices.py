"""Bills as structured invoices: UBL 2.1 as Peppol carries it (EN 16931, BIS Billing 3.0).

Each line names its fee as the seller's item, and its service by number and by id. What is settled for a month before
carries the days it is settled for; a credit is a line of quantity -1, since a price is never negative there.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape

from sqlalchemy import Connection, select

from reconciler.sandbox import state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.schema import bill_lines, bills, products, settlements

VAT = Decimal("21")
_CENT = Decimal("0.01")
_SETTLED = frozenset({"prorata", "credit"})
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
"""
_TAX = "<cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
_WORDS = {
    "recurring": "monthly fee",
    "prorata": "for the rest of the month",
    "credit": "credit for the rest of the month",
}


class _Line(NamedTuple):
    """A line of a bill with whatever names its service."""

    id: str
    service: str
    number: str | None
    offering: str
    kind: str
    amount: Decimal
    day: date | None


def invoice(connection: Connection, month: str) -> str:
    """Return the invoice of a month, written as 2026-12; LookupError where no bill was issued, or an empty one."""
    row = connection.execute(select(bills).where(bills.c.month == month)).mappings().first()
    if row is None:
        raise LookupError(f"no bill was issued for {month}")
    lines = list(_lines(connection, row["id"]))
    if not lines:
        raise LookupError(f"the bill of {month} has no lines, and an invoice has one at least")
    first = date.fromisoformat(f"{month}-01")
    contract = state.contract(connection)
    total = sum((line.amount for line in lines), Decimal("0.00"))
    tax = (total * VAT / 100).quantize(_CENT, ROUND_HALF_UP)
    parts = (
        _HEAD,
        _about(str(row["id"]), first, contract.id),
        _seller(),
        _buyer(contract.organisation),
        _totals(total, tax),
        *(_line(number, line, first) for number, line in enumerate(lines, start=1)),
        "</Invoice>\n",
    )
    return "".join(parts)


def _lines(connection: Connection, bill: str) -> Iterator[_Line]:
    service = products.alias("service")
    statement = (
        select(bill_lines, products.c.parent, products.c.number, service.c.number.label("of"), settlements.c.day)
        .join(products, products.c.id == bill_lines.c.product_id, isouter=True)
        .join(service, service.c.id == products.c.parent, isouter=True)
        .join(settlements, settlements.c.line_id == bill_lines.c.id, isouter=True)
        .where(bill_lines.c.bill_id == bill)
        .order_by(bill_lines.c.n)
    )
    for row in connection.execute(statement):
        day = date.fromisoformat(row.day) if row.day else None
        whose, number = row.parent or row.product_id, row.number or row.of
        yield _Line(row.id, whose, number, row.offering, row.kind, Decimal(row.amount), day)


def _about(identity: str, first: date, contract: str) -> str:
    due = first + timedelta(days=30)
    return (
        "<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
        "</cbc:CustomizationID>\n"
        "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>\n"
        f"<cbc:ID>{escape(identity)}</cbc:ID>\n<cbc:IssueDate>{first}</cbc:IssueDate>\n<cbc:DueDate>{due}</cbc:DueDate>\n"
        "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>\n<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>\n"
        f"<cbc:BuyerReference>{escape(contract)}</cbc:BuyerReference>\n{_period(first, _end(first))}"
        f"<cac:ContractDocumentReference><cbc:ID>{escape(contract)}</cbc:ID></cac:ContractDocumentReference>\n"
    )


def _seller() -> str:
    return _party("Supplier", "Sandbox Operator", "0999999130", "<cbc:CompanyID>BE0999999130</cbc:CompanyID>")


def _buyer(name: str) -> str:
    return _party("Customer", name, "0999999229", "<cbc:CompanyID>BE0999999229</cbc:CompanyID>")


def _party(role: str, name: str, number: str, vat: str) -> str:
    """Return who sells or buys; the enterprise numbers are made up and pass their check digits."""
    return (
        f'<cac:Accounting{role}Party><cac:Party><cbc:EndpointID schemeID="0208">{number}</cbc:EndpointID>'
        f"<cac:PartyName><cbc:Name>{escape(name)}</cbc:Name></cac:PartyName>"
        "<cac:PostalAddress><cac:Country><cbc:IdentificationCode>BE</cbc:IdentificationCode></cac:Country>"
        f"</cac:PostalAddress><cac:PartyTaxScheme>{vat}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
        f"</cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{escape(name)}</cbc:RegistrationName>"
        f'<cbc:CompanyID schemeID="0208">{number}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>'
        f"</cac:Accounting{role}Party>\n"
    )


def _totals(total: Decimal, tax: Decimal) -> str:
    return (
        f"<cac:TaxTotal>{_amount('TaxAmount', tax)}<cac:TaxSubtotal>{_amount('TaxableAmount', total)}"
        f"{_amount('TaxAmount', tax)}<cac:TaxCategory>{_TAX}</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>\n"
        f"<cac:LegalMonetaryTotal>{_amount('LineExtensionAmount', total)}{_amount('TaxExclusiveAmount', total)}"
        f"{_amount('TaxInclusiveAmount', total + tax)}{_amount('PayableAmount', total + tax)}"
        "</cac:LegalMonetaryTotal>\n"
    )


def _line(number: int, line: _Line, first: date) -> str:
    begins = (line.day or (first - timedelta(days=1)).replace(day=1)) if line.kind in _SETTLED else first
    quantity = -1 if line.kind == "credit" else 1
    name = OFFERINGS[line.offering].name
    named = "".join(_property(*each) for each in (("number", line.number), ("service", line.service)) if each[1])
    about = f"<cac:DocumentReference><cbc:ID>{escape(line.number)}</cbc:ID>" if line.number else ""
    about += "<cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:DocumentReference>" if line.number else ""
    return (
        f"<cac:InvoiceLine><cbc:ID>{number}</cbc:ID>"
        f'<cbc:InvoicedQuantity unitCode="C62">{quantity}</cbc:InvoicedQuantity>'
        f"{_amount('LineExtensionAmount', line.amount)}{_period(begins, _end(begins))}{about}"
        f"<cac:Item><cbc:Description>{_WORDS[line.kind]}</cbc:Description><cbc:Name>{escape(name)}</cbc:Name>"
        f"<cac:SellersItemIdentification><cbc:ID>{escape(line.offering)}</cbc:ID></cac:SellersItemIdentification>"
        f"<cac:ClassifiedTaxCategory>{_TAX}</cac:ClassifiedTaxCategory>{named}</cac:Item>"
        f"<cac:Price>{_amount('PriceAmount', abs(line.amount))}</cac:Price></cac:InvoiceLine>\n"
    )


def _property(name: str, value: str | None) -> str:
    return (
        f"<cac:AdditionalItemProperty><cbc:Name>{name}</cbc:Name><cbc:Value>{escape(str(value))}</cbc:Value>"
        "</cac:AdditionalItemProperty>"
    )


def _period(begins: date, ends: date) -> str:
    return (
        f"<cac:InvoicePeriod><cbc:StartDate>{begins}</cbc:StartDate><cbc:EndDate>{ends}</cbc:EndDate>"
        "</cac:InvoicePeriod>"
    )


def _amount(name: str, amount: Decimal) -> str:
    return f'<cbc:{name} currencyID="EUR">{amount}</cbc:{name}>'


def _end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
