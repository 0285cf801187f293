"""Editing the files from the terminal: shown with its plan, asked about, written whole, and only what is meant."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import FLEET, Files, Fleet, edit
from tests.state import trust

AT = "@brouwerij.example"
LIEN, RUBEN, ELS = f"lien.aerts{AT}", f"ruben.dupont{AT}", f"els.declercq{AT}"


def test_a_service_is_added_with_its_plan_and_can_be_ordered(fleet: Fleet, files: Files) -> None:
    words = ("data", "--bundle", "data-5", "--option", "extra-data-10:2026-11-01:2026-12-31", "--sim", "esim")
    ran = fleet("add", LIEN, *words, "--activation", "administrator", text="yes\n")
    assert ran.returncode == 0, ran.stderr
    assert "  + data  add data-5 + extra-data-10, eSIM" in ran.stdout
    assert "Next bill (2026-12): EUR" in ran.stdout
    assert "removal" in ran.stdout.lower()
    assert f"Planned before this edit too: {LIEN}/tablet." in ran.stderr
    assert files.changes() == [
        "+       data:",
        "+         bundle: data-5",
        "+         sim: {type: esim}",
        "+         options:",
        "+           - name: extra-data-10",
        "+             from: 2026-11-01",
        "+             until: 2026-12-31",
        "+         activation: administrator",
    ]
    assert f"done        {LIEN}/data" in fleet("apply", "--auto-approve", "--allow-removals", "9").stdout


def test_somebody_new_is_declared_by_name_where_users_are_created(fleet: Fleet, root: Path) -> None:
    words = ("add", f"nele.nieuw{AT}", "phone", "--bundle", "mobile-10", "--file", "users/sales.yaml", "--yes")
    assert "or let fleet do it: 'users: {create: true}'" in fleet(*words).stderr
    edit(root / "fleet.yaml", "ownership:", "users: {create: true}\nownership:")
    assert "say --name 'GIVEN FAMILY'" in fleet(*words).stderr
    ran = fleet(*words, "--name", "Nele Nieuw")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.rstrip().endswith(
        "Plan: 1 to add, 0 to change, 0 to remove. 1 user to create.\nWritten: users/sales.yaml."
    )
    applied = fleet("apply", "--auto-approve", "--target", f"nele.nieuw{AT}").stdout
    assert "Apply complete! 1 added, 0 changed, 0 removed. 1 user created." in applied


CHANGES = {
    "another bundle": (("change", RUBEN, "phone", "--bundle", "mobile-25"), ["bundle: mobile-10", "bundle: mobile-25"]),
    "another bundle from a day on": (
        ("change", RUBEN, "phone", "--bundle", "mobile-25", "--from-day", "2027-01-01"),
        ["bundle: mobile-10", "bundle: {name: mobile-10, until: 2026-12-31, then: mobile-25}"],
    ),
    "an option more": (("change", ELS, "data", "--add-option", "fixed-ip"), [
        "options: [extra-data-10]", "options: [extra-data-10, fixed-ip]",
    ]),
    "an option less": (("change", ELS, "data", "--drop-option", "extra-data-10"), ["options: [extra-data-10]"]),
    "a last day": (("change", ELS, "data", "--until", "2027-03-31"), ["until: 2027-03-31"]),
    "a SIM no more": (("change", RUBEN, "phone", "--clear", "sim"), ["sim: {type: esim}"]),
    "a block": (("block", RUBEN, "phone"), ["state: blocked"]),
    "no block": (("unblock", RUBEN, "phone"), ["state: active"]),
    "another SIM": (("swap-sim", RUBEN, "phone", "--sim", "physical", "--iccid", "8932050000000000013"), [
        "sim: {type: esim}", 'sim: {type: physical, iccid: "8932050000000000013"}',
    ]),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_touches_the_one_line_it_means(case: str, fleet: Fleet, files: Files) -> None:
    arguments, lines = CHANGES[case]
    ran = fleet(*arguments, "--yes")
    assert ran.returncode == 0, ran.stderr
    assert [line[2:].strip() for line in files.changes()] == lines
    again = fleet(*arguments, "--yes")
    if "--drop-option" in arguments or "--from-day" in arguments:
        assert again.returncode == 1
    else:
        assert again.stdout == "The files say so already; there is nothing to edit.\n"


def test_removing_and_leaving_leave_empty_brackets(fleet: Fleet, root: Path) -> None:
    assert fleet("remove", f"sarah.pauwels{AT}", "--yes").returncode == 0
    assert fleet("leave", RUBEN, "--yes").returncode == 0
    text = (root / "users" / "sales.yaml").read_text()
    assert text.count("    services: {}\n") == 2
    assert "car:" not in text.split(RUBEN)[1].split("sarah")[0]
    assert fleet("validate").returncode == 0


def test_a_transfer_moves_the_lines_and_costs_no_quota(fleet: Fleet, files: Files) -> None:
    ran = fleet("transfer", RUBEN, "car", "--to", LIEN, "--yes")
    assert ran.returncode == 0, ran.stderr
    assert f"  > car  user {RUBEN} → {LIEN}" in ran.stdout
    assert "Removals: 0 of" in ran.stdout
    gone = [line[2:] for line in files.changes() if line[0] == "-"]
    assert gone == [line[2:] for line in files.changes() if line[0] == "+"]
    assert len(gone) == 4


def test_who_is_only_known_at_the_operator_is_added_beside_the_cost_centre(fleet: Fleet, files: Files) -> None:
    undeclared = f"an.desmet{AT}"
    ran = fleet("add", undeclared, "tablet", "--bundle", "data-5", "--yes")
    if ran.returncode:
        assert "Say which with --file FILE" in ran.stderr
        ran = fleet("add", undeclared, "tablet", "--bundle", "data-5", "--yes", "--file", "users/new/people.yaml")
    assert ran.returncode in (0, 3), ran.stderr
    added = [line[2:] for line in files.changes()]
    assert f"  {undeclared}:" in added
    assert all(line.startswith("+") for line in files.changes())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("add", f"lien.aert{AT}", "x", "--bundle", "data-5"),
            1,
            f"know a user 'lien.aert{AT}'; did you mean '{LIEN}'?",
        ),
        (("add", "lien.arts@brewery.example", "x", "--bundle", "data-5"), 1, f"did you mean '{LIEN}'?"),
        (("add", "Lien Aerts", "x", "--bundle", "data-5"), 1, f"did you mean '{LIEN}'?"),
        (("add", LIEN, "phone", "--bundle", "data-5"), 1, f"{LIEN} has a service 'phone' already"),
        (("add", LIEN, "a b", "--bundle", "data-5"), 1, "'a b' is no label"),
        (("add", LIEN, "x", "--bundle", "data-6"), 1, "has no bundle 'data-6'; did you mean 'data-5'?"),
        (("add", LIEN, "x", "--bundle", "m2m-1", "--option", "roaming-world"), 1, "does not go with bundle 'm2m-1'"),
        (("add", LIEN, "x", "--bundle", "data-5", "--number", "0470"), 1, "'0470' is no telephone number"),
        (("add", LIEN, "x", "--bundle", "data-5", "--number", "+32470000001"), 1, "+32470000001 is declared twice"),
        (("add", LIEN, "x", "--profile", "traveler"), 1, "unknown profile 'traveler'; did you mean 'traveller'?"),
        (("add", LIEN, "x", "--bundle", "data-5", "--from", "2026-02-30"), 64, "'2026-02-30' is no date"),
        (("add", LIEN, "x", "--bundle", "data-5", "--option", "o:2026-02-30"), 64, "'2026-02-30' is no date"),
        (("add", LIEN, "x", "--bundle", "data-5", "--port-in", "Other"), 64, "'Other' is no donor"),
        (("add", LIEN, "x"), 64, "--bundle or --profile must be named"),
        (("add", LIEN, "x", "--bundle", "data-5", "--file", "users/hr.yaml"), 1, "is declared in users/sales.yaml"),
        (("add", LIEN, "x", "--bundle", "data-5", "-m", "x"), 64, "-m is the message of a commit"),
        (("remove", LIEN), 1, f"name the service of {LIEN} by its label\n  It has phone, tablet."),
        (("remove", LIEN, "phon"), 1, f"{LIEN} has no service 'phon'; did you mean 'phone'?"),
        (("remove", f"lien.aert{AT}"), 1, f"is not declared in the files; did you mean '{LIEN}'?"),
        (("transfer", LIEN, "phone", "--to", ELS), 1, f"{ELS} has a service 'phone' already"),
        (("transfer", LIEN, "phone"), 64, "Missing option '--to'"),
        (("change", LIEN, "phone"), 64, "nothing is said about what to change"),
        (("change", LIEN, "phone", "--from-day", "2027-01-01"), 64, "--from-day is the first day of another bundle"),
        (("change", LIEN, "phone", "--drop-option", "fixed-ip"), 1, "has no option 'fixed-ip'"),
        (("change", LIEN, "phone", "--clear", "bundle"), 1, "the service has no bundle"),
        (("swap-sim", LIEN, "phone"), 64, "nothing is said of the new SIM"),
        (("swap-sim", LIEN, "phone", "--iccid", "123"), 1, "'123' is no ICCID"),
    ],
)
def test_what_would_be_wrong_is_refused_and_no_file_is_touched(
    arguments: tuple[str, ...], code: int, words: str, fleet: Fleet, files: Files
) -> None:
    ran = fleet(*arguments, "--yes")
    assert (ran.returncode, words in ran.stderr) == (code, True), ran.stderr
    assert "Traceback" not in ran.stderr
    assert files.now() == files.before


def test_nothing_is_written_without_a_yes(fleet: Fleet, files: Files) -> None:
    arguments = ("remove", LIEN, "phone")
    for text, more in (("y\n", ()), ("", ()), ("yes\n", ("--no-input",))):
        assert fleet(*arguments, *more, text=text).returncode == 4
    assert files.now() == files.before


def test_a_file_that_is_wrong_already_is_not_edited(fleet: Fleet, root: Path, files: Files) -> None:
    edit(root / "users" / "brewery.yaml", "        bundle:", "        bundel:")
    files.before = files.now()
    ran = fleet("remove", LIEN, "phone", "--yes")
    assert ran.returncode == 1
    assert "users/brewery.yaml:9:9: unknown key 'bundel'" in ran.stderr
    assert files.now() == files.before


def test_all_that_an_edit_would_make_invalid_is_told_at_once(fleet: Fleet, files: Files) -> None:
    dates = ("--from", "2027-02-01", "--until", "2027-01-01")
    ran = fleet("add", LIEN, "x", "--profile", "traveler", *dates, "--yes")
    assert ran.returncode == 1
    assert "this edit would make the files invalid, and nothing was written:" in ran.stderr
    assert re.search(r"users/sales\.yaml:\d+:18: unknown profile 'traveler'", ran.stderr)
    assert re.search(r"users/sales\.yaml:\d+:16: until 2027-01-01 is before from 2027-02-01", ran.stderr)
    assert files.now() == files.before


def test_what_an_alias_would_change_too_is_refused_with_its_place(fleet: Fleet, root: Path, files: Files) -> None:
    number = 'number: "+32470000034"'
    edit(root / "users" / "sales.yaml", number, f"{number}\n        options: &all [roaming-world]")
    edit(root / "users" / "sales.yaml", "sim: {type: esim}\n        activation", "options: *all\n        activation")
    files.before = files.now()
    ran = fleet("change", LIEN, "phone", "--add-option", "voicemail-plus", "--yes")
    assert ran.returncode == 1
    assert "users/sales.yaml:30:18: this is used again at line 33, which would change with it" in ran.stderr
    assert files.now() == files.before


def test_the_mode_of_a_file_stays_and_nothing_is_left_beside_it(fleet: Fleet, root: Path) -> None:
    path = root / "users" / "sales.yaml"
    path.chmod(0o640)
    assert fleet("block", RUBEN, "phone", "--yes").returncode == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {each.name for each in path.parent.iterdir()} == {"brewery.yaml", "logistics.yaml", "office", "sales.yaml"}


def test_a_saved_snapshot_stands_in_for_the_operator(fleet: Fleet, root: Path) -> None:
    fleet("snapshot", "-o", "live.json")
    edit(root / "fleet.yaml", "type: sandbox", "type: tmf\n  url: http://127.0.0.1:9\n  attempts: 1\n  #")
    trust(root)
    assert fleet("block", RUBEN, "phone", "--yes", "--live", "live.json").returncode == 0
    assert fleet("block", LIEN, "phone", "--yes").returncode == 1


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody."""
    who = ("-c", "user.name=An", "-c", "user.email=an@x.example")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(root: Path) -> Path:
    """Have the example in a repository of its own, with everything committed."""
    (root / ".gitignore").write_text(".fleet/\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "An")
    git(root, "config", "user.email", "an@x.example")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Begin")
    return root


def test_an_edit_is_committed_alone_on_a_branch_of_its_own(fleet: Fleet, repository: Path) -> None:
    (repository / "notes.txt").write_text("not of this edit")
    ran = fleet("transfer", RUBEN, "car", "--to", f"an.vandamme{AT}", "--yes", "--commit", "--branch", "car")
    assert ran.returncode == 0, ran.stderr
    assert git(repository, "branch", "--show-current") == "car\n"
    assert git(repository, "log", "-1", "--format=%s") == f"Move car from {RUBEN} to an.vandamme{AT}\n"
    named = git(repository, "show", "--name-only", "--format=").split()
    assert named == ["users/office/hr.yaml", "users/sales.yaml"]
    assert git(repository, "status", "--porcelain") == "?? notes.txt\n"
    assert fleet("block", RUBEN, "phone", "--yes", "--commit", "-m", "Block it").returncode == 0
    assert git(repository, "log", "-1", "--format=%s") == "Block it\n"


def test_a_commit_that_would_sweep_something_in_is_refused_before_writing(
    fleet: Fleet, repository: Path, files: Files
) -> None:
    block = ("block", RUBEN, "phone", "--yes", "--commit")
    assert "there is a branch 'main' already" in fleet(*block, "--branch", "main").stderr
    assert "'a..b' is no name for a branch" in fleet(*block, "--branch", "a..b").stderr
    edit(repository / "users" / "sales.yaml", "# The sales team.", "# Sales.")
    files.before = files.now()
    assert "users/sales.yaml has changes of its own" in fleet(*block).stderr
    git(repository, "add", "--all")
    assert "other changes are staged and would be swept in: users/sales.yaml" in fleet(*block, "--branch", "b").stderr
    assert files.now() == files.before
    assert git(repository, "branch", "--show-current") == "main\n"


#: Runs a command that can make no file larger than a kilobyte, as on a full disk.
SMALL = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_write_that_fails_leaves_the_branch_that_was_checked_out_and_no_other(
    fleet: Fleet, repository: Path, files: Files
) -> None:
    assert fleet("snapshot", "-o", "live.json").returncode == 0
    files.before = files.now()
    words = ("block", RUBEN, "phone", "--yes", "--commit", "--branch", "lost", "--live", "live.json")
    ran = subprocess.run(
        [sys.executable, "-c", SMALL, FLEET, *words], cwd=repository.parent, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "this cannot be written" in ran.stderr, ran.stderr
    assert git(repository, "branch", "--format=%(refname:short)") == "main\n"
    assert git(repository, "branch", "--show-current") == "main\n"
    assert files.now() == files.before
    assert fleet(*words).returncode == 0


def test_outside_a_repository_nothing_is_committed(fleet: Fleet, files: Files) -> None:
    ran = fleet("block", RUBEN, "phone", "--yes", "--commit", GIT_CEILING_DIRECTORIES="/")
    assert ran.returncode == 1
    assert "is in no git repository" in ran.stderr
    assert files.now() == files.before


def test_files_are_formatted_and_checked(fleet: Fleet, root: Path, files: Files) -> None:
    assert fleet("fmt", "--check").returncode == 0
    path = root / "users" / "sales.yaml"
    edit(path, '        number: "+32470000001"', "        number:  +32470000001")
    checked = fleet("fmt", "--check")
    assert (checked.returncode, checked.stdout) == (2, "would change: users/sales.yaml\n")
    assert fleet("fmt", "fleet-config/users/brewery.yaml").stdout == ""
    assert fleet("fmt", "users/sales.yaml").stdout == "formatted: users/sales.yaml\n"
    assert files.now() == files.before
    assert fleet("fmt", "fleet-config/fleet.yaml").returncode == 64
    edit(path, "users:", "users: [")
    ran = fleet("fmt")
    assert ran.returncode == 1
    assert "users/sales.yaml:6:9: this is no YAML" in ran.stderr


#: Runs `fleet`, and ends like a crash right after the first file of an edit is in its place.
_CRASHING = """
import os, signal, sys
from reconciler.cli.app import run
placed = []

def end_between(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith(".yaml"):
        if placed:
            os.kill(os.getpid(), signal.SIGKILL)
        placed.append(arguments[1])

sys.addaudithook(end_between)
run(sys.argv[1:])
"""


def test_a_transfer_that_is_killed_between_its_two_files_removes_nothing(fleet: Fleet, root: Path) -> None:
    words = ("transfer", RUBEN, "car", "--to", f"an.vandamme{AT}", "--yes")
    ran = subprocess.run(
        [sys.executable, "-c", _CRASHING, *words], cwd=root.parent, capture_output=True, timeout=120, check=False
    )
    assert ran.returncode == -signal.SIGKILL
    planned = fleet("plan")
    assert planned.returncode == 1
    assert "number +32470000011 is declared twice; first at users/office/hr.yaml:" in planned.stderr
    assert len(list(root.glob("users/**/.*.tmp"))) == 1
    assert fleet("fmt").returncode == 0
    assert not list(root.glob("users/**/.*.tmp"))


def test_formatting_says_where_there_are_no_users_files(fleet: Fleet, root: Path) -> None:
    for path in (root / "users").rglob("*.yaml"):
        path.unlink()
    ran = fleet("fmt")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "there are no users' files in 'fleet-config/users'; nothing was formatted" in ran.stderr
    (root / "users" / "sales.yaml").symlink_to("gone.yaml")
    ran = fleet("fmt", "--check")
    assert ran.returncode == 1
    assert "users/sales.yaml:1:1: this is a link to 'gone.yaml', which does not exist" in ran.stderr
