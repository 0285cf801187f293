"""Completion in a real shell: keys are pressed in bash, and what the others ask for is asked of the command."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import FLEET, Fleet
from tests.e2e.terminal import CTRL_U, Terminal

BASH = shutil.which("bash") or "bash"
AN = "an.hermans@brouwerij.example"


def test_a_person_types_with_tabs_in_bash(fleet: Fleet, root: Path) -> None:
    assert fleet("users").returncode == 0
    with Terminal(
        root,
        command=(BASH, "--norc", "--noprofile", "-i"),
        PS1="> ",
        PATH=f"{Path(FLEET).parent}:/usr/bin:/bin",
        TERM="dumb",
    ) as bash:
        bash.answer("> ", 'eval "$(fleet completion bash)"\n')
        bash.await_text("> ")
        for typed, shown in (
            ("fleet comp\t", "fleet completion "),
            ("fleet user an.h\t", f"fleet user {AN} "),
            ("fleet user an.hermans@b\t", f"fleet user {AN} "),
            (f"fleet remove {AN} p\t", f"{AN} phone "),
            (f"fleet add {AN} x --bundle data-2\t", "--bundle data-20 "),
            ("fleet add a b --bundle=mobile-u\t", "--bundle=mobile-unlimited "),
            ("fleet add a b --bundle data-5 --option fix\t", "--option fixed-ip "),
            ("fleet plan --target LOG\t", "--target LOGISTICS "),
            ("fleet user -C fleet-c\t", "fleet-config/"),
        ):
            bash.answer("", typed)
            bash.await_text(shown)
            bash.answer("", CTRL_U)
        bash.answer("", "exit\n")
        assert bash.ended() == 0
    assert "error" not in bash.shown


@pytest.mark.parametrize(
    ("shell", "cursor", "offered"),
    [("zsh", "3", "plain\ncar\nm2m-1\n"), ("fish", "c", "plain,car\tm2m-1\n"), ("bash", "", "plain\ncar\n")],
)
def test_each_shell_is_answered_by_the_command(shell: str, cursor: str, offered: str, fleet: Fleet) -> None:
    asked = {"COMP_WORDS": f"fleet remove {AN} c", "COMP_CWORD": cursor, "_FLEET_COMPLETE": f"{shell}_complete"}
    ran = fleet(**asked)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, offered, "")


def test_the_catalogue_is_kept_by_whatever_sees_it_and_may_be_deleted(fleet: Fleet, root: Path) -> None:
    asked = {"COMP_WORDS": "fleet add a b --bundle m2", "COMP_CWORD": "m2", "_FLEET_COMPLETE": "fish_complete"}
    assert fleet(**asked).stdout == "\n"
    assert fleet("plan").returncode == 0
    assert fleet(**asked).stdout == "plain,m2m-1\tMachine 1 GB, EUR 2.95/month\n"
    [kept] = Path(os.environ["FLEET_STATE_DIR"]).rglob("catalogue.json")
    kept.unlink()
    assert not (root / ".fleet" / "catalogue.json").exists()
    ran = fleet(**asked)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "\n", "")
