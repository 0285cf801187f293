"""SARIF: what code scanning needs of each result, and nothing that it would make a link of."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from reconciler.errors import Place, Problem
from reconciler.model.plan import Finding, Severity
from reconciler.reports.sarif import sarif
from tests.reports.hostile import CORPUS

HERE = Place("users/sales.yaml", 14, 7)


def run_of(*concerns: Finding | Problem, root: str = "fleet-config") -> dict[str, Any]:
    """Return the one run of a SARIF document."""
    document = json.loads(sarif(concerns, root=root))
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    return dict(run)


def test_a_problem_and_a_finding() -> None:
    run = run_of(
        Finding("unmanaged", Severity.INFO, "els has 1 live service and is not declared", "Declare the user."),
        Problem("bundle: expected one of a, b", HERE),
    )
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["invalid-input", "unmanaged"]
    assert run["tool"]["driver"]["rules"][0]["shortDescription"] == {"text": "invalid input"}
    first, second = run["results"]
    assert first["level"] == "error"
    assert first["message"] == {"text": "bundle: expected one of a, b"}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "fleet-config/users/sales.yaml"},
        "region": {"startLine": 14, "startColumn": 7},
    }
    assert second["level"] == "note"
    assert second["message"] == {"text": "els has 1 live service and is not declared — Declare the user."}
    assert second["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "fleet-config/fleet.yaml"}


def test_a_result_is_the_same_when_its_line_moves_and_each_is_one_of_its_own() -> None:
    here, there = (
        run_of(Problem("x", HERE), Problem("x", HERE)),
        run_of(Problem("x", HERE._replace(line=99)), Problem("y", HERE)),
    )
    prints = [
        result["partialFingerprints"]["primaryLocationLineHash"] for run in (here, there) for result in run["results"]
    ]
    assert prints[0] == prints[2]
    assert len(set(prints)) == 3


def test_github_shows_five_thousand_results() -> None:
    assert len(run_of(*[Problem("x", HERE)] * 6000)["results"]) == 5000


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_text_is_text(text: str) -> None:
    [result] = run_of(Finding(text, Severity.ERROR, text, text, place=Place(text, 3, 7)), root=text)["results"]
    said = result["message"]["text"]
    assert said.isprintable()
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", said), "a bracket could make a link"
    assert re.sub(r"\{\{|\}\}", "", said).count("{") == 0
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~%/-]*", uri)
