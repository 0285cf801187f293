"""What dates change by themselves, on which day, and where they stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.desired.load import load
from reconciler.desired.turns import turns
from tests.desired.files import SETTINGS, service, write

DAY, UNTIL = date(2026, 11, 23), date(2026, 12, 31)
PROFILES = SETTINGS + (
    "profiles:\n  fair:\n    bundle: {name: big, until: 2026-12-10, then: small}\n"
    "    options:\n      - roaming\n      - {name: calls, from: 2026-12-05, until: 2026-12-20}\n"
)


def told(root: Path, lines: str) -> list[tuple[str, str, str]]:
    """Return the day, what differs and the place of every turn of one service."""
    documents = load(write(root, fleet=PROFILES, a=service(lines)))
    found = []
    for turn in turns(documents, DAY, UNTIL):
        sides = [f"{side.bundle} {'+'.join(sorted(side.options))}".strip() if side else "-" for side in turn[1:3]]
        found.append((f"{turn.day:%m-%d}", " > ".join(sides), str(turn.place)))
    return found


@pytest.mark.parametrize(
    ("lines", "turns"),
    [
        ("bundle: b", []),
        ("bundle: b\nfrom: 2026-12-01", [("12-01", "- > b", "users/a.yaml:4:7")]),
        ("bundle: b\nuntil: 2026-12-01", [("12-02", "b > -", "users/a.yaml:4:7")]),
        ("bundle: b\nuntil: 2026-12-31", []),
        ("bundle: b\nuntil: 2026-11-22", []),
        (
            "bundle: b\nfrom: 2026-12-01\nuntil: 2026-12-01",
            [("12-01", "- > b", "users/a.yaml:4:7"), ("12-02", "b > -", "users/a.yaml:4:7")],
        ),
        ("bundle: {name: b, until: 2026-11-30, then: c}", [("12-01", "b > c", "users/a.yaml:5:17")]),
        ("bundle: b\noptions: [x, {name: o, from: 2026-11-24}]", [("11-24", "b x > b o+x", "users/a.yaml:6:22")]),
        (
            "bundle: b\noptions:\n- {name: o, until: 2026-11-30}\n- {name: o, from: 2026-12-05}",
            [("12-01", "b o > b", "users/a.yaml:7:11"), ("12-05", "b > b o", "users/a.yaml:8:11")],
        ),
        ("bundle: b\noptions:\n- {name: o, until: 2026-11-30}\n- {name: o, from: 2026-12-01}", []),
        ("bundle: b\noptions: [{name: o, until: 9999-12-31}]\nuntil: 9999-12-31", []),
    ],
)
def test_a_date_changes_what_it_says_on_its_day(lines: str, turns: list[tuple[str, str, str]], tmp_path: Path) -> None:
    assert told(tmp_path, lines) == turns


def test_the_dates_of_a_profile_stand_in_the_settings(tmp_path: Path) -> None:
    assert told(tmp_path, "profile: fair") == [
        ("12-05", "big roaming > big calls+roaming", "fleet.yaml:9:9"),
        ("12-11", "big calls+roaming > small calls+roaming", "fleet.yaml:6:13"),
        ("12-21", "small calls+roaming > small roaming", "fleet.yaml:9:9"),
    ]


def test_what_a_profile_goes_on_giving_does_not_end(tmp_path: Path) -> None:
    lines = (
        "profile: fair\nbundle: own\noptions: [{name: roaming, until: 2026-12-01}, {name: calls, until: 2026-12-31}]"
    )
    assert told(tmp_path, lines) == []


def test_what_changes_on_one_day_is_told_one_by_one(tmp_path: Path) -> None:
    options = "[{name: x, until: 2026-11-30}, {name: o, from: 2026-12-01}]"
    lines = f"bundle: {{name: b, until: 2026-11-30, then: c}}\noptions: {options}"
    assert [what for _, what, _ in told(tmp_path, lines)] == ["b x > c x", "c x > c", "c > c o"]


def test_options_that_come_before_their_service_come_with_it(tmp_path: Path) -> None:
    lines = "bundle: b\nfrom: 2026-12-10\noptions: [{name: o, from: 2026-12-01}]"
    assert [what for _, what, _ in told(tmp_path, lines)] == ["- > b o"]
