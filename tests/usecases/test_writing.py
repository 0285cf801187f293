"""Files are written all at once, or every one of them is as it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.desired.edit import AddUser, RemoveServices
from reconciler.errors import EditRefused, InvalidInput
from reconciler.usecases.writing import Rewritten, Workspace, write


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below `root`."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_several_files_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"1\r\n")
    write(tmp_path, [Rewritten("a.yaml", b"1\r\n", b"2\r\n"), Rewritten("new/b.yaml", None, b"3")])
    assert contents(tmp_path) == {"a.yaml": b"2\r\n", "new/b.yaml": b"3"}


@pytest.mark.parametrize(("name", "before"), [("b.yaml", b"old"), ("a.yaml", None), ("c.yaml", b"gone")])
def test_a_file_that_was_changed_meanwhile_keeps_all_as_they_were(tmp_path: Path, name: str, before: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a")
    (tmp_path / "b.yaml").write_bytes(b"newer")
    with pytest.raises(EditRefused, match=f"{name} was changed meanwhile"):
        write(tmp_path, [Rewritten("a.yaml", b"a", b"x")] * (name != "a.yaml") + [Rewritten(name, before, b"x")])
    assert contents(tmp_path) == {"a.yaml": b"a", "b.yaml": b"newer"}


def test_what_was_written_before_a_failure_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a")
    # The second cannot take its place: the first has just become what it would have to replace.
    files = [Rewritten("a.yaml", b"a", b"x"), Rewritten("a.yaml", b"a", b"y")]
    with pytest.raises(EditRefused, match="changed meanwhile"):
        write(tmp_path, files)
    assert contents(tmp_path) == {"a.yaml": b"a"}


def test_a_folder_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "users").write_bytes(b"")
    with pytest.raises(EditRefused, match="cannot be written"):
        write(tmp_path, [Rewritten("users/a.yaml", None, b"x")])
    assert contents(tmp_path) == {"users": b""}


def test_a_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_bytes(b"a")
    (tmp_path / "a.yaml").symlink_to("real.yaml")
    write(tmp_path, [Rewritten("a.yaml", b"a", b"x")])
    assert (tmp_path / "a.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_bytes() == b"x"


_WRITER = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by whatever a shell runs in the background
from reconciler.usecases.writing import Rewritten, write
root = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for letter in (b"x", b"y"):
        files = [root / name for name in ("a.yaml", "b.yaml")]
        before = [path.read_bytes() if path.exists() else None for path in files]
        write(root, [Rewritten(path.name, old, letter * 2_000_000) for path, old in zip(files, before)])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_file_is_whole_whenever_the_writer_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    for pause in (0.05, 0.053, 0.06, 0.08):
        command = [sys.executable, "-c", _WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(pause)
            writer.send_signal(number)
            try:
                writer.wait(20)
            finally:
                writer.kill()
        for path in tmp_path.glob("*.yaml"):
            text = path.read_bytes()
            assert (len(text), len(set(text))) == (2_000_000, 1), path.name
        if number is signal.SIGINT:
            assert not list(tmp_path.glob(".*"))


def test_a_workspace_gathers_edits_and_knows_what_changed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfusers:\r\n  a@x:\r\n    services: {}\r\n")
    workspace = Workspace(tmp_path)
    workspace.edit("a.yaml", AddUser("b@x", {}))
    workspace.edit("b.yaml", AddUser("c@x", {}))
    workspace.edit("a.yaml", RemoveServices("a@x"))
    files = {file.name: file for file in workspace.rewritten()}
    assert files["a.yaml"].after == (files["a.yaml"].before or b"") + b"  b@x:\r\n    services: {}\r\n"
    assert files["b.yaml"] == Rewritten("b.yaml", None, b"users:\n  c@x:\n    services: {}\n")


def test_an_edit_that_is_refused_leaves_the_text_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("users:\n  a@x: {services: {}}\n")
    workspace = Workspace(tmp_path)
    workspace.edit("a.yaml", AddUser("b@x", {}), AddUser("a@x", {}))
    with pytest.raises(EditRefused, match="declared already"):
        workspace.text("a.yaml")
    assert workspace.rewritten() == ()


def test_what_is_no_text_is_not_edited(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput):
        Workspace(tmp_path).text("a.yaml")
