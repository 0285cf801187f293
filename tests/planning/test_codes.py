"""Every finding has its section in docs/checks.md: how bad it is, what it means and what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HOUSE = Path(__file__).parents[2]
#: What makes a finding, and at which position its code stands.
MAKERS = {"Finding": 0, "Remark": 0, "finding": 1, "_at": 1}


def made() -> set[str]:
    """Return the code of every finding that is made anywhere in the product."""
    found = set()
    for path in (HOUSE / "reconciler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {*_codes(node)}
    return found


def _codes(call: ast.Call) -> set[str]:
    name = (
        call.func.id
        if isinstance(call.func, ast.Name)
        else call.func.attr
        if isinstance(call.func, ast.Attribute)
        else ""
    )
    at = MAKERS.get(name, len(call.args))
    given = [*call.args[at : at + 1], *(each.value for each in call.keywords if each.arg == "code")]
    return {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def explained() -> dict[str, list[str]]:
    """Return the paragraphs of every section of docs/checks.md that is about a code."""
    text = (HOUSE / "docs" / "checks.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### ([a-z-]+)\n\n(.+?)(?=^##|\Z)", text, re.M | re.S)
    return {code: body.strip().split("\n\n") for code, body in sections}


def test_every_code_is_found_in_the_source() -> None:
    assert {"unknown-user", "overridden", "ends-soon", "quota-exceeded", "unmanaged"} <= made()


def test_every_finding_is_explained_and_nothing_else_is() -> None:
    assert sorted(explained()) == sorted(made())


def test_a_section_says_how_bad_it_is_what_it_means_and_what_to_do() -> None:
    for code, (meaning, remedy) in explained().items():
        assert re.match(r"(Error|Warning|Info): \S.+\.$", meaning, re.S), code
        assert re.match(r"Do: \S.+\.$", remedy, re.S), code
