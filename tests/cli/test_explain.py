"""`fleet explain`, with the embedded operator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import command
from tests.desired.files import SETTINGS, write

FLEET = SETTINGS + "contract: {id: MC-2026-001}\n"
PIET = "users:\n  piet.smets@brouwerij.example:\n    services:\n      phone: {bundle: mobile-unlimited}\n"


def test_a_service_is_explained_as_text_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path, fleet=FLEET, a=PIET)
    said = command(capsys, root, "explain", "piet.smets", "phone")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("piet.smets@brouwerij.example/phone on 2026-11-23: a change is planned\n")
    listed = command(capsys, root, "explain", "piet.smets@brouwerij.example/phone", "--format", "json")
    assert json.loads(listed.out)["answer"] == "planned"
    mistyped = command(capsys, root, "explain", "piet.smets", "fone")
    assert (mistyped.code, mistyped.out) == (64, "")
    assert "did you mean 'phone'?" in mistyped.err
