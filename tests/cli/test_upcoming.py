"""`fleet upcoming`, with the embedded operator and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import command
from tests.desired.files import SETTINGS, service, write

LINES = "bundle: {name: data-20, until: 2026-11-30, then: data-5}\noptions: [{name: extra-data-10, until: 2026-12-31}]"
PROTECTED = SETTINGS + "contract: {id: MC-2026-001}\nprotect: [{service: 'a/b', until: 2026-12-01}]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a fleet with dates."""
    return write(tmp_path, fleet=PROTECTED, a=service(LINES))


def test_prices_are_the_operators(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(capsys, root, "upcoming", "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert [(each["day"], each["kind"], each["monthly_delta"]) for each in json.loads(said.out)] == [
        ("2026-12-01", "bundle-changes", "-6.49"),
        ("2026-12-02", "protection-ends", None),
    ]


def test_the_files_alone_know_no_price_and_take_any_day(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(capsys, root, "upcoming", "--desired", "--day", "2026-12-30", "--days", "5")
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith(
        "1 change by the dates in the files after 2026-12-30 until 2027-01-04. "
    )
    assert "option extra-data-10 ends" in said.out
    assert not (root / ".fleet" / "sandbox.db").exists()


def test_a_span_of_no_days_is_wrong_usage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, root, "upcoming", "--days", "0").code == 64
