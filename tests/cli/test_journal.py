"""The journal lies in the user's state folder: one that comes with the files is neither believed nor passed over."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.lease import acquire
from reconciler.applying.journal.schema import metadata
from tests.cli.commands import Said, command
from tests.e2e.conftest import EXAMPLE, edit
from tests.state import journal_of

OLD = ".fleet/journal.db"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a copy of the example fleet."""
    folder = tmp_path / "fleet-config"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    return folder


class Fleet:
    """A fleet on which commands are run."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        return command(self.capsys, self.root, *arguments)

    def adopt(self, path: str | Path = OLD, *options: str) -> Said:
        """Adopt a journal."""
        from reconciler.cli.app import run

        code = run(["-C", str(self.root), "journal", "adopt", str(path), *options])
        return Said(code, *self.capsys.readouterr())

    def apply(self, *options: str) -> Said:
        """Apply what is to be done."""
        return self("apply", "--auto-approve", "--allow-removals", "3", *options)


@pytest.fixture
def fleet(root: Path, capsys: pytest.CaptureFixture[str]) -> Fleet:
    """Return the example fleet."""
    return Fleet(root, capsys)


@pytest.fixture
def old(fleet: Fleet) -> Path:
    """Return a journal in the fleet's folder, as an earlier version left it: its run ordered some and failed at one."""
    orders = "POST /tmf-api/productOrderingManagement/v4/productOrder"
    assert fleet("plan").code == 0
    code = _grouped(fleet, "sandbox", "fault", "fails", "--match", orders).code
    assert code == 0
    assert fleet.apply().code == 6
    old = fleet.root / OLD
    shutil.move(journal_of(fleet.root), old)
    shutil.rmtree(os.environ["FLEET_STATE_DIR"])
    return old


def _grouped(fleet: Fleet, *arguments: str) -> Said:
    from reconciler.cli.app import run

    code = run(["-C", str(fleet.root), *arguments])
    return Said(code, *fleet.capsys.readouterr())


def test_the_journal_is_in_the_state_folder_and_the_apply_says_whose_it_is(fleet: Fleet) -> None:
    done = fleet.apply()
    assert done.code == 0, done.err
    [journal] = Path(os.environ["FLEET_STATE_DIR"]).rglob("journal.db")
    assert journal == journal_of(fleet.root)
    assert journal.parent.name.startswith("brouwerij-demo-sandbox-")
    assert journal.parent.stat().st_mode & 0o777 == 0o700
    assert not list(fleet.root.rglob("journal.db"))
    assert "the journal of this apply is on this machine only" in done.err


def test_two_copies_of_the_example_do_not_share_one(fleet: Fleet, tmp_path: Path) -> None:
    fleet.apply()
    copy = tmp_path / "copy"
    shutil.copytree(fleet.root, copy)
    assert command(fleet.capsys, copy, "history").out.count("\n") <= 1
    assert journal_of(copy) != journal_of(fleet.root)


@pytest.mark.parametrize(
    "arguments",
    [["apply", "--auto-approve"], ["apply", "--resume"], ["apply", "--no-input"], ["cancel", "--yes"], ["ci", "apply"]],
)
def test_nothing_is_ordered_while_a_journal_lies_in_the_folder(
    arguments: list[str], fleet: Fleet, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fleet.root.parent)
    assert fleet("plan", "-o", "plan.json").code == 0
    before = old.read_bytes()
    more = ["--plan", "plan.json"] if arguments[0] == "ci" else []
    done = _grouped(fleet, *arguments, *more)
    assert done.code == 1, done
    assert "nothing is ordered while a journal lies in the fleet's folder" in done.err
    assert f"fleet journal adopt {OLD}" in done.err
    assert old.read_bytes() == before
    assert not list(Path(os.environ["FLEET_STATE_DIR"]).rglob("journal.db"))


@pytest.mark.parametrize("name", ["own.db", ".fleet/runs", "state/deep/j.sqlite"])
def test_one_that_an_earlier_journal_path_named_is_found_too(name: str, fleet: Fleet, old: Path) -> None:
    to = fleet.root / name
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(old, to)
    done = fleet.apply()
    assert done.code == 1
    assert f"fleet journal adopt {name}" in done.err
    assert fleet.adopt(name, "--yes").code == 0
    assert fleet.apply().code == 0


def test_one_brought_by_a_branch_approves_nothing(fleet: Fleet, old: Path) -> None:
    key = fleet.root.parent / "boss"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signer = key.with_suffix(".pub").read_text(encoding="utf-8")
    (fleet.root / "approvers/allowed_signers").write_text(f"boss@brouwerij.example {signer}", encoding="utf-8")
    edit(fleet.root / "fleet.yaml", "required: 0", "required: 1")
    assert fleet("apply", "--resume").code == 1
    old.unlink()
    done = fleet("apply", "--resume")
    assert done.code == 4
    assert "there is no run to go on with" in done.err


class TestAdopt:
    """`fleet journal adopt`."""

    def test_it_shows_the_runs_takes_them_over_and_voids_what_was_approved(self, fleet: Fleet, old: Path) -> None:
        asked = fleet.adopt(OLD, "--no-input")
        assert asked.code == 4
        assert "unfinished, its approvals will be voided" in asked.out
        assert old.exists()
        assert not list(Path(os.environ["FLEET_STATE_DIR"]).rglob("journal.db"))
        done = fleet.adopt(OLD, "--yes")
        assert done.code == 0, done.err
        assert not old.exists()
        assert old.with_name("journal.db.adopted").exists()
        [run] = json.loads(fleet("history", "--format", "json").out)
        assert [each["kind"] for each in run["approvals"]] == ["void"]
        resumed = fleet("apply", "--resume")
        assert resumed.code == 1
        assert "its approvals were voided when its journal was adopted" in resumed.err
        assert fleet.apply().code == 0, "a new plan is the way on"

    def test_orders_on_their_way_are_known_afterwards(self, fleet: Fleet, old: Path) -> None:
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute("update orders set state = 'accepted' where number = 1")
        assert fleet.adopt(OLD, "--yes").code == 0
        with closing(sqlite3.connect(journal_of(fleet.root))) as connection:
            assert connection.execute("select state from orders where number = 1").fetchone() == ("accepted",)

    def test_spent_approvals_stay_spent_and_a_second_journal_is_added(self, fleet: Fleet, old: Path) -> None:
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute("insert into spent_approvals values ('abc', 'a-run', '2026-01-01')")
        assert fleet.adopt(OLD, "--yes").code == 0
        shutil.copy(old.with_name("journal.db.adopted"), old)
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute("insert into spent_approvals values ('def', 'a-run', '2026-01-01')")
        again = fleet.adopt(OLD, "--yes")
        assert again.code == 0, again.err
        assert "Adopted 0 runs" in again.err
        with closing(sqlite3.connect(journal_of(fleet.root))) as connection:
            assert connection.execute("select approval from spent_approvals").fetchall() == [("abc",), ("def",)]
            assert connection.execute("select count(*) from runs").fetchone() == (1,)

    @pytest.mark.parametrize("how", ["tracked", "tracked once", "on another branch", "in another case"])
    def test_one_that_git_tracks_or_ever_tracked_is_refused(self, how: str, fleet: Fleet, old: Path) -> None:
        top = fleet.root.parent

        def git(*words: str) -> None:
            identity = ("-c", "user.name=A", "-c", "user.email=a@b.example")
            subprocess.run(["git", "-C", str(top), *identity, *words], check=True, capture_output=True)

        git("init", "-q", "-b", "main")
        git("commit", "-q", "--allow-empty", "-m", "Begin")
        if how == "on another branch":
            git("checkout", "-q", "-b", "other")
        if how == "in another case":
            blob = subprocess.run(
                ["git", "-C", str(top), "hash-object", "-w", str(old)], check=True, capture_output=True, text=True
            ).stdout.strip()
            git("update-index", "--add", "--cacheinfo", f"100644,{blob},fleet-config/.FLEET/Journal.DB")
            git("commit", "-q", "-m", "Bring a journal")
        else:
            git("add", "-f", str(old))
            git("commit", "-q", "-m", "Bring a journal")
        kept = old.read_bytes()
        if how in ("tracked once", "on another branch"):
            git("rm", "-q", "--cached", str(old))
            git("commit", "-q", "-m", "Take it out")
        if how == "on another branch":
            git("checkout", "-q", "main")
            old.write_bytes(kept)
        done = fleet.adopt(OLD, "--yes")
        assert done.code == 1, done
        assert "git tracks it, or did so once" in done.err
        assert old.read_bytes() == kept

    def test_an_untracked_one_in_a_repository_is_adopted(self, fleet: Fleet, old: Path) -> None:
        for words in (["init", "-q"], ["add", "."]):
            subprocess.run(["git", "-C", str(fleet.root), *words], check=True)
        assert fleet.adopt(OLD, "--yes").code == 0

    def test_a_clone_that_lacks_commits_cannot_tell(self, fleet: Fleet, old: Path) -> None:
        subprocess.run(["git", "-C", str(fleet.root), "init", "-q"], check=True)
        identity = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
        subprocess.run(
            ["git", "-C", str(fleet.root), *identity, "commit", "-q", "--allow-empty", "-m", "x"], check=True
        )
        head = subprocess.run(["git", "-C", str(fleet.root), "rev-parse", "HEAD"], check=True, capture_output=True)
        (fleet.root / ".git" / "shallow").write_bytes(head.stdout)
        done = fleet.adopt(OLD, "--yes")
        assert done.code == 1
        assert "has not all of its commits" in done.err

    @pytest.mark.parametrize("kind", ["link", "linked folder's", "fifo", "folder", "nothing", "another user's"])
    def test_what_is_no_file_of_one_s_own_is_refused(self, kind: str, fleet: Fleet, old: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere.db"
        if kind == "another user's":
            if os.geteuid() != 0:
                pytest.skip("only root can give a file away")
            os.chown(old, 12345, 12345)
        elif kind != "linked folder's":
            shutil.move(old, elsewhere)
        if kind == "link":
            old.symlink_to(elsewhere)
        elif kind == "fifo":
            os.mkfifo(old)
        elif kind == "folder":
            old.mkdir()
        elif kind == "linked folder's":
            shutil.move(fleet.root / ".fleet", tmp_path / "away")
            (fleet.root / ".fleet").symlink_to(tmp_path / "away")
            assert fleet.adopt(OLD, "--yes").code == 0, "the file itself is the user's own"
            return
        done = fleet.adopt(OLD, "--yes")
        assert done.code == 1, done
        assert "Traceback" not in done.err
        assert not list(Path(os.environ["FLEET_STATE_DIR"]).rglob("journal.db"))

    @pytest.mark.parametrize(
        "statement",
        [
            "drop table spent_approvals",
            "alter table runs drop column digest",
            "update runs set approvals = '{'",
            "update runs set approvals = '[' || replace(hex(zeroblob(50000)), '00', '[')",
            "update runs set started = x'00'",
            "update actions set position = 'first'",
        ],
    )
    def test_what_is_no_journal_is_refused_and_left_where_it_is(self, statement: str, fleet: Fleet, old: Path) -> None:
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute(statement)
        done = fleet.adopt(OLD, "--yes")
        assert done.code == 1, done
        assert "is not a journal" in done.err
        assert old.exists()

    def test_a_file_of_anything_else_is_refused(self, fleet: Fleet, old: Path) -> None:
        old.write_bytes(b"no database at all" * 400)
        assert "is not a journal that can be read" in fleet.adopt(OLD, "--yes").err
        shutil.copy(fleet.root / ".fleet/sandbox.db", old)
        assert "is not a journal" in fleet.adopt(OLD, "--yes").err

    def test_what_acts_by_itself_in_it_does_not_come_along(self, fleet: Fleet, old: Path) -> None:
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute("create trigger t after insert on runs begin delete from spent_approvals; end")
        assert fleet.adopt(OLD, "--yes").code == 0
        with closing(sqlite3.connect(journal_of(fleet.root))) as connection:
            tables = {name for (name,) in connection.execute("select name from sqlite_master where type != 'index'")}
        assert tables == {*metadata.tables, "alembic_version"}

    def test_one_that_a_run_still_writes_to_waits(self, fleet: Fleet, old: Path) -> None:
        database = Database.open(f"sqlite:///{old}")
        held, _ = acquire(database, "brouwerij-demo", run_id="busy", who="an", place="here", seconds=60)
        done = fleet.adopt(OLD, "--yes")
        assert done.code == 1
        assert "run busy still writes to" in done.err
        held.release()
        database.close()
        assert fleet.adopt(OLD, "--yes").code == 0

    def test_the_journal_itself_is_not_adopted(self, fleet: Fleet) -> None:
        fleet.apply()
        done = fleet.adopt(journal_of(fleet.root), "--yes")
        assert done.code == 1
        assert "is the journal of this fleet already" in done.err


class TestPath:
    """`journal.path`."""

    def test_it_may_name_a_file_elsewhere(self, fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> None:
        path = tmp_path_factory.mktemp("journals") / "own.db"
        self._name(fleet, str(path))
        assert fleet.apply().code == 0
        assert path.exists()

    def test_it_may_begin_at_home(self, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "home").mkdir()
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        self._name(fleet, "~/own.db")
        assert fleet.apply().code == 0
        assert (tmp_path / "home/own.db").exists()

    @pytest.mark.parametrize("path", ["journal.db", ".fleet/other.db", "../other.db", "./x", "file.db"])
    def test_one_in_the_folder_is_refused_with_its_place(self, path: str, fleet: Fleet) -> None:
        self._name(fleet, path)
        done = fleet("validate")
        assert done.code == 1
        assert "the journal no longer lies in the fleet's folder" in done.err
        assert f"fleet journal adopt {path}" in done.err
        assert "fleet.yaml:" in done.err

    @pytest.mark.parametrize("way", ["absolute", "by a link", "in the repository"])
    def test_one_that_ends_there_is_refused_too(self, way: str, fleet: Fleet, tmp_path: Path) -> None:
        path = fleet.root / "own.db"
        if way == "by a link":
            (tmp_path / "way").symlink_to(fleet.root)
            path = tmp_path / "way" / "own.db"
        elif way == "in the repository":
            (fleet.root.parent / ".git").mkdir()
            path = fleet.root.parent / "own.db"
        self._name(fleet, str(path))
        done = fleet.apply()
        assert done.code == 64, done
        assert "where a branch could fill it" in done.err
        assert not path.exists()

    def test_a_link_or_another_kind_of_file_is_refused(
        self, fleet: Fleet, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("journals")
        (folder / "link.db").symlink_to(folder / "real.db")
        os.mkfifo(folder / "fifo.db")
        settings = (fleet.root / "fleet.yaml").read_text()
        for name in ("link.db", "fifo.db"):
            (fleet.root / "fleet.yaml").write_text(settings)
            self._name(fleet, str(folder / name))
            assert fleet("trust", "--origin", "sandbox").code == 0
            done = fleet.apply()
            assert done.code == 1
            assert "is not used: it is" in done.err
        assert not (folder / "real.db").exists()

    def test_naming_another_one_is_another_connection(
        self, fleet: Fleet, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        fleet.apply()
        path = tmp_path_factory.mktemp("journals") / "own.db"
        self._name(fleet, str(path))
        done = fleet.apply()
        assert done.code == 4
        assert "journal.path: not set ->" in done.err
        assert not path.exists()

    @staticmethod
    def _name(fleet: Fleet, path: str) -> None:
        text = (fleet.root / "fleet.yaml").read_text(encoding="utf-8")
        (fleet.root / "fleet.yaml").write_text(f"{text}\njournal: {{path: '{path}'}}\n", encoding="utf-8")


def test_a_state_folder_that_cannot_be_written_is_told_before_anything_is_ordered(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fleet("plan").code == 0
    (tmp_path / "home").touch()
    monkeypatch.delenv("FLEET_STATE_DIR")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    done = fleet.apply()
    assert done.code == 1
    assert "the state folder" in done.err
    assert "Set FLEET_STATE_DIR" in done.err
    assert done.out == ""
    assert fleet("plan").code == 0, "to look needs no state"
