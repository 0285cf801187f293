"""Structured invoices and credit notes: UBL 2.1, as Peppol carries EN 16931.

Read element by element, so that a bill of a hundred thousand lines takes no more memory than its lines; over
defusedxml, which refuses document types, and with them the entities of which an XML bomb is made.

The month is that of the invoice's period, else that of its date. A line is a credit where it is negative, settles a
part of a month where its period begins before the bill's month, and is a monthly fee else. Its service is its invoiced
object (BT-128), or the attribute of its item that holds a number, an id or a SIM; its fee the seller's item, or its
name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import UnreadableBill, bounded_words, quoted
from reconciler.files import open_given
from reconciler.model.identifiers import e164
from reconciler.model.invoice import BilledLine, Invoice
from reconciler.model.money import Money
from reconciler.model.plan import LineKind

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_AGGREGATE = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_BASIC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_ROOTS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": ("InvoiceLine", 1),
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": ("CreditNoteLine", -1),
}
_SERVICE_NAMES = ("service", "service id", "subscription", "number", "msisdn", "phone number", "phonenumber")
#: The code of an invoiced object (UNTDID 1001).
_INVOICED_OBJECT = "130"
_MOST_SAID = 20
_SHORTEST = 8
_TOO_MUCH = Decimal("1e12")
#: Of no other is there a bill; and a month before and after it can be told.
_YEARS = range(1900, 3000)


class _Row(NamedTuple):
    """A line as its words stand there."""

    id: str
    item: str
    service: str | None
    amount: str
    currency: str
    begins: str | None
    negative: bool


def read_invoice(path: Path, *, currency: str) -> Invoice:
    """Return the invoice in a file; raises UnreadableBill."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException

    try:
        return _Reading(path, currency).invoice()
    except DefusedXmlException as error:
        message = f"{path} declares a document type, which no invoice does"
        raise UnreadableBill(message, hint="Do not open it; ask where it comes from.") from error
    except (ParseError, UnicodeError) as error:
        raise UnreadableBill(
            f"{path} is no XML that can be read: {bounded_words(error)}", hint="Is the file whole?"
        ) from error


class _Reading:
    """One document as it is read: what its head says, and what is wrong with it."""

    def __init__(self, path: Path, currency: str) -> None:
        self._path = path
        self._currency = currency
        self._line, self._sign = "", 1
        self._head: dict[str, str] = {}
        self._problems: list[str] = []

    def invoice(self) -> Invoice:
        rows = list(self._rows())
        month = self._month()
        lines = tuple(self._billed(row, month) for row in rows)
        stated = (
            self._money(self._head["total"], self._head["currency"], "its total") if "total" in self._head else None
        )
        if not rows:
            self._problems.append(f"{self._path} has no lines; is it an invoice of mobile services?")
        if self._problems:
            raise UnreadableBill("\n".join(told(self._problems)), hint="Nothing of this bill was checked.")
        return Invoice(self._head.get("ID", self._path.name), self._path.name, month, lines, stated)

    def _rows(self) -> Iterator[_Row]:
        """Yield the lines; what was read is let go of at once."""
        from defusedxml.ElementTree import iterparse

        depth, root = 0, None
        with open_given(self._path) as file:
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
                depth += 1 if event == "start" else -1
                if root is None:
                    root = element
                    self._begin(element.tag)
                elif event == "end" and depth == 1:
                    if element.tag == self._line:
                        yield _row(element)
                    else:
                        self._about(element)
                    root.clear()

    def _begin(self, tag: str) -> None:
        if tag not in _ROOTS:
            name = tag.rpartition("}")[2]
            message = f"{self._path} is no UBL invoice or credit note, but {quoted(name)}"
            raise UnreadableBill(message, hint="Ask the operator for the structured invoice (Peppol, UBL 2.1).")
        name, self._sign = _ROOTS[tag]
        self._line = f"{_AGGREGATE}{name}"

    def _about(self, element: Element) -> None:
        """Keep what the head of the document says that matters."""
        name = element.tag.rpartition("}")[2]
        if name in ("ID", "IssueDate"):
            self._head[name] = _text(element)
        elif name == "InvoicePeriod":
            self._head["period"] = _text(element.find(f"{_BASIC}StartDate"))
        elif name == "LegalMonetaryTotal":
            total = element.find(f"{_BASIC}LineExtensionAmount")
            self._head["total"] = _text(total)
            self._head["currency"] = total.get("currencyID", "") if total is not None else ""

    def _month(self) -> date:
        said = self._head.get("period") or self._head.get("IssueDate") or ""
        found = _day(said)
        if found is None:
            self._problems.append(f"{self._path} has no date: {quoted(said)}; expected one like 2026-12-01")
        return (found or date.min).replace(day=1)

    def _billed(self, row: _Row, month: date) -> BilledLine:
        where = f"{self._path.name}, line {row.id or '?'}"
        amount = self._money(row.amount, row.currency, f"line {row.id or '?'}")
        begins = _day(row.begins or "")
        if row.begins and begins is None:
            self._problems.append(f"{where}: {quoted(row.begins)} is no date; expected one like 2026-12-01")
        kind = LineKind.RECURRING
        if amount.amount < 0 or (self._sign < 0 or row.negative):
            kind = LineKind.CREDIT
        elif begins is not None and begins < month:
            kind = LineKind.PRORATA
        return BilledLine(where, kind, row.item, row.service, amount)

    def _money(self, text: str, currency: str, what: str) -> Money:
        """Return an amount, zero where it is none; a credit note's are what is given back."""
        amount = decimal_of(text)
        if amount is None:
            self._problems.append(f"{self._path.name}, {what}: {quoted(text)} is no amount")
        if currency != self._currency:
            message = f"{self._path.name}, {what}: in {currency or 'no currency'}, and the fleet is in {self._currency}"
            self._problems.append(message)
        return Money((amount or Decimal("0.00")) * self._sign, self._currency)


def told(problems: list[str]) -> list[str]:
    """Return problems as they are told: the first of many, and how many more there are."""
    more = len(problems) - _MOST_SAID
    return [*problems[:_MOST_SAID], *([f"and {more} more"] if more > 0 else [])]


def decimal_of(text: str) -> Decimal | None:
    """Return a finite amount of money in whole cents; None for anything else."""
    try:
        amount = Decimal(text.strip())
        return amount.quantize(Decimal("0.01")) if abs(amount) < _TOO_MUCH else None
    except (InvalidOperation, ValueError):
        return None


def _row(element: Element) -> _Row:
    amount = element.find(f"{_BASIC}LineExtensionAmount")
    quantity = element.find(f"{_BASIC}InvoicedQuantity")
    item = element.find(f"{_AGGREGATE}Item")
    return _Row(
        id=_text(element.find(f"{_BASIC}ID")),
        item=_item(item),
        service=_service(element, item),
        amount=_text(amount),
        currency=amount.get("currencyID", "") if amount is not None else "",
        begins=_text(element.find(f"{_AGGREGATE}InvoicePeriod/{_BASIC}StartDate")) or None,
        negative=_text(quantity).startswith("-"),
    )


def _item(item: Element | None) -> str:
    if item is None:
        return ""
    sold = item.find(f"{_AGGREGATE}SellersItemIdentification/{_BASIC}ID")
    return _text(sold) or _text(item.find(f"{_BASIC}Name"))


def _service(element: Element, item: Element | None) -> str | None:
    """Return what names the service of a line: its operator's id before its number, which may be given out again."""
    found: dict[str, str] = {}
    for reference in element.iterfind(f"{_AGGREGATE}DocumentReference"):
        if _text(reference.find(f"{_BASIC}DocumentTypeCode")) in ("", _INVOICED_OBJECT):
            found["number"] = _text(reference.find(f"{_BASIC}ID"))
    for each in item.iterfind(f"{_AGGREGATE}AdditionalItemProperty") if item is not None else ():
        found[_text(each.find(f"{_BASIC}Name")).casefold()] = _text(each.find(f"{_BASIC}Value"))
    named = next((found[name] for name in _SERVICE_NAMES if found.get(name)), None)
    return service_name(named) if named else None


def service_name(text: str) -> str:
    """Return the name of a service as it is compared: a telephone number in one form, anything else as it is."""
    text = text.strip()
    number = e164(text)
    return number if number.lstrip("+").isdigit() and len(number) > _SHORTEST else text


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
