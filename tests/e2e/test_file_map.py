"""Somebody has an export of headings and words of its own, and is asked about them on a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Fleet
from tests.e2e.terminal import Session
from tests.providers.exports import CATALOGUE, HEAD

EXPORT = "Wie,Bundle,Number,Status,Start\nan@brouwerij.example,Mobile 11 GB,0470123456,Zombie,2024-01-15\n"


def test_what_is_not_recognised_is_asked_for_on_a_terminal_and_listed_elsewhere(fleet: Fleet, root: Path) -> None:
    (root / "fleet.yaml").write_text(f"{HEAD}provider: {{type: sandbox}}\n", encoding="utf-8")
    (root / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    (root / "s.csv").write_text(EXPORT, encoding="utf-8")
    shown = fleet("file", "map", "fleet-config/s.csv")
    assert shown.returncode == 0
    assert "no heading was recognised for user" in shown.stderr
    assert "unknown bundle 'Mobile 11 GB', in 1 row" in shown.stderr
    assert "provider:\n  type: file\n" in shown.stdout
    with Session(root) as session:
        session.types(
            "fleet file map fleet-config/s.csv --write",
            ("Which column is user", "Who\n"),
            ("'Who' is none of them", "1\n"),
            ("What is state 'Zombie'", "blocked\n"),
            ("What is bundle 'Mobile 11 GB'", "mobile-10\n"),
        )
    for path in (root / "users").rglob("*.yaml"):
        path.unlink()
    assert "1 live service of 1 user at file" in fleet("plan").stdout
    assert fleet("file", "map", "fleet-config/s.csv", "fleet-config/s.csv").returncode == 64
