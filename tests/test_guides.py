"""The guides keep step with the code they are about, and lead where they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.errors import PRECEDENCE, Exit
from tests import guides

TOP = Path(__file__).parents[1]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").glob("*.md")])


def test_the_reference_of_the_files_is_in_step_with_their_documents() -> None:
    assert guides.PAGE.read_text(encoding="utf-8") == guides.page()


def test_every_key_of_the_files_is_explained() -> None:
    rows = [line.split(" | ") for line in guides.page().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row[0] for row in rows if not row[3].strip(" |")] == ["| `type`", "| `type`"]


def test_the_exit_codes_and_their_precedence_are_those_of_the_code() -> None:
    text = (TOP / "docs/exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", text, re.MULTILINE)
    assert rows == [(str(int(code)), code.name) for code in Exit]
    assert f"speaks: {', '.join(str(int(code)) for code in PRECEDENCE)}." in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    anchors = {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif "://" not in target:
            assert (page.parent / target.partition("#")[0]).exists(), target


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return "".join(letter for letter in heading.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
