"""`fleet bill check` on bills of the embedded operator, as it issues them and with errors in them."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from reconciler.sandbox import seeds
from reconciler.settings import open_sandbox
from tests.cli.commands import command
from tests.desired.files import SETTINGS, write

LEAVER = seeds.generate(5, 1).services[0].user_email
USERS = f"users:\n  {LEAVER}:\n    services: {{}}\n"


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a fleet with a sandbox that has issued a bill, and the bill."""
    root = write(tmp_path_factory.mktemp("fleet"), fleet=SETTINGS + "contract: {id: MC-2026-001}\n", a=USERS)
    operator = open_sandbox(root)
    operator.reset(users=5)
    operator.advance(timedelta(days=10))
    text = operator.invoice("2026-12")
    operator.close()
    return root, text


def test_the_bill_of_the_sandbox_is_right_to_the_cent(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, _ = issued
    bill = tmp_path / "bill.xml"
    assert command(capsys, root, "sandbox", "bill", "2026-12", "-o", str(bill)).code == 0
    said = command(capsys, root, "bill", "check", str(bill), "--format", "json")
    (checked,) = json.loads(said.out)
    assert said.code == 0
    assert checked["billed"] == checked["expected"] != "0.00"
    assert [each for each in checked["findings"] if each["claim"]] == []
    assert checked["letter"] is None


def test_a_fee_that_is_too_high_is_told_with_a_letter(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, text = issued
    bill = tmp_path / "bill.xml"
    bill.write_text(re.sub(r'(<cac:InvoiceLine>.*?currencyID="EUR">)[0-9.]+', r"\g<1>99.00", text, count=1))
    said = command(capsys, root, "bill", "check", str(bill), "--detailed-exitcode")
    assert said.code == 2
    assert "Wrong fee" in said.out
    assert "Wrong total" in said.out
    letter = command(capsys, root, "bill", "check", str(bill), "--format", "letter").out
    assert letter.startswith("Subject: Bill of 2026-12 for brouwerij-demo, contract MC-2026-001")
    assert "was billed at 99.00 a month" in letter
    assert "We ask for" in letter


def test_findings_are_rows_of_a_table(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, text = issued
    bill = tmp_path / "bill.xml"
    bill.write_text(text)
    said = command(capsys, root, "bill", "check", str(bill), "--format", "csv")
    rows = list(csv.DictReader(StringIO(said.out)))
    assert {row["kind"] for row in rows} == {"leaver"}
    assert {(row["user"], row["claim"]) for row in rows} == {(LEAVER, "no")}


def test_a_listing_is_checked_like_an_invoice(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, _ = issued
    listing = tmp_path / "december.csv"
    listing.write_text("number;product;amount\n+32499999999;Mobile 10 GB;10,00\n")
    said = command(capsys, root, "bill", "check", str(listing), "--month", "2026-12", "--format", "json")
    faults = {(each["kind"], each["where"]) for each in json.loads(said.out)[0]["findings"]}
    assert ("not-declared", "december.csv, row 2") in faults
    assert ("not-billed", None) in faults


def test_the_same_bill_twice_is_refused(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, text = issued
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(text)
    said = command(capsys, root, "bill", "check", str(tmp_path / "a.xml"), str(tmp_path / "b.xml"))
    assert (said.code, said.out) == (1, "")
    assert "b.xml and a.xml are the same bill" in said.err


def test_bill_alone_is_still_the_preview_of_the_next_one(
    issued: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    root, _ = issued
    assert "next bill" in command(capsys, root, "bill").out
    assert command(capsys, root, "bill", "verify").code == 64


@pytest.mark.parametrize("arguments", [["--column", "x=y"], ["--column", "service"], ["--month", "december"]])
def test_what_is_mistyped_is_wrong_usage(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    root, text = issued
    bill = tmp_path / "bill.xml"
    bill.write_text(text)
    assert command(capsys, root, "bill", "check", str(bill), *arguments).code == 64


def test_the_page_of_a_check_draws_who_was_billed_what(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, text = issued
    bill = tmp_path / "<b>.xml"
    bill.write_text(text.replace(">bill-2026-12<", ">&lt;script&gt;<", 1))
    page = command(capsys, root, "bill", "check", str(bill), "--format", "html").out
    assert page.count('role="img"') == 2
    assert "script-src &#x27;none&#x27;" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_numbers_are_masked_where_others_read_them(
    issued: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, _ = issued
    listing = tmp_path / "december.csv"
    listing.write_text("number;product;amount\n+32499999123;Mobile 10 GB;10,00\n")
    said = command(capsys, root, "bill", "check", str(listing), "--month", "2026-12", "--redact")
    assert "99999123" not in said.out
    assert "123" in said.out
