"""Links out of the fleet's folder, pipes and devices in it: nothing outside is read or written, or waited for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.stranger import Tree, tree, with_exports

KEY = "\n".join(
    f"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt{number:02}" for number in range(9)
)
HALF = KEY[10:50]
PLAN = ("plan",)
EVERY = (PLAN, ("validate",), ("ci", "plan", "--no-publish"), ("fmt", "--check"), ("users",), ("quota",))
#: Root reads everything, unless it gives that right up.
AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
#: What is asked while a test's patience ends: nothing waits for a pipe.
SECONDS = 60


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    def late(*_: object) -> None:
        raise AssertionError("it waited for something that never comes")

    handler = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, handler)


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = tree(tmp_path, capsys, monkeypatch)
    (made.outside / "idkey").write_text(KEY)
    (made.outside / "users.yaml").write_text((made.root / "users" / "sales.yaml").read_text())
    (made.outside / "folder").mkdir()
    (made.outside / "folder" / "plan.json").write_text("mine")
    return made


def require_untouched(fleet: Tree, before: object, *commands: tuple[str, ...]) -> None:
    """Run commands, each of which is refused with the place, and look at what lies outside."""
    for command in commands:
        said = fleet(*command)
        assert said.code not in (0, 2), (command, said)
        assert "problem of its own" not in said.text, (command, said)
        assert HALF not in said.text, (command, said)
        for file in Path("fleet-ci").rglob("*") if Path("fleet-ci").is_dir() else ():
            assert HALF not in file.read_text(), (command, file)
    assert fleet.seen_outside() == before


@pytest.mark.parametrize("target", ["../../../outside/idkey", "../../../outside/users.yaml", "absolute"])
def test_a_users_file_that_is_a_link_out_is_refused_with_its_place(fleet: Tree, target: str) -> None:
    fleet.link("users/z.yaml", fleet.outside / "idkey" if target == "absolute" else target)
    before = fleet.seen_outside()
    require_untouched(fleet, before, *EVERY)
    said = fleet("plan")
    assert "users/z.yaml:1:1: this cannot be read: it leads out of the folder 'fleet-config'" in said.err


def test_a_chain_of_links_and_one_through_a_folder_are_refused(fleet: Tree) -> None:
    fleet.link("one.yaml", "two.yaml")
    fleet.link("two.yaml", "../../outside/idkey")
    fleet.link("users/z.yaml", "../one.yaml")
    fleet.link("users/office", fleet.outside)
    require_untouched(fleet, fleet.seen_outside(), PLAN)
    said = fleet("plan").err
    assert "users/z.yaml:1:1: this cannot be read: it leads out" in said
    assert "users/office:1:1: this is a link to a folder, which is not followed" in said


def test_the_folder_of_users_files_is_no_way_out(fleet: Tree) -> None:
    fleet.link("users", fleet.outside)
    require_untouched(fleet, fleet.seen_outside(), *EVERY)
    assert "users:1:1: this cannot be listed: it leads out of the folder" in fleet("plan").err


def test_a_link_that_stays_within_the_folder_is_read_as_the_file_it_means(fleet: Tree) -> None:
    (fleet.root / "users" / "sales.yaml").rename(fleet.root / "sales.yaml")
    fleet.link("users/sales.yaml", "../sales.yaml")
    assert fleet("plan").code == 0


@pytest.mark.parametrize("name", ["fleet.yaml", "approvers/allowed_signers"])
def test_what_stands_beside_the_users_files_is_no_way_out(fleet: Tree, name: str) -> None:
    settings = fleet.root / "fleet.yaml"
    settings.write_text(settings.read_text().replace("required: 0 ", "required: 1 "))
    (fleet.outside / "copy").write_text((fleet.root / name).read_text())
    fleet.link(name, fleet.outside / "copy")
    require_untouched(fleet, fleet.seen_outside(), PLAN, ("validate",))
    assert "it leads out of the folder" in fleet("plan").err


@pytest.mark.parametrize("name", ["catalogue.yaml", "steps.yaml", "en", "en/services.csv"])
def test_what_the_file_provider_reads_is_no_way_out(fleet: Tree, name: str) -> None:
    with_exports(fleet)
    settings = fleet.root / "fleet.yaml"
    found = sorted((fleet.root / "en").iterdir())
    if name == "en/services.csv":
        name = next(f"en/{each.name}" for each in found if "service" in each.name)
    if name == "steps.yaml":
        settings.write_text(
            settings.read_text().replace("  type: file", "  type: file\n  checklist: {template: steps.yaml}")
        )
        (fleet.outside / "steps.yaml").write_text(KEY)
    else:
        os.rename(fleet.root / name, fleet.outside / Path(name).name)
    fleet.link(name, fleet.outside / Path(name).name)
    require_untouched(fleet, fleet.seen_outside(), PLAN)
    assert "it leads out of the folder" in fleet("plan").err


@pytest.mark.parametrize("path", ["/tmp/elsewhere.db", "../elsewhere.db", "sub/../../elsewhere.db"])
def test_the_file_of_the_sandbox_lies_within_the_folder(fleet: Tree, path: str) -> None:
    settings = fleet.root / "fleet.yaml"
    settings.write_text(settings.read_text().replace("type: sandbox", f"type: sandbox\n  path: {path}"))
    require_untouched(fleet, fleet.seen_outside(), PLAN, ("sandbox", "reset"))
    assert "path: expected a file within the fleet's folder" in fleet("plan").err


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_the_files_that_sqlite_puts_beside_the_sandbox_are_no_way_out(fleet: Tree, suffix: str) -> None:
    fleet.link(f".fleet/sandbox.db{suffix}", fleet.outside / "idkey")
    require_untouched(fleet, fleet.seen_outside(), PLAN)
    fleet.link(f".fleet/sandbox.db{suffix}", fleet.outside / "new")
    require_untouched(fleet, fleet.seen_outside(), PLAN)


@pytest.mark.parametrize("target", ["../../outside/folder", "../.git"])
def test_our_own_folder_is_no_way_out(fleet: Tree, target: str) -> None:
    fleet.link(".fleet", target)
    before = fleet.seen_outside(), sorted((fleet.top / ".git").rglob("*"))
    said = fleet("plan")
    assert said.code == 1, said
    assert "it leads " in said.err
    assert before == (fleet.seen_outside(), sorted((fleet.top / ".git").rglob("*")))


@pytest.mark.parametrize("target", ["../outside/folder", ".git"])
def test_the_folder_of_reports_is_no_way_out(fleet: Tree, target: str) -> None:
    Path("fleet-ci").symlink_to(target)
    before = fleet.seen_outside(), sorted((fleet.top / ".git").rglob("*"))
    said = fleet("ci", "plan", "--no-publish")
    assert said.code == 1, said
    assert "it leads " in said.err
    assert before == (fleet.seen_outside(), sorted((fleet.top / ".git").rglob("*")))


def test_a_report_that_is_a_link_is_not_written_through(fleet: Tree) -> None:
    Path("fleet-ci").mkdir()
    Path("fleet-ci/plan.json").symlink_to("../../outside/folder/plan.json")
    before = fleet.seen_outside()
    said = fleet("ci", "plan", "--no-publish")
    assert (said.code, fleet.seen_outside()) == (1, before)
    assert "it is not a regular file" in said.err


def test_a_checklist_is_not_written_through_a_link(fleet: Tree) -> None:
    with_exports(fleet)
    fleet.link(".fleet/checklists", fleet.outside / "folder")
    before = fleet.seen_outside()
    fleet("apply", "--auto-approve")
    said = fleet("checklist")
    assert "problem of its own" not in said.text
    assert fleet.seen_outside() == before


def test_the_fleets_folder_itself_may_not_lead_out_of_its_work_tree(fleet: Tree) -> None:
    fleet.root.rename(fleet.outside / "fleet-config")
    Path("fleet-config").symlink_to("../outside/fleet-config")
    subprocess.run(["git", "add", "fleet-config"], check=True, timeout=30)  # a user's own link is not in a commit
    require_untouched(fleet, fleet.seen_outside(), *EVERY, ("sandbox", "reset"), ("init", "--organisation", "x"))
    assert "fleet-config' is a link of the repository that leads out of it" in fleet("plan").err


def test_the_fleets_folder_may_be_a_link_that_stays_in_the_work_tree_and_the_work_tree_behind_one(fleet: Tree) -> None:
    (fleet.top / "real").mkdir()
    fleet.root.rename(fleet.top / "real" / "fleet")
    Path("fleet-config").symlink_to("real/fleet")
    assert fleet("plan").code == 0
    (fleet.outside / "mine").symlink_to(fleet.top)
    assert fleet("-C", str(fleet.outside / "mine" / "fleet-config"), "plan").code == 0


def test_init_writes_nothing_through_links(fleet: Tree) -> None:
    Path(".github").symlink_to("../outside/folder")
    require_untouched(fleet, fleet.seen_outside(), ("init", "--organisation", "x", "--ci", "github"))
    Path(".github").unlink()
    Path(".gitlab-ci.yml").symlink_to("../outside/idkey")
    before = fleet.seen_outside()
    said = fleet("init", "--organisation", "x", "--ci", "gitlab")
    assert HALF not in said.text
    assert fleet.seen_outside() == before


def test_import_writes_nothing_through_links(fleet: Tree) -> None:
    assert fleet("sandbox", "reset").code == 0
    Path("new").mkdir()
    Path("new/users").symlink_to("../../outside/folder")
    require_untouched(fleet, fleet.seen_outside(), ("import", "--out", "new"))
    Path("new/users").unlink()
    Path("new/schemas").symlink_to("../../outside/folder")
    require_untouched(fleet, fleet.seen_outside(), ("import", "--out", "new"))


@pytest.mark.parametrize("name", ["users/z.yaml", "fleet.yaml"])
def test_an_edit_writes_nothing_through_links(fleet: Tree, name: str) -> None:
    (fleet.outside / "x.yaml").write_text((fleet.root / "users/sales.yaml").read_text())
    fleet.link(name, fleet.outside / "x.yaml")
    require_untouched(
        fleet,
        fleet.seen_outside(),
        ("leave", "lien.aerts@brouwerij.example", "--yes"),
        *((("fmt",), ("fmt", "fleet-config/users/z.yaml")) if name != "fleet.yaml" else ()),
    )


def test_a_linked_file_of_the_folder_is_edited_where_it_is(fleet: Tree) -> None:
    (fleet.root / "users" / "sales.yaml").rename(fleet.root / "sales.yaml")
    fleet.link("users/sales.yaml", "../sales.yaml")
    assert fleet("leave", "lien.aerts@brouwerij.example", "--yes").code == 0
    assert (fleet.root / "users" / "sales.yaml").is_symlink()


def put_in_place(path: Path, kind: str) -> None:
    """Have something lie there that is no regular file."""
    path.unlink(missing_ok=True)
    match kind:
        case "a pipe":
            os.mkfifo(path)
        case "a socket":
            with socket.socket(socket.AF_UNIX) as made:
                os.chdir(path.parent)
                made.bind(path.name)
        case "a device":
            path.symlink_to("/dev/zero")
        case "a folder":
            path.mkdir()
        case "a loop":
            path.symlink_to(path.name)


KINDS = ("a pipe", "a socket", "a device", "a folder", "a loop")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["users/z.yaml", "fleet.yaml", "approvers/allowed_signers"])
def test_what_is_no_regular_file_is_refused_with_its_place_and_not_waited_for(
    fleet: Tree, name: str, kind: str
) -> None:
    settings = fleet.root / "fleet.yaml"
    settings.write_text(settings.read_text().replace("required: 0 ", "required: 1 "))
    put_in_place(fleet.root / name, kind)
    os.chdir(fleet.top)
    for command in EVERY:
        if command[0] == "fmt" and not name.startswith("users"):
            continue  # which reads no other file
        said = fleet(*command)
        assert said.code == 1, said
        assert "problem of its own" not in said.text
    assert f"{'users/z.yaml' if name.startswith('users') else 'fleet.yaml'}:" in fleet("plan").err


@pytest.mark.parametrize("kind", KINDS)
def test_no_path_of_the_command_line_is_waited_for(fleet: Tree, kind: str) -> None:
    path = fleet.outside / "given"
    put_in_place(path, kind)
    os.chdir(fleet.top)
    given = str(path)
    for command in (
        ("show", given),
        ("apply", given),
        ("plan", "--live", given),
        ("bill", "check", given),
        ("bill", "check", given, "--live", given),
        ("edit", "--from", given),
        ("approve", given, "--key", given),
        ("ci", "apply", "--plan", given),
    ):
        said = fleet(*command)
        assert said.code not in (0, 2), (command, said)
        assert "problem of its own" not in said.text, (command, said)


def test_a_path_of_the_command_line_may_be_a_link(fleet: Tree) -> None:
    assert fleet("plan", "-o", str(fleet.outside / "plan.json")).code == 0
    (fleet.outside / "linked").symlink_to("plan.json")
    assert fleet("show", str(fleet.outside / "linked")).code == 0
    assert fleet("plan", "-o", str(fleet.outside / "linked")).code == 0
    assert (fleet.outside / "linked").is_symlink()


def test_a_users_file_of_more_than_64_mib_is_refused(fleet: Tree) -> None:
    with (fleet.root / "users" / "z.yaml").open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    assert "users/z.yaml:1:1: this cannot be read: it has more than 64 MiB" in fleet("plan").err


def test_a_folder_that_cannot_be_listed_is_a_problem(fleet: Tree) -> None:
    (fleet.root / "users" / "office").chmod(0)
    command = [*AS_ANYBODY, sys.executable, "-m", "reconciler", "validate", "-C", str(fleet.root)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    (fleet.root / "users" / "office").chmod(0o700)
    assert "users/office:1:1: this cannot be listed" in said.stderr


def test_a_name_that_is_no_text_is_refused(fleet: Tree) -> None:
    os.rename(fleet.root / "users" / "sales.yaml", os.fsencode(fleet.root / "users") + b"/s\xffles.yaml")
    said = fleet("plan")
    assert said.code == 1
    assert "users/s\\xffles.yaml:1:1: the name of this file is not UTF-8" in said.err


def test_no_process_of_a_read_touches_a_file_outside(fleet: Tree) -> None:
    """What the list of refusals cannot show: the system's own word that the key was never opened."""
    for name in ("users/z.yaml", ".fleet/sandbox.db-wal", "live.json"):
        fleet.link(name, fleet.outside / "idkey")
    seen = fleet.outside.parent / "seen"
    command = [str(Path(sys.executable).parent / "fleet"), "plan"]
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=openat,open,rename,unlink", "-o", str(seen), *command],
        cwd=fleet.top,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert "fleet.yaml" in seen.read_text()
    assert "outside" not in seen.read_text()
