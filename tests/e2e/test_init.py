"""Beginning a fleet in an empty directory, with three questions on a terminal or with options and none."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.conftest import FLEET
from tests.e2e.terminal import Terminal


def fleet(here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `fleet` in a directory, without a terminal."""
    return subprocess.run(
        [FLEET, *arguments], cwd=here, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


def test_three_answers_begin_a_fleet_and_the_last_line_is_the_next_command(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "fleet-config", "init")
    terminal.answer("Name of the organisation", "\n")
    terminal.answer("a name is needed", "Acme NV\n")
    terminal.answer("[sandbox]", "operator.example\n")
    terminal.answer("is no address of a server", "\n")
    terminal.answer("Pull requests are at: github or gitlab or none [github]", "\n")
    assert terminal.ended() == 0, terminal.shown
    assert "  fleet-config/fleet.yaml\n" in terminal.shown
    assert "  .github/workflows/fleet-plan.yml\n" in terminal.shown
    assert terminal.shown.endswith("Next: fleet import\n")
    imported = fleet(tmp_path, "import")
    assert imported.returncode == 0, imported.stderr
    assert fleet(tmp_path, "fmt", "--check").returncode == 0
    planned = fleet(tmp_path, "plan", "--detailed-exitcode")
    assert (planned.returncode, planned.stdout.splitlines()[0][:7]) == (0, "Acme NV"), planned.stderr


def test_ctrl_c_at_a_question_leaves_the_directory_empty(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "fleet-config", "init")
    terminal.answer("Name of the organisation", "Acme NV\n")
    terminal.answer("[sandbox]", "\x03")
    assert terminal.ended() == 130, terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    nameless = fleet(tmp_path, "init")
    assert (nameless.returncode, nameless.stdout) == (64, "")
    assert "--organisation must be named" in nameless.stderr
    assert list(tmp_path.iterdir()) == []
    operator = ("--provider", "tmf", "--url", "https://api.operator.example")
    begun = fleet(tmp_path, "init", "--organisation", "Acme NV", *operator, "--ci", "gitlab")
    assert begun.returncode == 0, begun.stderr
    assert "export FLEET_CLIENT_ID=" in begun.stderr
    assert begun.stderr.endswith("Next: fleet import\n")
    other = fleet(tmp_path, "init", "--organisation", "Other")
    assert (other.returncode, other.stdout) == (64, "")
    assert "fleet.yaml says of what organisation the fleet is" in other.stderr
