"""The overviews of the portal through the installed command: users, one user and services, to read and to pipe."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Fleet, edit
from tests.e2e.terminal import on_terminal
from tests.e2e.test_reads_only import watched
from tests.e2e.test_served import over_http
from tests.providers.wire import resource

WIM = "wim.thys@brouwerij.example"


def rows(fleet: Fleet, *arguments: str) -> list[dict[str, Any]]:
    """Return what a command lists as JSON."""
    ran = fleet(*arguments, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    listed: list[dict[str, Any]] = json.loads(ran.stdout)
    return listed


def test_users_and_services_add_up_to_what_a_plan_says(fleet: Fleet) -> None:
    plan = json.loads(fleet("plan", "--format", "json").stdout)
    users, services = rows(fleet, "users"), rows(fleet, "services")
    steady = re.search(r"Steady month: EUR (\S+) →", fleet("plan").stdout)
    assert steady is not None
    assert sum(Decimal(row["monthly"]) for row in users) == Decimal(steady[1])
    assert sum(row["services"] for row in users) == plan["live"]["services"]
    standings = [row["standing"] for row in services]
    summary = plan["summary"]
    assert standings.count("changed") == summary["change"]
    assert standings.count("only-desired") == summary["add"] + summary["deferred"]
    assert standings.count("only-live") == summary["remove"]
    assert standings.count("same") == summary["unchanged"]
    assert standings.count("unmanaged") == summary["unmanaged"]
    assert f"EUR {steady[1]} a month at the operator." in fleet("services").stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("search", "user"),
    [
        ("HERMANS AN", "an.hermans"),
        ("andre", "bart.maes"),
        ("MULLER", "bart.maes"),
        ("0470 00 00 41", "wim.thys"),
        ("32470000041", "wim.thys"),
        ("8932000000000000410", "wim.thys"),
    ],
)
def test_a_user_is_found_however_it_is_written(search: str, user: str, fleet: Fleet, root: Path) -> None:
    edit(root / "users" / "sales.yaml", "name: Bart Maes", "name: André Müller")
    found = [row["user"] for row in rows(fleet, "users", search)]
    assert f"{user}@brouwerij.example" in found
    assert len(found) < 4


def test_one_user_is_shown_in_full_with_who_last_touched_a_service(fleet: Fleet, root: Path) -> None:
    from reconciler.sandbox import Sandbox

    assert fleet("apply", "--auto-approve", "--allow-removals", "3").returncode == 0
    shown = fleet("user", "Wim Thys").stdout
    assert "Wim Thys <wim.thys@brouwerij.example>" in shown
    assert "option       roaming-world (Roaming world), 15.00 a month" in shown
    assert re.search(r"last order   ord-\d+, completed, placed 2026-11-23 \S+ CET by fleet, reference \S+; ", shown)
    assert "declared     users/sales.yaml:57:7" in shown
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
    blocked = next(line for line in sandbox.drift(3) if line.startswith("blocked"))
    sandbox.close()
    number = re.search(r"\+\d+", blocked)
    assert number is not None
    drifted = fleet("user", number[0], "--diff").stdout
    assert re.search(r"last order   ord-\d+, \w+, placed \S+ \S+ CET by portal", drifted)


def test_what_differs_of_one_user_is_said(fleet: Fleet) -> None:
    shown = fleet("user", "els lemmens", "--diff").stdout
    assert "differs      user petra.hermans@brouwerij.example → els.lemmens@brouwerij.example" in shown
    assert "EUR 18.00 a month, EUR 30.99 as declared" in shown
    [user] = rows(fleet, "user", "els lemmens")
    assert [each["standing"] for each in user["details"]] == ["same", "changed"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("els", r"'els' could be any of \d users: els\.declercq@brouwerij\.example \(Els De Clercq\), "),
        ("wim.tys@brouwerij.example", r"there is no user 'wim\.tys@\S+; did you mean wim\.thys@"),
    ],
)
def test_a_key_that_means_no_single_user_names_the_candidates(key: str, words: str, fleet: Fleet) -> None:
    ran = fleet("user", key)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert re.search(words, ran.stderr)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["--cost-centre", "LOG*", "--bundle", "mobile-25"], 2),
        (["--option", "fixed-*"], 2),
        (["--state", "active", "--user", "*.thys@*"], 6),
        (["--blocked", "--diff"], 1),
        (["--unmanaged"], 2),
        (["--added-since", "2025-10-01"], 2),
        (["--ending-before", "2027-01-01"], 2),
        (["--desired", "--blocked"], 1),
        (["--live"], 54),
        (["--live", "--user", WIM], 2),
        (["--desired"], 52),
        ([], 58),
    ],
)
def test_services_are_chosen(filters: list[str], expected: int, fleet: Fleet) -> None:
    assert len(rows(fleet, "services", *filters)) == expected


@pytest.mark.parametrize("descending", [["--sort", "-cost"], ["--sort", "cost", "--reverse"]])
def test_services_are_put_in_order(descending: list[str], fleet: Fleet) -> None:
    costs = [Decimal(row["monthly"]) for row in rows(fleet, "services", *descending)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]


def test_a_pipe_gets_everything_and_a_narrow_terminal_is_told_what_it_does_not(fleet: Fleet, root: Path) -> None:
    piped = fleet("services").stdout
    assert "…" not in piped
    assert "left out" not in piped
    assert "extra-data-10, international-calls" in piped
    assert re.search(r"8932\d+ +users/office/it\.yaml:\d+:7\n", piped)
    for width in (40, 60, 80, 100, 120, 400):
        shown = on_terminal(root, width, "services")
        assert max(map(len, shown.splitlines())) <= width
        assert ("columns left out: " in shown) == (width < 400)
        assert ("long cells end in …" in shown) == ("…" in shown.partition("long cells")[0])
    assert on_terminal(root, 400, "services") == piped
    assert "STANDING" in on_terminal(root, 80, "services")
    narrow = on_terminal(root, 50, "user", WIM)
    assert max(map(len, narrow.splitlines())) <= 50
    for word in ("8932000000000000410", "users/sales.yaml:57:7", "differs      option roaming-world added"):
        assert word in narrow


def test_colours_are_for_terminals(fleet: Fleet, root: Path) -> None:
    coloured = on_terminal(root, 120, "services", "--diff", NO_COLOR="")
    assert "\x1b[33m~" in coloured
    assert "\x1b[" not in fleet("services", "--diff").stdout


def test_csv_is_safe_for_spreadsheets_and_read_by_programs(fleet: Fleet, root: Path) -> None:
    edit(root / "users" / "sales.yaml", "name: Wim Thys", "name: '=HYPERLINK(\"http://evil.example\"),x'")
    ran = fleet("services", "--desired", "--format", "csv")
    lines = list(csv.DictReader(io.StringIO(ran.stdout, newline="")))
    [phone] = [line for line in lines if line["user"] == WIM and line["label"] == "phone"]
    assert phone["name"] == '\'=HYPERLINK("http://evil.example"),x'
    assert phone["number"] == "+32470000041"
    assert phone["monthly"] == ""
    assert len(lines) == 52


def test_lines_of_csv_end_as_rfc_4180_has_them(fleet: Fleet, root: Path) -> None:
    import subprocess

    from tests.e2e.conftest import FLEET

    raw = subprocess.run([FLEET, "users", "--desired", "--format", "csv"], cwd=root.parent, capture_output=True)
    assert raw.stdout.count(b"\r\n") == raw.stdout.count(b"\n") == 38


def test_a_saved_snapshot_stands_in_for_the_operator_and_prices_the_files(fleet: Fleet, root: Path) -> None:
    fleet("snapshot", "-o", "live.json")
    listed = {command: fleet(command).stdout for command in ("users", "services")}
    edit(root / "fleet.yaml", "type: sandbox ", "type: tmf\n  url: http://127.0.0.1:9 ")
    for command, text in listed.items():
        assert fleet(command, "--snapshot", "live.json").stdout == text
    assert "a month as declared" in fleet("services", "--desired", "--snapshot", "live.json").stdout
    assert "What they cost is the operator's to say." in fleet("services", "--desired").stdout
    assert fleet("user", WIM, "--snapshot", "live.json").returncode == 0


@pytest.mark.parametrize("command", [["users"], ["user", WIM], ["services"], ["services", "--live"]])
def test_what_was_not_read_completely_is_not_listed(command: list[str], fleet: Fleet, root: Path) -> None:
    def spoil(path: str, _at: int, status: int, headers: dict[str, str], _body: Any) -> Any:
        return (status, headers | {"x-total-count": "0"}, b"[]") if resource(path) == "product" else None

    fleet("sandbox", "reset")
    with watched(root) as (url, wire):
        over_http(root, url)
        wire.spoil = spoil
        ran = fleet(*command)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "live was not read completely, so nothing is listed:" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["services", "--live", "--diff"], "exclude each other"),
        (["users", "--desired", "--live"], "exclude each other"),
        (["services", "--sort", "price"], "'price' is nothing to sort by; expected user, cost"),
        (["services", "--added-since", "yesterday"], "expected one like 2026-12-31"),
        (["services", "--desired", "--unmanaged"], "--unmanaged needs what the operator knows"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: list[str], words: str, fleet: Fleet) -> None:
    ran = fleet(*arguments)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert words in ran.stderr
