"""What reaches the terminal: text and our own colours, nothing a name could do to it."""

from __future__ import annotations

import json
import re

import pytest

from reconciler.cli.console import Console
from reconciler.reports.characters import printable


@pytest.mark.parametrize("hostile", ["\x1b]0;title\x07", "\x1b[2J", "\x1b[8m", "\r", "\b", "\u202e", "\x9b", "\u2028"])
def test_a_hostile_name_is_written_out(hostile: str) -> None:
    shown = printable(f"a{hostile}b")
    assert shown.isprintable()
    assert "\\u" in shown


@pytest.mark.parametrize(
    "line",
    [
        "::error::x",
        "  ::stop-commands::x",
        "a\n\u3000\u00a0::error::x",
        "a\n::add-mask::x",
        "a ##[error]x",
        "##vso[task.setvariable]x",
    ],
)
def test_a_name_commands_no_ci_system(line: str) -> None:
    assert re.search(r"(?m)^\s*::|##\w*\[", line)
    assert not re.search(r"(?m)^\s*::|##\w*\[", printable(line))


@pytest.mark.parametrize("line", ["a ::b:: c", "[::1]:80", "# # [x]", "::1"])
def test_what_only_looks_like_a_command_stays(line: str) -> None:
    assert printable(line) == line


def test_lines_letters_and_our_colours_stay() -> None:
    text = Console(colour=True).paint("é → +", "green") + "\n\tok"
    assert printable(text) == text


def test_json_means_the_same_afterwards() -> None:
    value = {"name": "a\u202eb"}
    assert json.loads(printable(json.dumps(value, ensure_ascii=False))) == value


def test_diagnostics_are_written_out_too(capsys: pytest.CaptureFixture[str]) -> None:
    Console().error("no \x1b[2J", hint="\x1b[2J")
    assert "\x1b" not in capsys.readouterr().err
