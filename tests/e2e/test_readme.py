"""What the README shows of a command is what the command prints, line by line, on the example fleet."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.terminal import Session

README = Path(__file__).parents[2] / "README.md"
#: What is typed at the questions of a command; where a question is not in the README, nobody is asked.
ANSWERS = {
    "fleet apply": (("Only 'yes'", "yes\n"),),
    'fleet add "jan baert"': (
        ("Label", "\n"), ("Bundle", "data-20\n"), ("Options", "2\n"), ("SIM", "\n"), ("Number", "\n"),
        ("Who finishes", "\n"), ("Only 'yes'", "yes\n"),
    ),
}  # fmt: skip


def tour() -> list[tuple[str, list[str]]]:
    """Return the commands of the README's tour, each with the lines shown below it."""
    text = README.read_text(encoding="utf-8").partition("## A tour")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(\$ .*?)^```$", text, re.M | re.S)
    return [
        (command, shown.splitlines()) for block in blocks for command, shown in re.findall(r"\$ (.+)\n([^$]*)", block)
    ]


def same_whenever(line: str) -> str:
    """Return a line without what is another at every run: the ids of a run and of an order."""
    return re.sub(r"\b[0-9]{12}[0-9a-f]{4}-[0-9]{4}\b|\bord-[0-9]{7}\b", "ID", line.rstrip())


def test_the_tour_is_what_one_sees(root: Path) -> None:
    commands = tour()
    assert [command.split()[1] for command, _ in commands] == ["plan", "apply", "user", "add"]
    with Session(root) as session:
        for command, shown in commands:
            seen = iter(
                [same_whenever(line) for line in session.types(command, *ANSWERS.get(command, ())).splitlines()]
            )
            missing = [line for line in map(same_whenever, shown) if line not in seen]
            assert missing == [], f"{command} does not print this, or not in this order"


def test_every_command_is_in_the_readme() -> None:
    from reconciler.cli.app import COMMANDS

    table = README.read_text(encoding="utf-8").partition("## Commands")[2].partition("\n## ")[0]
    named = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`]+)`", table))))
    assert sorted(set(COMMANDS) - named) == []
