"""Places and terminals that are not as one wishes: a sentence for each, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import FLEET, Fleet, edit


def test_a_question_is_seen_before_any_progress_on_a_terminal(fleet: Fleet, root: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    with subprocess.Popen([FLEET, "apply"], cwd=root.parent, stdin=follower, stdout=-1, stderr=follower) as process:
        os.close(follower)
        seen = b""
        while b"is taken as one: " not in seen:
            seen += os.read(leader, 4096)
        assert b"ordering" not in seen
        os.write(leader, b"no\n")
        process.communicate(timeout=30)
    os.close(leader)
    assert process.returncode == 4


def test_a_closed_stdin_is_nobody_to_ask(fleet: Fleet, root: Path) -> None:
    command = ["sh", "-c", f"{FLEET} apply <&-"]
    done = subprocess.run(command, cwd=root.parent, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "there is nobody to ask" in done.stderr) == (4, True)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_terminal_of_few_letters_is_shown_the_others_by_number(encoding: str, fleet: Fleet) -> None:
    done = fleet("plan", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "bundle mobile-10 \\u2192 mobile-25" in done.stdout


def test_a_sandbox_that_is_no_database_is_said_to_be_none(fleet: Fleet, root: Path) -> None:
    fleet("plan")
    (root / ".fleet" / "sandbox.db").write_bytes(b"no database at all" * 400)
    done = fleet("plan")
    assert done.returncode == 1
    assert "sandbox.db cannot be used" in done.stderr
    assert "problem of its own" not in done.stderr


def test_what_stands_in_a_file_cannot_write_lines_of_its_own(fleet: Fleet, root: Path) -> None:
    path = root / "users" / "odd.yaml"
    path.write_text('users:\n  "a@b\\n::error::pwned": {services: {"ph\\e[31mone": {bundle: mobile-10}}}\n')
    done = fleet("validate")
    assert done.returncode == 1
    assert "\n::error::" not in done.stderr
    assert "\x1b" not in done.stderr


def test_a_target_that_is_nothing_names_the_nearest(fleet: Fleet) -> None:
    done = fleet("plan", "--target", "an.herman@brouwerij.example")
    assert done.returncode == 64
    assert "did you mean 'an.hermans@brouwerij.example'?" in done.stderr


def test_the_folder_of_our_own_is_kept_out_of_git(fleet: Fleet, root: Path) -> None:
    fleet("plan")
    assert (root / ".fleet" / ".gitignore").read_text() == "*\n"


def test_an_edited_tree_is_not_said_to_be_its_commit(fleet: Fleet, root: Path) -> None:
    git = ["git", "-c", "user.email=dev@brouwerij.example", "-c", "user.name=Dev", "-C", str(root)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    assert not json.loads(fleet("plan", "--format", "json").stdout)["desired"]["commit"].endswith("-dirty")
    edit(root / "users" / "sales.yaml", "users:", "# a comment\nusers:")
    assert json.loads(fleet("plan", "--format", "json").stdout)["desired"]["commit"].endswith("-dirty")


def test_a_fleet_without_users_says_so(fleet: Fleet, root: Path) -> None:
    for path in (root / "users").rglob("*.yaml"):
        path.unlink()
    done = fleet("validate")
    assert done.returncode == 0
    assert "declare no user" in done.stderr


def test_everything_wrong_in_one_file_is_told_at_once(fleet: Fleet, root: Path) -> None:
    (root / "users" / "odd.yaml").write_text(
        "users:\n  a.b@brouwerij.example:\n    services:\n"
        "      one: {bundle: mobile-10, from: 2026-12-02, until: 2026-12-01}\n"
        "      two: {profile: traveler}\n"
        "      three: {bundle: mobile-10, state: Blocked}\n"
    )
    edit(root / "fleet.yaml", "currency: EUR", "currency: euro")
    edit(root / "fleet.yaml", "timezone: Europe/Brussels", "timezone: Brussels")
    said = fleet("validate").stderr
    for words in ("currency:", "timezone:", "is before from", "state:"):
        assert words in said, (words, said)


def test_a_port_that_is_taken_is_said_to_be(fleet: Fleet) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = fleet("sandbox", "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "cannot be served on" in done.stderr
    assert "The sandbox is at" not in done.stderr


@pytest.mark.parametrize("arguments", [("advance", "9999999999d"), ("reset", "--day", "9999-12-31")])
def test_the_sandbox_does_not_leave_the_calendar(arguments: tuple[str, ...], fleet: Fleet) -> None:
    assert fleet("sandbox", *arguments).returncode == 64


def test_the_operator_of_the_example_grants_what_the_example_says_it_does(fleet: Fleet, root: Path) -> None:
    edit(root / "fleet.yaml", "  removals: 10\n", "  removals: 100\n")
    edit(root / "fleet.yaml", 'removals_percent: "10"', 'removals_percent: "100"')
    live = json.loads(fleet("services", "--live", "--format", "json").stdout)
    users = sorted({each["user"] for each in live if each["standing"] != "unmanaged"})
    for path in (root / "users").rglob("*.yaml"):
        path.unlink()
    (root / "users" / "all.yaml").write_text("users:\n" + "".join(f"  {user}: {{services: {{}}}}\n" for user in users))
    planned = fleet("plan", "--fit-quota", "-o", "plan.json", "--format", "json")
    assert json.loads(planned.stdout)["summary"]["remove"] == 19
    applied = fleet("apply", "plan.json")
    assert "19 removed" in applied.stdout, applied.stdout[-600:]
