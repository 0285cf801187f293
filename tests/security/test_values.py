"""Values nobody foresees, in every position of every file, are errors with their place: no traceback and no hang."""

from __future__ import annotations

import os
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from reconciler.errors import UnreadableBill, UnusableExport
from reconciler.providers.bills.reading import read_bill
from reconciler.providers.file.table import Form, open_table
from tests.security.stranger import Tree, tree, with_exports
from tests.security.test_quoting import PEOPLE, places, put, read, settings

_CHANCE = random.Random(13)
#: Of the cases one in so many is tried; VALUES_ALL=1 tries all.
_ONE_IN = 1 if os.environ.get("VALUES_ALL") else 15
NUMBERS = (
    "1e999999", "-1e999999", "1e-999999", "1E+400", "9" * 5000, f"0.{'0' * 5000}1", "NaN", "sNaN", "Infinity", "-0",
    "1_000", "٣", "0x10", ".inf", "1e12", "999999999999", "99999999999999999", "-1", "0", "0.0000000001",
)  # fmt: skip
DAYS = ("0001-01-01", "9999-12-31", "0000-00-00", "2026-02-30", "2026-W01-1", "20260101", "2999-12-31", "1900-01-01")
WORDS = (
    "",
    " ",
    "\ud7ff",
    "a" * 300,
    "a/" * 3000,
    "..",
    ".",
    "/",
    "~",
    "*",
    "**",
    "**a",
    "[",
    "[a",
    "con",
    "-x",
    "{",
    "%s",
)
COMMANDS = (("plan",), ("validate",), ("quota",), ("bill",), ("upcoming",), ("users",), ("fmt", "--check"))


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tree:
    return tree(tmp_path, capsys, monkeypatch)


def require_understood(fleet: Tree, where: object, *commands: tuple[str, ...]) -> None:
    """Run commands, none of which meets a problem of its own."""
    for command in commands:
        said = fleet(*command)
        assert "problem of its own" not in said.text, (where, command, said.text[:2000])
        assert "Traceback" not in said.text, (where, command)


def tried(fleet: Tree, path: Path, text: str) -> None:
    """Put every value into every position of a YAML file, plain and in quotes."""
    document = read(text)
    found = [(at, value) for at in places(document) for value in (*NUMBERS, *DAYS, *WORDS) if at]
    for at, value in found[_CHANCE.randrange(_ONE_IN) :: _ONE_IN]:
        made = yaml.safe_dump(put(document, at, "PLACE"), sort_keys=False)
        path.write_text(
            made.replace("PLACE", yaml.safe_dump(value, width=10**9).strip() if _CHANCE.randrange(2) else value)
        )
        require_understood(fleet, (at, value[:60]), ("validate",), COMMANDS[_CHANCE.randrange(len(COMMANDS))])


def test_no_value_of_the_settings_is_a_problem_of_its_own(fleet: Tree) -> None:
    tried(fleet, fleet.root / "fleet.yaml", settings())
    tried(fleet, fleet.root / "fleet.yaml", settings().replace("type: tmf\n  url:", "type: sandbox\n  #"))


def test_no_value_of_a_users_file_is_a_problem_of_its_own(fleet: Tree) -> None:
    tried(fleet, fleet.root / "users" / "office" / "z.yaml", PEOPLE)


@pytest.mark.parametrize("name", ["fleet.yaml", "catalogue.yaml"])
def test_no_value_that_the_file_provider_reads_is_a_problem_of_its_own(fleet: Tree, name: str) -> None:
    with_exports(fleet)
    tried(fleet, fleet.root / name, (fleet.root / name).read_text())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('removals_percent: "10"', 'removals_percent: "1e999999"', "removals_percent: expected a decimal number"),
        ('removals_percent: "10"', f'removals_percent: "{"9" * 5000}"', "removals_percent: expected a decimal number"),
        ("limits: ", "journal: {lease: 999999999999}\nlimits: ", "lease: expected seconds, 0 to 86,400, found 9999"),
        ("until: 2027-12-31", "until: 0001-01-01", "until: expected a date from 1900 to 9999, found '0001-01-01'"),
    ],
)
def test_a_number_that_cannot_be_reckoned_with_is_refused_with_its_place(
    fleet: Tree, old: str, new: str, said: str
) -> None:
    path = fleet.root / "fleet.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    told = fleet("plan")
    assert told.code == 1
    assert f": {said}" in told.err
    assert told.err.startswith("error: fleet.yaml:")


def test_another_currency_than_the_operators_is_refused_live_and_saved(fleet: Tree) -> None:
    path = fleet.root / "fleet.yaml"
    assert fleet("snapshot", "-o", "live.json").code == 0
    assert "currency: EUR" in path.read_text()
    path.write_text(path.read_text().replace("currency: EUR", "currency: USD"))
    live, saved = fleet("plan"), fleet("plan", "--live", "live.json")
    assert (live.code, saved.code) == (1, 1)
    assert "the catalogue has no bundle with a monthly price in USD, the currency of fleet.yaml" in live.err
    assert "the operator's prices are in EUR, and the currency of this fleet is USD" in saved.err


def workbook(path: Path) -> bytes:
    """Write a workbook of some rows and return it."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in range(50):
        sheet.append([f"cell {row}", row, "x" * 50])
    book.save(path)
    return path.read_bytes()


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """Return why a file is refused, nothing where it is read; whatever else is raised is not foreseen."""
    try:
        read(path)
    except (UnusableExport, UnreadableBill) as error:
        return str(error)
    return ""


def read_all(path: Path) -> None:
    with open_table(path, Form()) as table:
        list(table.rows)


def test_a_workbook_that_is_broken_anywhere_is_an_error_with_its_name(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx")
    path = tmp_path / "broken.xlsx"
    refused = 0
    for at in range(0, len(whole), max(1, len(whole) // 300)):
        for broken in (
            whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :],
            whole[:at],
            whole[:at] + b"\0" * 40 + whole[at + 40 :],
        ):
            path.write_bytes(broken)
            refused += "broken.xlsx" in refusal(read_all, path)
    assert refused > 300


def test_a_broken_deflate_stream_is_an_error_also_where_the_sum_is_right(tmp_path: Path) -> None:
    workbook(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part), zipfile.ZIP_DEFLATED)
    content = bytearray((tmp_path / "b.xlsx").read_bytes())
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        sheet = next(each for each in archive.infolist() if "sheet1" in each.filename)
    start = sheet.header_offset + 30 + len(sheet.filename)
    content[start : start + 20] = b"\xff" * 20
    (tmp_path / "b.xlsx").write_bytes(content)
    for reading in (read_all, lambda path: read_bill(path, {}, month=None, currency="EUR")):
        with pytest.raises((UnusableExport, UnreadableBill)):
            reading(tmp_path / "b.xlsx")


def test_a_bomb_is_not_unpacked_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    workbook(tmp_path / "whole.xlsx")
    bomb = b"<x>" + b" " * 400_000_000
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, bomb if "sheet1" in part.filename else old.read(part), zipfile.ZIP_DEFLATED)
    with pytest.raises(UnusableExport, match="no more than 180 MB are read"):
        read_all(tmp_path / "b.xlsx")
    content = (tmp_path / "b.xlsx").read_bytes()
    lying = content.replace(len(bomb).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != content
    (tmp_path / "b.xlsx").write_bytes(lying)
    with pytest.raises(UnusableExport):
        read_all(tmp_path / "b.xlsx")


def test_a_sheet_that_is_random_is_an_error(tmp_path: Path) -> None:
    chance = random.Random(7)
    for _ in range(200):
        for name in ("x.csv", "x.xlsx", "x.xml"):
            head = chance.choice(
                [b"", b"PK\x03\x04", b"<?xml version='1.0'?>", b"\xff\xfe", b"\xef\xbb\xbf", zlib.compress(b"x")]
            )
            (tmp_path / name).write_bytes(head + chance.randbytes(chance.randrange(200)))
            for reading in (read_all, lambda path: read_bill(path, {}, month=None, currency="EUR")):
                assert name in (refusal(reading, tmp_path / name) or name)
