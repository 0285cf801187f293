"""A secret in a file: for its owner alone from the first moment, over nothing and through nothing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import FleetError
from reconciler.usecases.secret_file import write_secret

SECRET = b"LPA:1$sandbox.example$X"


@pytest.fixture(autouse=True)
def _careless() -> Iterator[None]:
    """Let new files be for everybody, as far as the system is concerned."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "code.txt"
    write_secret(path, SECRET, overwrite=False)
    assert (path.read_bytes(), mode(path)) == (SECRET, 0o600)
    assert os.listdir(tmp_path) == ["code.txt"]


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "code.txt"
    path.write_text("mine")
    with pytest.raises(FleetError, match=r"code\.txt is there already"):
        write_secret(path, SECRET, overwrite=False)
    assert path.read_text() == "mine"


def test_a_file_that_may_be_replaced_is_not_written_into(tmp_path: Path) -> None:
    path, other = tmp_path / "code.txt", tmp_path / "other.txt"
    path.write_text("mine")
    path.chmod(0o644)
    other.hardlink_to(path)
    with path.open() as reader:
        write_secret(path, SECRET, overwrite=True)
        assert reader.read() == "mine"
    assert (path.read_bytes(), mode(path)) == (SECRET, 0o600)
    assert other.read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["code.txt", "other.txt"]


def test_a_file_that_need_not_be_there_is_made(tmp_path: Path) -> None:
    write_secret(tmp_path / "code.txt", SECRET, overwrite=True)
    assert mode(tmp_path / "code.txt") == 0o600


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["a link", "a link to nothing", "a folder", "a pipe"])
def test_nothing_is_written_through_what_is_no_plain_file(kind: str, overwrite: bool, tmp_path: Path) -> None:
    path, target = tmp_path / "code.txt", tmp_path / "target"
    match kind:
        case "a link":
            target.write_text("mine")
            path.symlink_to(target)
        case "a link to nothing":
            path.symlink_to(target)
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
    with pytest.raises(FleetError, match="is no plain file"):
        write_secret(path, SECRET, overwrite=overwrite)
    assert not target.exists() or target.read_text() == "mine"


WATCH = """
import sys
from pathlib import Path
from reconciler.usecases.secret_file import write_secret

def hook(event, arguments):
    if event == "open" and str(arguments[0]).startswith(sys.argv[1]):
        print("open", arguments[0], arguments[2])
    if event == "os.chmod":
        print("chmod")

sys.addaudithook(hook)
write_secret(Path(sys.argv[1]) / "code.txt", b"x", overwrite=sys.argv[2] == "True")
"""


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_file_is_made_exclusively_and_never_given_another_mode(overwrite: bool, tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("mine") if overwrite else None
    command = [sys.executable, "-c", WATCH, str(tmp_path), str(overwrite)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    [line] = ran.stdout.splitlines()
    word, _, flags = line.split(" ")
    assert word == "open"
    wanted = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    assert int(flags) & wanted == wanted


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_cannot_be_written_whole_is_not_left_behind(overwrite: bool, tmp_path: Path) -> None:
    path = tmp_path / "code.txt"
    with pytest.raises(TypeError):
        write_secret(path, "text, which a binary file refuses", overwrite=overwrite)  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []
