"""`fleet quota` and what is under it."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.cli.commands import command
from tests.desired.files import SETTINGS, write

CONTRACT = "contract: {id: MC-2026-001, contact: 'Els (els@operator.example)', quota: {ratio: '0.04'}}\n"
#: The sandbox's own: a quota of 4% of 56 services is used up by the two removals there were.
LEFT = "users:\n  ruben.jacobs@brouwerij.example:\n    reason: left on 31 October\n    services: {}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a fleet with a leaver, for whom the quota has no room."""
    folder = write(tmp_path, fleet=SETTINGS + CONTRACT)
    (folder / "users" / "leaver.yaml").write_text(LEFT, encoding="utf-8")
    return folder


def test_alone_it_shows_the_quota_and_leaves_with_3_where_it_is_exceeded(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = command(capsys, root, "quota")
    assert (said.code, said.err) == (3, "")
    assert "1 removal planned, none left: 2 used of 2 allowed" in " ".join(said.out.split())
    assert json.loads(command(capsys, root, "quota", "--format", "json").out)["remaining"] == -1


def test_the_request_is_written_as_an_email_to_the_contact(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = root / "request.eml"
    said = command(capsys, root, "quota", "request", "-o", str(out), "--language", "nl")
    assert (said.code, said.err) == (0, "")
    message = message_from_bytes(out.read_bytes(), policy=default)
    assert message["To"] == "Els <els@operator.example>"
    assert "Reden: left on 31 October" in message.get_content()


def test_what_the_email_lacks_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "fleet.yaml").write_text(SETTINGS + CONTRACT.replace("@", " at "), encoding="utf-8")
    (root / "users" / "leaver.yaml").write_text(LEFT.replace("    reason: left on 31 October\n", ""), encoding="utf-8")
    said = command(capsys, root, "quota", "request")
    assert said.code == 0
    assert "the e-mail has no 'To'; see --to" in said.err
    assert "1 of 1 has no reason (ruben.jacobs@brouwerij.example/" in said.err
    complete = command(capsys, root, "quota", "request", "--to", "els@operator.example", "--reason", "left")
    assert (complete.err, complete.out.splitlines()[0]) == ("", "To: els@operator.example")


def test_numbers_are_masked_on_stdout_where_others_read_along(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "+32470000029" not in command(capsys, root, "quota", "request", "--redact").out
    assert "+32470000029" in command(capsys, root, "quota", "request", "--reveal").out


def test_a_plan_that_fits_asks_for_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "users" / "leaver.yaml").unlink()
    said = command(capsys, root, "quota", "request", "-o", str(root / "request.eml"))
    assert (said.code, said.out) == (0, "Every removal that is planned fits the quota; there is nothing to ask for.\n")
    assert not (root / "request.eml").exists()


def test_an_address_that_is_none_is_wrong_usage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(capsys, root, "quota", "request", "--to", "Els\nBcc: x")
    assert said.code == 64
    assert "is no e-mail address" in said.err


def test_who_leaves_with_a_reason_has_it_in_the_request(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "users" / "leaver.yaml"
    file.write_text(
        "users:\n  ruben.jacobs@brouwerij.example:\n    services:  # at the depot\n      phone: {bundle: mobile-10}\n",
        encoding="utf-8",
    )
    said = command(capsys, root, "leave", "ruben.jacobs@brouwerij.example", "--reason", "left: 31/10", "--yes")
    assert 'reason: "left: 31/10"' in file.read_text(encoding="utf-8")
    assert "services: {}  # at the depot" in file.read_text(encoding="utf-8"), said
    assert "Reason: left: 31/10" in command(capsys, root, "quota", "request").out


def test_the_forecast_has_the_months_and_what_comes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(capsys, root, "quota", "--forecast", "--fit-quota")
    assert (said.code, said.err) == (0, "")
    assert "  2026-08  " in said.out
    assert "1 removal put off by --fit-quota: ruben.jacobs@brouwerij.example/" in " ".join(said.out.split())
    document = json.loads(command(capsys, root, "quota", "--forecast", "--format", "json").out)
    assert (document["undated"], document["runs_out"]) == (0, "2026-11-23")


def test_the_forecast_as_a_page_is_masked_where_others_read_along(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = command(capsys, root, "quota", "--forecast", "--fit-quota", "--format", "html", "--redact")
    assert said.out.startswith("<!doctype html>")
    assert "+32470000029" not in said.out


@pytest.mark.parametrize("arguments", [["--format", "html"], ["--forecast", "request"], ["--fit-quota", "request"]])
def test_options_that_would_say_nothing_are_wrong_usage(
    arguments: list[str], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(capsys, root, "quota", *arguments).code == 64
