"""Activation codes given out: listed without the code, shown or written only to who asked for it, one at a time."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
import segno

from reconciler.sandbox import Sandbox
from tests.e2e.conftest import Fleet, edit
from tests.e2e.terminal import on_terminal
from tests.e2e.test_reads_only import watched
from tests.e2e.test_served import over_http
from tests.providers.wire import resource
from tests.reports.test_qr import modules

AN, LIEN, LUC = (f"{name}@brouwerij.example" for name in ("an.vandamme", "lien.aerts", "luc.michiels"))
TABLET = f"{LIEN}/tablet"
CODE = re.compile(r"LPA:1\$sandbox\.example\$[0-9A-F]{20}")


@pytest.fixture
def applied(fleet: Fleet) -> Fleet:
    """Return a fleet whose plan was carried out: two new eSIMs, and one in place of a physical SIM."""
    one_by_one = ("--parallelism", "1")  # the operator numbers what it adds as it comes
    assert fleet("apply", "--auto-approve", "--allow-removals", "3", *one_by_one).returncode == 0
    return fleet


def last_run(fleet: Fleet) -> str:
    """Return the id of the newest run."""
    return str(json.loads(fleet("history", "--format", "json").stdout)[0]["id"])


def listed(fleet: Fleet, *arguments: str) -> list[str]:
    """Return the addresses that are listed."""
    ran = fleet("activations", "--format", "json", *arguments)
    assert ran.returncode == 0, ran.stderr
    return [each["address"] for each in json.loads(ran.stdout)]


def test_new_esims_and_one_of_a_swap_are_listed_by_their_last_digits(applied: Fleet) -> None:
    assert applied("activations").stdout == (
        "USER                            SERVICE  ICCID  NUMBER  ACTIVE SINCE\n"
        "an.vandamme@brouwerij.example   tablet   …0015  …0001   2026-11-23\n"
        "lien.aerts@brouwerij.example    tablet   …0023  …0002   2026-11-23\n"
        "luc.michiels@brouwerij.example  phone    …0031  …0045   2024-02-16\n"
    )


def test_where_no_esim_has_a_code_the_list_says_so(fleet: Fleet) -> None:
    assert fleet("activations").stdout == "No activation code can be shown.\n"
    assert listed(fleet) == []


def test_a_list_can_be_of_users_and_services_whatever_their_case(applied: Fleet) -> None:
    assert listed(applied, LIEN.upper()) == [TABLET]
    assert listed(applied, TABLET.title(), LUC, LIEN) == [TABLET, f"{LUC}/phone"]
    assert listed(applied, f"{LIEN}/phone") == []


def test_a_list_can_be_of_what_one_run_did(applied: Fleet, root: Path) -> None:
    first = last_run(applied)
    assert listed(applied, "--run", first) == [f"{AN}/tablet", TABLET, f"{LUC}/phone"]
    edit(root / "users" / "logistics.yaml", "sim: {type: esim}  ", "state: blocked  ")
    assert applied("apply", "--auto-approve").returncode == 0
    second = last_run(applied)
    assert listed(applied, "--run", second) == [f"{LUC}/phone"], "changed"
    assert listed(applied, "--run", second, LIEN) == []


def test_what_a_run_failed_to_change_is_not_listed_for_it(applied: Fleet, root: Path) -> None:
    edit(root / "users" / "logistics.yaml", "sim: {type: esim}  ", "state: blocked  ")
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
    sandbox.fault("no-effect")
    sandbox.close()
    assert applied("apply", "--auto-approve").returncode == 6
    assert listed(applied, "--run", last_run(applied)) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lien.aert@brouwerij.example"], f"knows no user 'lien.aert@brouwerij.example'; did you mean '{LIEN}'?"),
        ([f"{LIEN}/Tablett"], f"{LIEN} has no service 'Tablett'; did you mean 'tablet'?\n  There are: phone, tablet."),
        (["--run", "no-such-run"], "the journal has no run 'no-such-run'"),
        ([LIEN, "--show", "--reveal"], f"'{LIEN}' is 2 services: {LIEN}/phone (prd-00000047), {TABLET} (prd-"),
        ([LIEN, LUC, "--show", "--reveal"], "--show and -o give out the code of one service"),
        (["-o", "code.txt"], "--show and -o give out the code of one service"),
        ([TABLET, "--show", "--reveal", "--format", "json"], "--show and -o give out the code of one service"),
        ([TABLET, "--reveal"], "--reveal goes with --show"),
        ([TABLET, "--overwrite"], "--overwrite with -o FILE"),
        ([TABLET, "-o", "code.gif"], "Its name ends in none of .txt, .png, .svg"),
        ([TABLET, "--show"], "an activation code is a secret, and stdout is no terminal\n  Write it to a file with -o"),
    ],
)
def test_wrong_usage_leaves_with_64_and_says_what_is_right(arguments: list[str], words: str, applied: Fleet) -> None:
    ran = applied("activations", *arguments)
    assert ran.returncode == 64
    assert words in ran.stderr
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"{LIEN}/phone", f"{LIEN}/phone has a physical SIM, which needs no activation code"),
        ("wim.thys@brouwerij.example/phone", "the operator shows no activation code for wim.thys@brouwerij.example/"),
        ("ruben.jacobs@brouwerij.example", "ruben.jacobs@brouwerij.example has no services"),
    ],
)
def test_a_service_without_a_code_says_why(name: str, words: str, applied: Fleet) -> None:
    ran = applied("activations", name, "--show", "--reveal")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert words in ran.stderr


def test_a_code_comes_with_the_activation_not_before(fleet: Fleet, root: Path) -> None:
    edit(root / "users" / "sales.yaml", "activation: administrator ", "activation: email ")
    assert fleet("apply", "--auto-approve", "--allow-removals", "3").returncode == 7
    early = fleet("activations", TABLET, "--show", "--reveal")
    assert (early.returncode, early.stdout) == (1, "")
    assert "is not active yet, and has no activation code before" in early.stderr
    assert TABLET not in listed(fleet)
    fleet("sandbox", "advance", "2d")
    assert listed(fleet, "--run", last_run(fleet)) == [f"{AN}/tablet", TABLET, f"{LUC}/phone"]


def test_a_terminal_shows_the_qr_code_and_the_code_below_it(applied: Fleet, root: Path) -> None:
    shown = on_terminal(root, 80, "activations", TABLET, "--show").splitlines()
    assert CODE.fullmatch(shown[-1])
    assert modules(shown[:-1]) == [list(row) for row in segno.make_qr(shown[-1]).matrix]


def test_a_terminal_with_colours_shows_it_white_on_black_whatever_its_theme(applied: Fleet, root: Path) -> None:
    shown = on_terminal(root, 80, "activations", TABLET, "--show", NO_COLOR="").splitlines()
    assert {line[:10] + line[-4:] for line in shown[:-1]} == {"\x1b[97m\x1b[40m\x1b[0m"}


def test_a_terminal_too_narrow_for_the_qr_code_shows_the_code_alone(applied: Fleet, root: Path) -> None:
    assert CODE.fullmatch(on_terminal(root, 36, "activations", TABLET, "--show").strip())


def test_what_is_no_terminal_gets_the_code_only_with_reveal(applied: Fleet) -> None:
    ran = applied("activations", TABLET, "--show", "--reveal")
    assert ran.returncode == 0
    assert CODE.fullmatch(ran.stdout.splitlines()[-1])
    assert "LPA" not in ran.stderr


def test_a_file_gets_the_code_by_its_suffix_and_only_its_owner_can_read_it(applied: Fleet, root: Path) -> None:
    for suffix, begins in ((".txt", b"LPA:1$"), (".PNG", b"\x89PNG"), (".svg", b"<?xml")):
        ran = applied("activations", TABLET, "-o", f"code{suffix}")
        path = root.parent / f"code{suffix}"
        assert (ran.returncode, ran.stdout) == (0, "")
        assert f"is in code{suffix}, which only you can read" in ran.stderr
        assert path.read_bytes().startswith(begins)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_only_on_demand(applied: Fleet, root: Path) -> None:
    path = root.parent / "code.txt"
    path.write_text("mine")
    refused = applied("activations", TABLET, "-o", "code.txt")
    assert (refused.returncode, path.read_text()) == (1, "mine")
    assert "code.txt is there already\n  Name another file, or add --overwrite." in refused.stderr
    assert applied("activations", TABLET, "-o", "code.txt", "--overwrite").returncode == 0
    assert CODE.fullmatch(path.read_text().strip())


def test_a_file_that_cannot_be_made_is_told(applied: Fleet) -> None:
    ran = applied("activations", TABLET, "-o", "nowhere/code.txt")
    assert ran.returncode == 1
    assert "No such file or directory: nowhere/code.txt" in ran.stderr


def test_live_that_was_not_read_whole_gives_out_nothing(applied: Fleet, root: Path) -> None:
    with watched(root) as (url, wire):
        over_http(root, url)
        wire.spoil = lambda path, _at, status, headers, _body: (
            (status, headers, b"[]") if resource(path) == "product" else None
        )
        for arguments in ([], [TABLET, "-o", "code.txt"]):
            ran = applied("activations", *arguments)
            assert (ran.returncode, ran.stdout) == (1, "")
            assert "0 services were read" in ran.stderr or "/product: the operator counts" in ran.stderr
    assert not (root.parent / "code.txt").exists()
