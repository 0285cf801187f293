"""Bills as operators send them: what is read, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reconciler.errors import UnreadableBill
from reconciler.model.invoice import Invoice
from reconciler.model.plan import LineKind
from reconciler.providers.bills.reading import read_bill

NAMES = (
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
LINE = (
    "<cac:{kind}Line><cbc:ID>1</cbc:ID><cbc:{quantity}>1</cbc:{quantity}>"
    '<cbc:LineExtensionAmount currencyID="EUR">{amount}</cbc:LineExtensionAmount>{period}{object}'
    "<cac:Item><cbc:Name>Mobile 10</cbc:Name></cac:Item></cac:{kind}Line>"
)
OBJECT = (
    "<cac:DocumentReference><cbc:ID>0470/12 34 56</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>"
    "</cac:DocumentReference>"
)


def document(*lines: str, kind: str = "Invoice", head: str = "<cbc:IssueDate>2026-12-03</cbc:IssueDate>") -> str:
    return (
        f'<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2" {NAMES}><cbc:ID>F1</cbc:ID>{head}'
        f"{''.join(lines)}</{kind}>"
    )


def line(amount: str = "10.00", *, kind: str = "Invoice", begins: str = "", about: str = OBJECT) -> str:
    period = f"<cac:InvoicePeriod><cbc:StartDate>{begins}</cbc:StartDate></cac:InvoicePeriod>" if begins else ""
    quantity = "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity"
    return LINE.format(kind=kind, quantity=quantity, amount=amount, period=period, object=about)


def read(tmp_path: Path, content: str | bytes, *, month: date | None = None, **columns: str) -> Invoice:
    path = tmp_path / "bill"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_bill(path, columns, month=month, currency="EUR")


def test_a_structured_invoice_says_its_month_and_names_services_by_their_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, document(line(), line(begins="2026-11-16"), line("-4.80")))
    assert (found.id, found.month) == ("F1", date(2026, 12, 1))
    assert [each.kind for each in found.lines] == [LineKind.RECURRING, LineKind.PRORATA, LineKind.CREDIT]
    assert {each.service for each in found.lines} == {"+32470123456"}


def test_the_period_of_an_invoice_says_more_than_its_date(tmp_path: Path) -> None:
    head = (
        "<cbc:IssueDate>2026-11-28</cbc:IssueDate>"
        "<cac:InvoicePeriod><cbc:StartDate>2026-12-01</cbc:StartDate></cac:InvoicePeriod>"
    )
    assert read(tmp_path, document(line(), head=head)).month == date(2026, 12, 1)


def test_a_credit_note_gives_back_what_its_lines_say(tmp_path: Path) -> None:
    found = read(tmp_path, document(line("4.80", kind="CreditNote"), kind="CreditNote"))
    assert [(each.kind, each.amount.amount) for each in found.lines] == [(LineKind.CREDIT, Decimal("-4.80"))]


def test_a_line_without_a_service_is_read_without_one(tmp_path: Path) -> None:
    assert read(tmp_path, document(line(about=""))).lines[0].service is None


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + document(line("&b;"))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (BOMB, "declares a document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">' + document(line()), "declares a document type"),
        (document(line())[:-9], "no XML that can be read"),
        ("<html></html>", "no UBL invoice or credit note, but 'html'"),
        (document(), "has no lines"),
        (document(line("ten")), "line 1: 'ten' is no amount"),
        (document(line("NaN")), "'NaN' is no amount"),
        (document(line("1e30")), "'1e30' is no amount"),
        (document(line().replace("EUR", "USD")), "in USD, and the fleet is in EUR"),
        (document(line(begins="soon")), "'soon' is no date"),
        (document(line(), head=""), "has no date"),
        (b"\xd0\xcf\x11\xe0...", "a workbook that is encrypted or of an old format, or a PDF"),
        (b"%PDF-1.7", "a workbook that is encrypted or of an old format, or a PDF"),
    ],
)
def test_what_is_no_invoice_is_refused(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    with pytest.raises(UnreadableBill, match=complaint):
        read(tmp_path, content)


MONTH = date(2026, 12, 1)


@pytest.mark.parametrize(
    "content",
    [
        "number,product,amount\n+32470123456,Mobile 10,10.00\n",
        "GSM-nummer;Omschrijving;Bedrag\n0470 12 34 56;Mobile 10;10,00\n",
        "Numéro;Produit;Montant\n'+32470123456;Mobile 10;€ 10,00\n".encode("cp1252"),
        "\ufeffnumber\tproduct\tamount\n0032470123456\tMobile 10\t10.00\n",
    ],
)
def test_a_listing_is_read_in_the_languages_of_the_country(tmp_path: Path, content: str | bytes) -> None:
    found = read(tmp_path, content, month=MONTH)
    assert [(each.service, each.item, each.amount.amount) for each in found.lines] == [
        ("+32470123456", "Mobile 10", Decimal("10.00"))
    ]
    assert found.lines[0].where == "bill, row 2"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("12,5", "12.50"),
        ("-3,33", "-3.33"),
        ("3,33-", "-3.33"),
        ("1 234 567,89 EUR", "1234567.89"),
    ],
)
def test_an_amount_is_read_whatever_its_decimal_sign(tmp_path: Path, written: str, meant: str) -> None:
    found = read(tmp_path, f"number;product;amount\n0470123456;x;{written}\n", month=MONTH)
    assert found.lines[0].amount.amount == Decimal(meant)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("number,product,amount\n1,2\n", "row 2: 2 cells, and there are 3 headings"),
        ("number,product,amount\n1,2,3,4\n", "row 2: 4 cells"),
        ("number,product,amount\n1,x,1.00\n1,x,1.234\n", r"row 3: '1.234' is no amount"),
        ("number,product,amount\n=1+1,x,1.00\n", "row 2: a formula is never computed: '=1\\+1'"),
        ("number,product\n1,2\n", "no column for the amount; there are 'number', 'product'"),
        ("number,number,product,amount\n1,1,2,1\n", "two columns could be the service"),
        ("number,product,amount\n", "no rows below its headings"),
        ('number,product,amount\n"1,2,3\n', "this is no CSV"),
        ("number,product,amount,type\n1,2,3,often\n", "row 2: 'often' is no kind"),
        (b"\x01\x00\x02", "is no text"),
        (b"PK\x03\x04...", "is no workbook"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_number(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    with pytest.raises(UnreadableBill, match=complaint):
        read(tmp_path, content, month=MONTH)


def test_a_workbook_is_read_as_the_listing_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "bill"
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (
        ("GSM-nummer", "Omschrijving", "Bedrag", ""),
        ("+32470123456", "Mobile 10", 10.0),
        (),
        (None, "-x", -3.33),
    ):
        sheet.append(row)
    book.save(path)
    found = read_bill(path, {}, month=MONTH, currency="EUR")
    assert [(each.service, each.item, str(each.amount), each.where) for each in found.lines] == [
        ("+32470123456", "Mobile 10", "10.00", "bill, row 2"),
        (None, "'-x", "-3.33", "bill, row 4"),
    ]
    sheet.merge_cells("A2:A3")
    book.save(path)
    with pytest.raises(UnreadableBill, match="cells A2:A3 are merged"):
        read_bill(path, {}, month=MONTH, currency="EUR")


def test_columns_are_called_as_one_says(tmp_path: Path) -> None:
    content = "A;B;C;D\n0470123456;Mobile 10;10,00;credit\n"
    found = read(tmp_path, content, month=MONTH, service="a", fee="B", amount="C", kind="D")
    assert found.lines[0].kind is LineKind.CREDIT
    with pytest.raises(UnreadableBill, match="no column 'Z', meant to be the fee"):
        read(tmp_path, content, month=MONTH, service="A", fee="Z", amount="C")


def test_a_listing_does_not_say_its_month(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBill, match="does not say of which month"):
        read(tmp_path, "number,product,amount\n1,2,3\n")
