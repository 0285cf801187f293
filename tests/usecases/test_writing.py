"""Files are written all at once, or every one of them is as it was."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from reconciler.desired.edit import AddUser, RemoveServices
from reconciler.errors import EditRefused, InvalidInput
from reconciler.usecases.folder_lock import locked_folder
from reconciler.usecases.write_order import in_safe_order
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
from reconciler.usecases.folder_lock import locked_folder
from reconciler.usecases.write_order import in_safe_order
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


def users(**services: str) -> bytes:
    """Return a users' file in which each user has the services named, with spaces between them."""
    lines = ["users:\n"]
    for user, labels in services.items():
        pairs = ", ".join(f"{label}: {{bundle: m}}" for label in labels.split())
        lines.append(f"  {user}@x:\n    services: {{{pairs}}}\n")
    return "".join(lines).encode()


def test_the_file_that_gains_a_service_is_written_first() -> None:
    loses = Rewritten("users/a.yaml", users(a="phone car"), users(a="phone"))
    gains = Rewritten("users/b.yaml", users(b=""), users(b="car"))
    both = Rewritten("users/c.yaml", users(c="tablet"), users(c="car"))
    other = Rewritten("users/d.yaml", users(d=""), users(d="tablet"))
    assert in_safe_order([loses, gains]) == ((gains, loses), ())
    order = in_safe_order([loses, both, other])
    assert [file.name for file in order.files] == ["users/d.yaml", "users/c.yaml", "users/a.yaml"]


def test_where_services_move_both_ways_the_old_content_stays_until_all_is_written() -> None:
    one = Rewritten("users/a.yaml", users(a="phone"), users(a="car"))
    two = Rewritten("users/b.yaml", users(b="car"), users(b="phone"))
    assert in_safe_order([one, two]) == ((one, two), (one,))


def test_numbers_and_sims_tell_services_that_move_from_those_of_the_same_label() -> None:
    one = Rewritten("users/a.yaml", b'users: {a: {services: {p: {number: "1"}}}}', b"users: {a: {services: {}}}")
    two = Rewritten("users/b.yaml", b"users: {b: {services: {}}}", b'users: {b: {services: {q: {number: "1"}}}}')
    three = Rewritten("users/c.yaml", b"users: {c: {services: {}}}", b'users: {c: {services: {p: {number: "2"}}}}')
    assert in_safe_order([one, two]).files == (two, one)
    assert in_safe_order([one, three]).files == (one, three)


def test_a_swap_over_two_files_leaves_nothing_else_behind(tmp_path: Path) -> None:
    (tmp_path / "users").mkdir()
    old = {"users/a.yaml": users(a="phone"), "users/b.yaml": users(b="car")}
    new = {"users/a.yaml": users(a="car"), "users/b.yaml": users(b="phone")}
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    write(tmp_path, [Rewritten(name, old[name], new[name]) for name in old])
    assert contents(tmp_path) == new
    (tmp_path / "users" / "a.interrupted-edit.yaml").write_bytes(old["users/a.yaml"])
    with pytest.raises(
        EditRefused, match=r"a\.interrupted-edit\.yaml was left by an edit that was interrupted"
    ) as refused:
        write(tmp_path, [Rewritten(name, new[name], old[name]) for name in old])
    assert refused.value.hint == "Compare it with users/a.yaml, and delete it."
    assert contents(tmp_path) == {**new, "users/a.interrupted-edit.yaml": old["users/a.yaml"]}


def test_another_command_that_writes_is_waited_for_but_not_for_ever(tmp_path: Path) -> None:
    words = r"has been writing into '.*' for 0\.2 seconds; nothing was written"
    with locked_folder(tmp_path):
        begun = time.monotonic()
        with pytest.raises(EditRefused, match=words) as refused, locked_folder(tmp_path, patience=0.2):
            raise AssertionError("both hold it")
        assert 0.2 <= time.monotonic() - begun < 5
        assert refused.value.hint == "Wait until it is done, or end it, and run this again."
    with locked_folder(tmp_path, patience=0):
        assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_command_is_gone(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from reconciler.usecases.folder_lock import locked_folder
with locked_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=-1, stdout=-1) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(EditRefused), locked_folder(tmp_path, patience=0.1):
            raise AssertionError("both hold it")
        holder.kill()
        holder.wait(20)
        with locked_folder(tmp_path, patience=0):
            pass


def test_two_writers_at_once_never_lose_what_the_other_wrote(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from reconciler.errors import EditRefused
from reconciler.usecases.writing import Rewritten, write
path, done = Path(sys.argv[1]) / "a.yaml", 0
while done < 50:
    before = path.read_bytes()
    try:
        write(path.parent, [Rewritten("a.yaml", before, before + sys.argv[2].encode())], may_move=False)
        done += 1
    except EditRefused:
        pass
"""
    (tmp_path / "a.yaml").write_bytes(b"")
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), letter]) for letter in "xy"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    content = (tmp_path / "a.yaml").read_bytes()
    assert (content.count(b"x"), content.count(b"y"), len(content)) == (50, 50, 100)


def test_a_file_keeps_its_mode_and_its_group(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a")
    group = 54321 if os.geteuid() == 0 else next((each for each in os.getgroups() if each != os.getegid()), None)
    if group is None:
        pytest.skip("needs root or a second group")
    os.chown(path, -1, group)
    path.chmod(0o640)
    write(tmp_path, [Rewritten("a.yaml", b"a", b"b")])
    found = path.stat()
    assert (found.st_gid, stat.S_IMODE(found.st_mode)) == (group, 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who alone can give a file away and drop rights")
def test_a_file_keeps_its_owner_and_gives_no_other_group_its_rights(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a")
    os.chown(path, 12345, 54321)
    path.chmod(0o664)
    write(tmp_path, [Rewritten("a.yaml", b"a", b"b")])
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)
    open_to_all = Path(tempfile.mkdtemp())
    open_to_all.chmod(0o777)
    request.addfinalizer(lambda: shutil.rmtree(open_to_all))
    code = """
import os
from pathlib import Path
from reconciler.usecases.writing import Rewritten, write
os.setgroups([]); os.setgid(23456); os.setuid(23456)
write(Path("."), [Rewritten("a.yaml", b"b", b"c")])
"""
    path = path.rename(open_to_all / "a.yaml")
    path.chmod(0o676)
    subprocess.run([sys.executable, "-c", code], cwd=open_to_all, check=True, timeout=60)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    assert path.stat().st_gid == 23456


def test_no_link_leads_a_write_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(b"a")
    root = tmp_path / "fleet"
    (root / "users").mkdir(parents=True)
    (root / "users" / "a.yaml").symlink_to(outside)
    (root / "elsewhere").symlink_to(tmp_path)
    for name in ("users/a.yaml", "elsewhere/outside.yaml", "elsewhere/new.yaml"):
        with pytest.raises(EditRefused, match="leads out of the folder"):
            write(root, [Rewritten(name, None if "new" in name else b"a", b"x")])
        with pytest.raises(EditRefused, match="leads out of the folder"):
            Workspace(root).text(name)
    os.mkfifo(root / "users" / "pipe.yaml")
    with pytest.raises(EditRefused, match=r"pipe\.yaml is not edited: it is not a regular file"):
        Workspace(root).text("users/pipe.yaml")
    assert outside.read_bytes() == b"a"
    assert not (tmp_path / "new.yaml").exists()
