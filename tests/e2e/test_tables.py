"""A table of edits: every bad row by its number and reason; nothing written unless all are good, or on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Files, Fleet
from tests.e2e.test_edits import ELS, LIEN, RUBEN

SARAH = "sarah.pauwels@brouwerij.example"
GOOD = f"""\
Action,User,Label,Bundle,Options,Number,SIM,Until,To
add,{LIEN},data,data-5,extra-data-10:2026-12-01 fixed-ip,,esim,,
change,{RUBEN.upper()},phone,mobile-25,,,-,,

change,{ELS},data,,-extra-data-10 +fixed-ip,,,2027-03-31,
transfer,{RUBEN},car,,,,,,{LIEN}
leave,{SARAH},,,,,,,
"""


def save(root: Path, text: str) -> str:
    """Save a table beside the fleet."""
    (root.parent / "changes.csv").write_bytes(text.encode())
    return "changes.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_carried_out_as_one_edit(delimiter: str, fleet: Fleet, root: Path, files: Files) -> None:
    table = save(root, "\ufeff" + GOOD.replace(",", delimiter).replace("\n", "\r\n"))
    ran = fleet("edit", "--from", table, "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "Plan: " in ran.stdout
    gone = [line[2:].strip() for line in files.changes() if line[0] == "-"]
    come = [line[2:].strip() for line in files.changes() if line[0] == "+"]
    car = ["car:", "bundle: m2m-1", 'number: "+32470000011"', "options: [fixed-ip]"]
    assert sorted(gone) == sorted([
        *car, "bundle: mobile-10", "sim: {type: esim}", "options: [extra-data-10]",
        "services:", "phone:", "bundle: mobile-25", 'number: "+32470000026"',
    ])  # fmt: skip
    assert sorted(come) == sorted([
        *car, "bundle: mobile-25", "options: [fixed-ip]", "until: 2027-03-31", "services: {}",
        "data:", "bundle: data-5", "sim: {type: esim}", "options:", "- name: extra-data-10", "from: 2026-12-01",
        "- fixed-ip",
    ])  # fmt: skip


def test_every_column_of_a_service_can_be_filled_in(fleet: Fleet, root: Path, files: Files) -> None:
    table = save(
        root,
        f"""\
Action,User,Label,Profile,Bundle,Number,Cost centre,Activation,Port-in operator,Port-in account,Port-in date
add,{LIEN},second,traveller,,+32470990099,HR,email,Other,1234,2026-12-15
change,{RUBEN},phone,office-tablet,-,,,,,,
change,{ELS},data,,,,,,Other,77,
change,{SARAH},phone,,,,,,-,,
""",
    )
    ran = fleet("edit", "--from", table, "--yes")
    assert ran.returncode == 0, ran.stderr
    come = [line[2:].strip() for line in files.changes() if line[0] == "+"]
    assert come == [
        'port_in: {operator: Other, account: "77"}',
        "second:", "profile: traveller", 'number: "+32470990099"', "cost_centre: HR", "activation: email",
        'port_in: {operator: Other, account: "1234", date: 2026-12-15}',
        "profile: office-tablet",
    ]  # fmt: skip


BAD = {
    f"ad,{LIEN},x,data-5,,": "unknown action 'ad'; did you mean 'add'?; there are add, change",
    "remove,,x,,,": "no user is named",
    f"add,{LIEN},,data-5,,": "a new service needs a label",
    f"add,{LIEN},phone,data-5,,": f"{LIEN} has a service 'phone' already",
    f"add,{LIEN},b,data-6,,": "has no bundle 'data-6'; did you mean 'data-5'?",
    f"add,{LIEN},c,data-5,roaming-world,": "option 'roaming-world' does not go with bundle 'data-5'",
    f"add,{LIEN},d,data-5,x:2026-02-30,": "'2026-02-30' is no date",
    f"add,{LIEN},e,data-5,,0470": "'0470' is no telephone number",
    f"add,{LIEN},f,data-5,,+32470000001": "number +32470000001 is declared twice",
    "remove,bart.mas@brouwerij.example,,,,": "is not declared in the files; did you mean 'bart.maes@",
    f"remove,{RUBEN},,,,": f"name the service of {RUBEN} by its label. It has phone, car.",
    f"remove,{RUBEN},car,m2m-1,,": "'bundle' says nothing to the action 'remove'",
    f"change,{RUBEN},car,,+fixed-ip a,": "options: either all of them",
    f"change,{RUBEN},car,,,": "nothing is said about what to change",
    f"change,{RUBEN},car,-,,": "the service has no bundle",
    f"transfer,{RUBEN},car,,,": "column 'to' does not say who gets the service",
    f"change,{RUBEN},phone,mobile-25,,,x": "it has 7 cells, and there are 6 columns",
}


def bad_table() -> str:
    """Return every bad row, with a good one before and behind them."""
    rows = [f"change,{LIEN},phone,mobile-10,,", *BAD, f"remove,{ELS},data,,,"]
    return "\n".join(["action,user,label,bundle,options,number", *rows, ""])


def test_every_bad_row_is_named_and_nothing_is_written(fleet: Fleet, root: Path, files: Files) -> None:
    ran = fleet("edit", "--from", save(root, bad_table()), "--yes")
    assert ran.returncode == 1
    told = [line for line in ran.stderr.splitlines() if line.startswith("error: changes.csv, row ")]
    assert len(told) == len(BAD), ran.stderr
    for number, (line, reason) in enumerate(zip(told, BAD.values(), strict=True), 3):
        assert line.startswith(f"error: changes.csv, row {number}: ")
        assert reason in line
    assert f"{len(BAD)} of {len(BAD) + 2} rows are bad; nothing was written" in ran.stderr
    assert files.now() == files.before


def test_the_good_rows_can_be_carried_out_alone(fleet: Fleet, root: Path, files: Files) -> None:
    ran = fleet("edit", "--from", save(root, bad_table()), "--yes", "--partial")
    assert ran.returncode == 6, ran.stderr
    assert files.changes() == [
        "-       data:",
        "-         bundle: data-5",
        '-         number: "+32470000002"',
        "-         options: [extra-data-10]",
        "-         bundle: mobile-25",
        "+         bundle: mobile-10",
    ]
    assert fleet("validate").returncode == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column 'action' is missing"),
        ("action,usr\nadd,x\n", "unknown column 'usr'; did you mean 'user'?"),
        ("action,user,user\n", "column 'user' is there twice"),
        ('action,user\nadd,"x\n', "changes.csv is no table"),
    ],
)
def test_what_is_no_such_table_is_told(text: str, words: str, fleet: Fleet, root: Path, files: Files) -> None:
    ran = fleet("edit", "--from", save(root, text), "--yes")
    assert ran.returncode == 64
    assert words in ran.stderr
    assert files.now() == files.before


def test_a_table_in_another_encoding_is_told(fleet: Fleet, root: Path) -> None:
    (root.parent / "changes.csv").write_bytes("action,user\nleave,zoë\n".encode("latin-1"))
    ran = fleet("edit", "--from", "changes.csv", "--yes")
    assert (ran.returncode, "is not UTF-8" in ran.stderr) == (64, True)


def test_a_row_without_a_bundle_is_told_so(fleet: Fleet, root: Path, files: Files) -> None:
    for text in (f"action,user,label\nadd,{LIEN},second\n", f"action,user,label,number\nadd,{LIEN},x,+32470990099\n"):
        ran = fleet("edit", "--from", save(root, text), "--yes")
        assert ran.returncode == 1
        assert "row 2: the service" in ran.stderr
        assert "has no bundle" in ran.stderr
        assert files.now() == files.before


def test_a_service_is_transferred_and_changed_in_one_table(fleet: Fleet, root: Path, files: Files) -> None:
    text = f"action,user,label,to,until\ntransfer,{RUBEN},car,{LIEN},\nchange,{LIEN},car,,2027-03-31\n"
    ran = fleet("edit", "--from", save(root, text), "--yes")
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[1:] for line in files.changes() if "until" in line] == [["until:", "2027-03-31"]]
