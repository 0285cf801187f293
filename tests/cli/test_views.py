"""The forms of a plan on stdout, in this process: who reads along sees no number, and what is saved is whole."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reconciler.cli.app import run
from reconciler.cli.views import in_ci
from tests.reports.rendered import assert_harmless

EXAMPLE = Path(__file__).parents[2] / "fleet-config"
NUMBER, MASKED = "+32470000029", "•••029"
Fleet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fleet]:
    """Return a function that runs `fleet` beside a copy of the example, and returns exit code, stdout and stderr."""
    shutil.copytree(EXAMPLE, tmp_path / "fleet-config", ignore=shutil.ignore_patterns(".fleet"))
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "GITHUB_WORKSPACE", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, **environment: str) -> tuple[int, str, str]:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    before = signal.getsignal(signal.SIGTERM)
    yield call
    signal.signal(signal.SIGTERM, before)


def break_a_bundle() -> None:
    """Make the files invalid at one place."""
    path = Path("fleet-config/users/sales.yaml")
    path.write_text(path.read_text().replace("bundle:", "bundel:", 1))


def test_in_ci_numbers_are_masked_unless_they_are_asked_for(fleet: Fleet) -> None:
    fleet("plan", "-o", "plan.json")
    for output in ("text", "markdown", "html", "github"):
        show = ("show", "plan.json", "--format", output)
        for arguments, environment, whole in (
            (show, {}, True),
            (show, {"CI": "true"}, False),
            ((*show, "--reveal"), {"CI": "true"}, True),
            ((*show, "--redact"), {}, False),
        ):
            code, text, _ = fleet(*arguments, **environment)
            assert code == 0
            assert (NUMBER in text, MASKED in unescape(text)) == (whole, not whole)


def test_what_is_saved_and_json_are_never_masked(fleet: Fleet) -> None:
    fleet("plan", "-o", "plan.json", CI="true")
    assert NUMBER in Path("plan.json").read_text()
    _, text, _ = fleet("show", "plan.json", "--format", "json", CI="true")
    assert text == Path("plan.json").read_text()
    code, text, complaint = fleet("show", "plan.json", "--format", "json", "--redact")
    assert (code, text) == (64, "")
    assert "never masked" in complaint


@pytest.mark.parametrize(
    ("value", "expected"), [("", False), ("false", False), ("0", False), ("true", True), ("1", True)]
)
def test_ci_systems_say_so(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("CI", value)
    assert in_ci() == expected


def test_markdown_is_the_comment_with_the_id_of_the_plan_as_it_was_made(fleet: Fleet) -> None:
    fleet("plan", "-o", "plan.json")
    _, text, _ = fleet("show", "plan.json", "--format", "markdown", "--redact")
    assert json.loads(Path("plan.json").read_text())["digest"] in text.partition("\n")[0]
    assert_harmless(text)


def test_html_is_a_page_of_its_own(fleet: Fleet) -> None:
    code, text, _ = fleet("plan", "-o", "plan.json", "--format", "html")
    assert (code, text.splitlines()[0]) == (0, "<!doctype html>")
    assert json.loads(Path("plan.json").read_text())["digest"] in text
    assert fleet("show", "plan.json", "--format", "html") == (0, text, "")


def test_findings_stand_at_their_lines(fleet: Fleet) -> None:
    _, text, _ = fleet("plan", "--format", "github")
    place = "file=fleet-config/users/logistics.yaml,line=19,endLine=19,col=3,title=number-given-up"
    assert f"::warning {place}::" in text
    assert text.splitlines()[-1].startswith("Plan: 3 to add")


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_what_is_wrong_with_the_files_stands_at_its_line_and_ends_the_run(fleet: Fleet, command: str) -> None:
    break_a_bundle()
    code, text, complaint = fleet(command, "--format", "github")
    assert code == 1
    assert text.startswith("::error file=fleet-config/users/sales.yaml,line=10,endLine=10,col=9,title=invalid-input::")
    assert "bundel" in complaint


def test_the_file_is_named_from_the_repository_wherever_the_command_runs(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_a_bundle()
    workspace = str(Path.cwd())
    monkeypatch.chdir("fleet-config")
    _, text, _ = fleet("-C", ".", "validate", "--format", "github", GITHUB_WORKSPACE=workspace)
    assert text.startswith("::error file=fleet-config/users/sales.yaml,")


def test_code_scanning_gets_sarif_alone(fleet: Fleet) -> None:
    code, text, _ = fleet("validate", "--format", "sarif")
    assert (code, json.loads(text)["runs"][0]["results"]) == (0, [])
    break_a_bundle()
    code, text, _ = fleet("validate", "--format", "sarif")
    [result] = json.loads(text)["runs"][0]["results"]
    assert (code, result["level"]) == (1, "error")


def test_an_apply_leaves_a_test_case_an_action(fleet: Fleet) -> None:
    code, text, _ = fleet("apply", "--auto-approve", "--allow-removals", "3", "--junit", "out.xml", CI="true")
    assert code == 0
    suite = ElementTree.parse("out.xml")
    assert len(suite.findall(".//testcase")) == 14
    assert len(suite.findall(".//skipped")) == 1
    assert NUMBER not in text + Path("out.xml").read_text()
    assert MASKED in text


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_ordered(fleet: Fleet) -> None:
    code, text, _ = fleet("apply", "--auto-approve", "--allow-removals", "3", "--junit", "nowhere/out.xml")
    assert (code, text) == (64, "")


def test_with_v_a_plan_says_on_stderr_what_each_of_its_phases_took(fleet: Fleet) -> None:
    _, quiet, _ = fleet("plan")
    _, out, err = fleet("plan", "-v")
    phases = r"files \S+ s, live \S+ s, resolve \S+ s, compare \S+ s, report \S+ s"
    assert re.search(rf"^This took: {phases}\.$", err, re.MULTILINE)
    assert out == quiet
