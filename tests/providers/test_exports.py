"""What an export can be, and what is said of one that cannot be understood: never a wrong plan."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from reconciler.errors import UnusableExport
from reconciler.model.fleet import State
from reconciler.model.snapshot import Presence
from reconciler.planning.notices import of_reading
from tests.providers.exports import HEADINGS, NOW, Exports

AN, BART = "an@brouwerij.example", "bart@brouwerij.example"
ROW = f"{AN},0470123456,Mobile 10 GB,Active,2024-01-15,10.00"


def sheet(*rows: list[Any], merge: str | None = None) -> bytes:
    """Return a workbook with one sheet of rows."""
    book = Workbook()
    active = book.active
    assert active is not None
    for row in rows:
        active.append(row)
    if merge:
        active.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook in which one part is another."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as after,
    ):
        assert name in before.namelist()
        for part in before.namelist():
            text = before.read(part)
            assert part != name or old in text
            after.writestr(part, text.replace(old, new, 1) if part == name else text)
    return out.getvalue()


def test_a_row_is_a_service(tmp_path: Path) -> None:
    [line] = Exports.of(tmp_path, f"{HEADINGS}\n{ROW}\n").read().services
    assert (line.id, line.service.user, line.service.bundle) == ("+32470123456", AN, "mobile-10")
    assert (line.service.state, line.presence, line.started) == (State.ACTIVE, Presence.PRESENT, date(2024, 1, 15))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_recognised(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = f"{HEADINGS}\n{AN.replace('an', 'renée')},0470123456,Mobile 10 GB,Actif,2024-01-15,10\n"
    exports = Exports.of(tmp_path, text.replace(",", delimiter).encode(encoding))
    assert exports.read().services[0].service.user == "renée@brouwerij.example"


@pytest.mark.parametrize(
    "written",
    ["+32 470 12 34 56", "0470/12.34.56", "0032470123456", "32470123456", "470123456", "+32 (0)470 123456",
     "'+32470123456", '"=""0470123456"""'],
)  # fmt: skip
def test_a_number_is_the_same_however_it_is_written(tmp_path: Path, written: str) -> None:
    [line] = Exports.of(tmp_path, f"{HEADINGS}\n{ROW.replace('0470123456', written)}\n").read().services
    assert line.service.number == "+32470123456"


@pytest.mark.parametrize(
    "written", ["2024-01-15", "15/01/2024", "15.1.2024", "45306", "2024-01-15 09:30", "15-01-2024"]
)
def test_a_day_is_the_same_however_it_is_written(tmp_path: Path, written: str) -> None:
    [line] = Exports.of(tmp_path, f"{HEADINGS}\n{ROW.replace('2024-01-15', written)}\n").read().services
    assert line.started == date(2024, 1, 15)


def test_a_workbook_has_days_numbers_and_formulas_as_they_were_saved(tmp_path: Path) -> None:
    rows = (
        [AN, 470123456, "Mobile 10 GB", "Active", date(2024, 1, 15), 10.0],
        [BART, "0470123457", "Data 5 GB", "Actief", 45306, "6,5"],
    )
    content = sheet(["Export of today"], [], HEADINGS.split(","), *rows)
    exports = Exports.of(tmp_path, content, file="s.xlsx")
    assert [line.started for line in exports.read().services] == [date(2024, 1, 15)] * 2
    assert [line.id for line in exports.read().services] == ["+32470123456", "+32470123457"]
    computed = sheet(HEADINGS.split(","), [AN, "0470123456", '="Mobile"&" 10 GB"', "Active", None, None])
    assert "there is no bundle in it" in " ".join(Exports.of(tmp_path, computed, file="s.xlsx").problems())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{AN},0470123456,Mobile 10 GB,Active,2024-01-15", "5 cells under 6 headings"),
        (f"{ROW},more", "7 cells under 6 headings"),
        (ROW.replace("0470123456", "4.70123E+08"), "its last digits are lost"),
        (ROW.replace("0470123456", "0470 12"), "'0470 12' is no telephone number"),
        (ROW.replace("2024-01-15", "04/05/2024"), "'04/05/2024' could be two dates"),
        (ROW.replace("2024-01-15", "31/02/2024"), "is no day of the calendar"),
        (ROW.replace("2024-01-15", "soon"), "'soon' is no date"),
        (ROW.replace("10.00", '"1,234"'), "could be two amounts"),
        (ROW.replace("Mobile 10 GB", "=A1&B1"), "a formula is never computed"),
        (ROW.replace("Mobile 10 GB", "@SUM(1)"), "a formula is never computed"),
        (ROW.replace("Mobile 10 GB", "#N/A"), "the spreadsheet could not compute this cell"),
        (ROW.replace("Mobile 10 GB", ""), "there is no bundle in it"),
        (ROW.replace(AN, ""), "there is no user in it"),
        (ROW.replace("0470123456", ""), "neither a key, a number nor a SIM"),
        (ROW, "number +32470123456 is that of row 2 too"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, row: str, said: str) -> None:
    problems = Exports.of(tmp_path, f"{HEADINGS}\n{ROW}\n{row}\n").problems()
    assert [problem for problem in problems if said in problem and problem.startswith("s.csv:3:")], problems
    assert all("row 3" in problem for problem in problems)


def test_every_bad_row_is_told_up_to_fifty_and_then_how_many_more(tmp_path: Path) -> None:
    problems = Exports.of(tmp_path, f"{HEADINGS}\n" + f"{AN},12,Mobile 10 GB,Active,,\n" * 70).problems()
    assert len(problems) == 51
    assert "and 20 rows more cannot be understood" in problems[-1]


def test_words_nobody_knows_are_listed_with_their_count(tmp_path: Path) -> None:
    rows = "".join(f"{AN},04701234{n},{'Mobiel 10' if n % 2 else 'Data 5 GB'},Zombie,,\n" for n in range(10, 16))
    problems = Exports.of(tmp_path, f"{HEADINGS}\n{rows}").problems()
    assert problems == [
        "s.csv:2:4: unknown state 'Zombie', in 6 rows, first in row 2",
        "s.csv:3:3: unknown bundle 'Mobiel 10', in 3 rows, first in row 3",
    ]


def test_what_words_mean_can_be_declared_and_other_services_skipped(tmp_path: Path) -> None:
    more = "      values: {state: {Zombie: blocked}, bundle: {Mobiel 10: mobile-10, Vaste lijn: skip}}\n"
    rows = f"{AN},0470123456,mobiel 10,ZOMBIE,,\n{AN},,Vaste lijn,Actief,,\n"
    live = Exports.of(tmp_path, f"{HEADINGS}\n{rows}", more=more).read()
    [line] = live.services
    assert (line.service.bundle, line.service.state) == ("mobile-10", State.BLOCKED)
    assert "1 rows" in next(remark.message for remark in live.remarks if remark.code == "export-skipped")


def test_a_missing_column_stops(tmp_path: Path) -> None:
    problems = Exports.of(tmp_path, f"{HEADINGS.replace('Status', 'Stand')}\n{ROW}\n").problems()
    assert problems == ["s.csv:1:1: there is no column 'Status', which fleet.yaml names for state"]


def test_a_heading_that_is_there_twice_stops_only_where_it_is_mapped(tmp_path: Path) -> None:
    assert Exports.of(tmp_path, f"{HEADINGS},x,x\n{ROW},,\n").problems() == []
    problems = Exports.of(tmp_path, f"{HEADINGS},number\n{ROW},\n").problems()
    assert problems == ["s.csv:1:1: the heading 'Number' is there 2 times, in columns 2, 7"]


def test_two_users_with_one_address_are_named_with_both_rows(tmp_path: Path) -> None:
    more = "    users: {file: u.csv, columns: {user: Mail, name: Name}}\n"
    (tmp_path / "u.csv").write_text(f"Mail,Name\n{AN},An\n{BART},Bart\n{AN.upper()},Ann\n")
    problems = Exports.of(tmp_path, f"{HEADINGS}\n{ROW}\n", more=more).problems()
    assert problems == [f"u.csv:4:1: row 4: '{AN}' is the user of row 2 too; each user has one of their own"]


def test_a_service_of_a_user_who_is_not_exported_is_named(tmp_path: Path) -> None:
    more = "    users: {file: u.csv, columns: {user: Mail, name: Name}}\n"
    (tmp_path / "u.csv").write_text(f"Mail,Name\n{BART},Bart\n")
    problems = Exports.of(tmp_path, f"{HEADINGS}\n{ROW}\n", more=more).problems()
    assert problems == [f"s.csv:2:1: row 2: user '{AN}' is not in the export of users"]


def test_merged_cells_are_named_with_their_row(tmp_path: Path) -> None:
    content = sheet(
        HEADINGS.split(","), [AN, "0470123456", "Mobile 10 GB"], ["", "0470123457", "Data 5 GB"], merge="A2:A3"
    )
    problems = Exports.of(tmp_path, content, file="s.xlsx").problems()
    assert "s.xlsx:2:1: row 2: cells A2:A3 are merged, and only the first of them would have the value" in problems


def test_an_empty_export_is_no_empty_fleet(tmp_path: Path) -> None:
    assert "the export is empty" in Exports.of(tmp_path, "\n").problems()[0]
    assert "there is no service below the headings" in Exports.of(tmp_path, f"{HEADINGS}\n\n").problems()[0]
    assert "is the file whole" not in Exports.of(tmp_path, f'{HEADINGS}\n"{ROW}').problems()[0]


def test_a_file_that_breaks_off_within_quotes_is_refused(tmp_path: Path) -> None:
    [problem] = Exports.of(tmp_path, f'{HEADINGS}\n{ROW}\n{AN},"0470').problems()
    assert problem == "s.csv, row 3: this is no CSV: unexpected end of data"


def test_an_old_or_missing_export_is_refused(tmp_path: Path) -> None:
    exports = Exports.of(tmp_path, f"{HEADINGS}\n{ROW}\n", file="s-2026-11-19.csv")
    assert exports.problems() == ["s-2026-11-19.csv was exported on 2026-11-19 00:00, 4 days ago"]
    exports = Exports.of(tmp_path, "", file="t-*.csv")
    assert "there is no export 't-*.csv'" in exports.problems()[0]


def test_the_newest_export_counts_and_its_age_is_told(tmp_path: Path) -> None:
    exports = Exports.of(tmp_path, "", file="s-*.csv")
    (tmp_path / "s-2026-11-22T0800.csv").write_text(f"{HEADINGS}\n{ROW}\n")
    (tmp_path / "s-2026-11-21T0800.csv").write_text("nonsense")
    live = exports.read()
    told = [found.message for found in of_reading(live, day=NOW.date())]
    assert told[0] == "live is what was exported on 2026-11-22 at 08:00, yesterday"
    assert exports.read(now=NOW + timedelta(days=1)).exported == live.exported
    with pytest.raises(UnusableExport):
        exports.read(now=NOW + timedelta(days=5))


def test_an_age_beyond_reckoning_is_no_limit(tmp_path: Path) -> None:
    exports = Exports.of(tmp_path, f"{HEADINGS}\n{ROW}\n", file="s-2020-11-19.csv")
    settings = tmp_path / "fleet.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("type: file", "type: file\n  max_age: 999999999999"), encoding="utf-8")
    assert len(exports.read().services) == 1


def test_a_fee_that_is_not_the_catalogues_is_told_with_its_count(tmp_path: Path) -> None:
    rows = "".join(f'{AN},04701234{n},Mobile 10 GB,Active,,"12,00"\n' for n in range(10, 13))
    remarks = Exports.of(tmp_path, f"{HEADINGS}\n{rows}").read().remarks
    assert "mobile-10 costs 12.00 a month in 3 rows of s.csv, and 10.00 in the catalogue" in [
        each[1] for each in remarks
    ]


def test_a_workbook_that_is_encrypted_or_of_an_old_format_is_refused(tmp_path: Path) -> None:
    for file in ("s.xlsx", "s.csv"):
        [problem] = Exports.of(tmp_path, b"\xd0\xcf\x11\xe0" + b"\0" * 600, file=file).problems()
        assert "encrypted" in problem


def test_an_xml_bomb_is_refused(tmp_path: Path) -> None:
    content = sheet(HEADINGS.split(","), [AN, "0470123456", "Mobile 10 GB"])
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><worksheet"
    for part, root in (("xl/worksheets/sheet1.xml", b"<worksheet"), ("xl/styles.xml", b"<styleSheet")):
        bombed = repacked(content, part, root, bomb.replace(b"<worksheet", root))
        [problem] = Exports.of(tmp_path, bombed, file="s.xlsx").problems()
        assert "s.xlsx defines entities, which no spreadsheet does" in problem


def test_a_sheet_of_200_mb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    content = sheet(HEADINGS.split(","), [AN, "0470123456", "Mobile 10 GB"])
    large = repacked(content, "xl/worksheets/sheet1.xml", b"</worksheet>", b" " * 200_000_000 + b"</worksheet>")
    assert len(large) < 2_000_000
    [problem] = Exports.of(tmp_path, large, file="s.xlsx").problems()
    assert problem == "s.xlsx holds 200 MB, and no more than 180 MB are read"


def test_a_csv_of_200_mb_is_refused(tmp_path: Path) -> None:
    exports = Exports.of(tmp_path, HEADINGS)
    with (tmp_path / "s.csv").open("r+b") as stream:
        stream.truncate(200_000_000)
    assert exports.problems() == ["s.csv holds 200 MB, and no more than 180 MB are read"]


@pytest.mark.parametrize("content", [b"PK\x03\x04nonsense", b"", b"text", sheet([])[:-200]])
def test_a_broken_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    exports = Exports.of(tmp_path, b"x", file="s.xlsx")
    (tmp_path / "s.xlsx").write_bytes(content)
    [problem] = exports.problems()
    assert problem.startswith("s.xlsx is no workbook: ")


@pytest.mark.parametrize("content", [b"PK\x03\x04nonsense", b"a,b\n\x00\x01\n"])
def test_what_is_no_text_is_no_csv(tmp_path: Path, content: bytes) -> None:
    assert len(Exports.of(tmp_path, content).problems()) == 1


def test_a_declared_encoding_that_is_wrong_is_told(tmp_path: Path) -> None:
    text = f"{HEADINGS}\n{ROW.replace('an@', 'renée@')}\n"
    [problem] = Exports.of(tmp_path, text.encode("cp1252"), more="      encoding: utf-8\n").problems()
    assert problem == "s.csv is not utf-8: byte 0xe9 makes no sense in it"
