"""Annotations: read back as GitHub's runner reads them, each at its line, and no name among them is a command."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot as golden

from reconciler.errors import Place, Problem
from reconciler.model.plan import Finding, Severity
from reconciler.reports.annotations import workflow_commands
from tests.reports.hostile import CORPUS

HERE = Place("users/sales.yaml", 14, 7)


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the commands GitHub's runner finds in `text`, unescaped, as `ActionCommand.TryParseV2` reads them."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        if not line:
            continue
        match = re.fullmatch(r"::(\w+)(?: ([^:]*(?:[^:]|:(?!:))*?))?::(.*)", line)
        assert match, f"no command: {line!r}"
        pairs = (pair.split("=", 1) for pair in (match[2] or "").split(",") if pair)
        properties = {name: _plain(value.replace("%3A", ":").replace("%2C", ",")) for name, value in pairs}
        found.append((match[1], properties, _plain(match[3])))
    return found


def _plain(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_problems_and_findings() -> None:
    found: list[Finding | Problem] = [
        Finding("ends-soon", Severity.WARNING, "roaming ends after 2026-11-30", place=HERE),
        Finding("unmanaged", Severity.INFO, "els has 1 live service and is not declared", "Declare the user."),
        Problem("bundle: expected one of a, b", Place("fleet.yaml", 3, 5), "100% of it"),
    ]
    assert workflow_commands(found, root="./my") == golden("""\
::error file=my/fleet.yaml,line=3,endLine=3,col=5,title=invalid-input::bundle: expected one of a, b%0A100%25 of it
::warning file=my/users/sales.yaml,line=14,endLine=14,col=7,title=ends-soon::roaming ends after 2026-11-30
::notice title=unmanaged::els has 1 live service and is not declared%0ADeclare the user.
""")


def test_the_nine_worst_of_each_and_how_many_more() -> None:
    found = [
        Finding("code", severity, f"{severity} {index}", place=HERE) for severity in Severity for index in range(46)
    ]
    lines = workflow_commands(reversed(found), others="see the artefact").splitlines()
    assert len(lines) == 30
    assert [line.partition(" ")[0] for line in lines[::10]] == ["::error", "::warning", "::notice"]
    assert lines[9] == "::error::and 37 more, see the artefact"


def test_ten_are_nine_and_one_more_is_said() -> None:
    assert workflow_commands([Problem("x")] * 9).count("\n") == 9
    assert workflow_commands([Problem("x")] * 10).splitlines()[-1] == "::error::and 1 more, see the summary"
    assert workflow_commands([]) == ""


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_text_stays_in_its_own_command(text: str) -> None:
    hostile = Finding(text, Severity.ERROR, text, text, place=Place(text, 3, 7))
    assert [command for command, _, _ in commands(workflow_commands([hostile, hostile], root=text))] == ["error"] * 2


def test_a_property_and_a_message_are_read_back_as_they_were() -> None:
    text = workflow_commands([Finding("a,b:c=%0A", Severity.ERROR, "100%25, ::x", place=Place("a,b:c%.yaml", 3, 7))])
    [(_, properties, message)] = commands(text)
    assert (properties["file"], properties["title"]) == ("a,b:c%.yaml", "a,b:c=%0A")
    assert message == "100%25, ::x"


@given(st.text(), st.text(), st.text())
def test_any_text_stays_in_its_own_command(code: str, file: str, message: str) -> None:
    text = workflow_commands([Finding(code, Severity.WARNING, message, place=Place(file, 3, 7))], root="x")
    [(command, properties, _)] = commands(text)
    assert command == "warning"
    assert set(properties) == {"file", "line", "endLine", "col", "title"}
    assert (properties["line"], properties["col"]) == ("3", "7")
    assert text.count("\n") == 1
    assert text.rstrip("\n").isprintable()
    assert "##[" not in text
