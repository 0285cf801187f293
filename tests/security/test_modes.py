"""Files with personal data or secrets are their owner's alone from the first byte, whatever the umask."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.applying.journal.database import Database
from reconciler.desired.cache import Cache
from reconciler.files import claim_database, claim_private, write_given, write_private
from tests.security.stranger import Tree, tree, with_exports


@pytest.fixture(params=[0o000, 0o022])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, umask: int) -> Tree:
    return tree(tmp_path, capsys, monkeypatch)


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def modes(folder: Path, *, but: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the modes of a folder and of everything in it that its owner does not have alone."""
    found = {str(each): mode(each) for each in (folder, *folder.rglob("*")) if each.name not in but}
    assert found
    return {name: each for name, each in found.items() if each not in ("600", "700")}


def old(path: Path) -> Path:
    """Have an older file lie there that everybody may read."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("old")
    path.chmod(0o644)
    return path


def key(fleet: Tree) -> Path:
    """Have somebody be an allowed signer, and return their key."""
    made = fleet.outside / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made)], check=True, timeout=30)
    allowed = fleet.root / "approvers" / "allowed_signers"
    allowed.write_text(f"els.vermeulen@brouwerij.example {made.with_suffix('.pub').read_text()}")
    return made


def test_what_a_plan_and_an_apply_leave_behind_is_private(fleet: Tree) -> None:
    plan, junit = old(fleet.top / "plan.json"), old(fleet.top / "junit.xml")
    assert fleet("plan", "-o", str(plan)).code == 0
    assert mode(plan) == "600"
    assert fleet("apply", "--auto-approve", "--allow-removals", "9", "--junit", str(junit)).code in (0, 3, 7)
    assert mode(junit) == "600"
    assert modes(fleet.root / ".fleet", but=(".gitignore",)) == {}
    assert modes(fleet.top.parent / "state") == {} if (fleet.top.parent / "state").exists() else True


def test_the_database_and_what_sqlite_puts_beside_it_are_private_while_they_are_open(
    tmp_path: Path, umask: int
) -> None:
    path = tmp_path / "state" / "journal.db"
    database = Database.open(f"sqlite:///{path}")
    with database.transaction() as connection:
        connection.exec_driver_sql("create table x (y)")
        assert {each.name for each in path.parent.iterdir()} >= {"journal.db", "journal.db-wal", "journal.db-shm"}
        assert modes(path.parent) == {}
    database.close()
    path.chmod(0o644)
    Database.open(f"sqlite:///{path}").close()
    assert mode(path) == "600"


@pytest.mark.parametrize("saved", [("snapshot",), ("quota", "request", "--reason", "x"), ("sandbox", "bill")])
def test_what_is_saved_where_the_user_says_is_private(fleet: Tree, saved: tuple[str, ...]) -> None:
    settings = fleet.root / "fleet.yaml"
    settings.write_text(settings.read_text().replace("removals: 5,", "removals: 0,").replace('"0.30"', '"0.00"'))
    month = "".join(re.findall(r"[0-9]{4}-[0-9]{2}", fleet("sandbox", "advance", "31d").out)[-1:])
    out = old(fleet.top / "out")
    said = fleet(*saved, *([month] if "bill" in saved else []), "-o", str(out))
    assert (said.code, mode(out), out.read_text() != "old") == (0, "600", True), said


def test_an_approval_is_private(fleet: Tree) -> None:
    signer = key(fleet)
    assert fleet("plan", "-o", "plan.json").code == 0
    old(fleet.top / "approval")
    said = fleet("approve", "plan.json", "--key", str(signer), "--yes", "-o", "approval")
    assert said.code == 0, said
    assert mode(fleet.top / "approval") == "600"


def test_the_folder_of_reports_and_everything_in_it_is_private(fleet: Tree) -> None:
    assert fleet("ci", "plan", "--no-publish").code in (0, 2, 3)
    assert modes(fleet.top / "fleet-ci") == {}
    for path in (fleet.top / "fleet-ci").iterdir():
        path.chmod(0o644)
    assert fleet("ci", "plan", "--no-publish").code in (0, 2, 3)
    assert modes(fleet.top / "fleet-ci") == {}


def test_checklists_are_private(fleet: Tree) -> None:
    with_exports(fleet)
    said = fleet("apply", "--auto-approve")
    assert "For whoever carries it out" in said.err, said
    assert modes(fleet.root / ".fleet", but=(".gitignore",)) == {}


def test_the_cache_of_parsed_files_is_private(tmp_path: Path, umask: int) -> None:
    cache = Cache.open(tmp_path / "cache", tmp_path / "fleet")
    cache.put("x", b"y")
    cache.save(forget=True)
    assert cache.path is not None
    assert modes(tmp_path / "cache") == {}
    cache.path.chmod(0o644)
    cache = Cache.open(tmp_path / "cache", tmp_path / "fleet")
    cache.put("z", b"y")
    cache.save(forget=True)
    assert modes(tmp_path / "cache") == {}


def test_what_a_user_writes_for_themselves_keeps_theirumask(fleet: Tree) -> None:
    assert fleet("import", "--out", "new").code == 0
    assert mode(fleet.top / "new" / "fleet.yaml") != "600"


def test_a_private_file_is_private_from_its_first_byte(tmp_path: Path, umask: int) -> None:
    """By the system's own word: the file is opened with its mode, not given it later."""
    seen = tmp_path / "seen"
    script = "import sys; from pathlib import Path; from reconciler.files import write_private as write\n"
    script += "write(Path(sys.argv[1]), b'y')"
    traced = ["strace", "-f", "-e", "trace=openat,open,chmod,fchmod", "-o", str(seen)]
    command = [*traced, sys.executable, "-c", script, str(tmp_path / "x")]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    made = [line for line in seen.read_text().splitlines() if "O_CREAT" in line and str(tmp_path) in line]
    assert made
    assert all("0600" in line for line in made)
    assert "chmod" not in "".join(line for line in seen.read_text().splitlines() if str(tmp_path) in line)


def test_a_device_that_the_user_names_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    assert Path("/dev/null").is_char_device()
    write_given(Path("/dev/null"), b"x")
    assert Path("/dev/null").is_char_device()
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_given(tmp_path / "link", b"new")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "real").read_text()) == (True, "new")


def test_a_pipe_that_the_user_names_is_written_to_if_somebody_reads_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="nobody reads from it"):
        write_given(pipe, b"new")
    with os.fdopen(os.open(pipe, os.O_RDWR), "rb", buffering=0) as reader:
        write_given(pipe, b"new")
        assert reader.read(9) == b"new"


def test_a_link_is_neither_claimed_nor_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    for act in (claim_private, lambda path: write_private(path, b"new")):
        with pytest.raises(OSError, match="not a regular file"):
            act(tmp_path / "link")
    assert (tmp_path / "real").read_text() == "old"


def test_a_database_that_is_open_keeps_its_lock_when_it_is_claimed_again(tmp_path: Path) -> None:
    """To open and close a file of SQLite's would end the locks of this process, and let another one write."""
    path = tmp_path / "journal.db"
    claim_database(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("pragma journal_mode=wal")
    holder.execute("create table x (y)")
    holder.execute("begin immediate")
    claim_database(path)
    script = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('begin immediate')"
    other = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "database is locked" in other.stderr
    holder.close()
