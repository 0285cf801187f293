"""The journal is read where nothing can be written, and one of a later version says which version is needed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from reconciler.applying.journal.database import HEAD, Database
from reconciler.errors import JournalError
from tests.bounds.shell import in_shell, prepared
from tests.e2e.conftest import FLEET
from tests.state import journal_of


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a fleet of which something was applied."""
    folder = prepared(tmp_path_factory.mktemp("history"))
    ran = in_shell(f"{FLEET} apply --auto-approve --allow-removals 3", folder)
    assert ran.returncode == 0, ran.stderr
    shutil.copytree(journal_of(folder / "fleet-config").parent, folder / "kept")
    return folder


@pytest.fixture
def folder(applied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of it, with a state folder in it that holds its journal."""
    copy = tmp_path / "copy"
    shutil.copytree(applied, copy)
    monkeypatch.setenv("FLEET_STATE_DIR", str(copy / "state"))
    (copy / "state").mkdir(mode=0o700)
    shutil.move(copy / "kept", journal_of(copy / "fleet-config").parent)
    return copy


def on_a_read_only_disk(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command where nothing of a folder can be written: root sees no permissions, and is given a mount."""
    if os.geteuid() == 0:
        mount = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"
        return in_shell(f"unshare -m sh -c '{mount} && cd {folder} && ! touch x 2> /dev/null && {command}'", folder)
    with _without_permissions(folder):
        return in_shell(command, folder)


@contextmanager
def _without_permissions(folder: Path) -> Iterator[None]:
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("command", ["history", "history --format json"])
def test_history_is_read_from_a_read_only_disk(command: str, folder: Path) -> None:
    expected = in_shell(f"{FLEET} {command}", folder).stdout
    ran = on_a_read_only_disk(f"{FLEET} {command}", folder)
    assert (ran.returncode, ran.stdout) == (0, expected), ran.stderr
    run = json.loads(in_shell(f"{FLEET} history --format json", folder).stdout)[0]["id"]
    ran = on_a_read_only_disk(f"{FLEET} history {run}", folder)
    assert (ran.returncode, run in ran.stdout) == (0, True), ran.stderr
    ran = on_a_read_only_disk(f"{FLEET} unlock", folder)
    assert (ran.returncode, "Nobody holds the lease" in ran.stderr) == (0, True), ran.stderr


def test_what_is_only_in_the_log_of_a_read_only_disk_is_read_too(folder: Path, tmp_path: Path) -> None:
    """A run that was killed leaves its last records in the log beside the journal."""
    journal = journal_of(folder / "fleet-config")
    with closing(sqlite3.connect(journal)) as driver:
        driver.execute("pragma journal_mode=wal")
        driver.execute("update runs set who = 'only.in@the.log'")
        driver.commit()
        kept = {name: (journal.parent / name).read_bytes() for name in ("journal.db", "journal.db-wal")}
    for name, content in kept.items():
        (journal.parent / name).write_bytes(content)
    assert kept["journal.db-wal"]
    (journal.parent / "journal.db-shm").unlink(missing_ok=True)
    ran = on_a_read_only_disk(f"{FLEET} history", folder)
    assert (ran.returncode, "only.in@the.log" in ran.stdout) == (0, True), ran.stderr


def test_an_apply_on_a_read_only_disk_is_refused_before_anything_is_ordered(folder: Path) -> None:
    ran = on_a_read_only_disk(f"{FLEET} apply --auto-approve", folder)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "problem of its own" not in ran.stderr


def test_where_nothing_was_applied_history_makes_nothing(tmp_path: Path) -> None:
    prepared(tmp_path)
    ran = in_shell(f"{FLEET} history --format json", tmp_path)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, [])
    assert not journal_of(tmp_path / "fleet-config").exists()


def test_a_journal_of_a_later_version_names_the_version_that_is_needed(folder: Path) -> None:
    with closing(sqlite3.connect(journal_of(folder / "fleet-config"))) as driver:
        driver.execute("update alembic_version set version_num = '0042'")
        driver.execute("update runs set tool_version = '7.3.1'")
        driver.commit()
    for command in ("history", "history no-such-run", "unlock", "apply --auto-approve --allow-removals 3"):
        ran = in_shell(f"{FLEET} {command}", folder)
        assert ran.returncode == 1
        assert "was written by fleet 7.3.1, in format 0042; this is fleet " in ran.stderr
        assert f"which knows formats up to {HEAD}" in ran.stderr
        assert "Install fleet 7.3.1 or later, and run again." in ran.stderr


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 2000])
def test_a_file_that_is_no_journal_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    for opened in (Database.open, Database.reading):
        with pytest.raises(JournalError, match=f"the journal {path} cannot be"):
            opened(f"sqlite:///{path}")


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    for opened in (Database.open, Database.reading):
        with pytest.raises(JournalError, match=f"the journal {tmp_path} cannot be"):
            opened(f"sqlite:///{tmp_path}")


def test_an_empty_journal_has_no_runs(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    database = Database.reading(f"sqlite:///{tmp_path / 'journal.db'}")
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from runs").scalar_one() == 0
    database.close()
