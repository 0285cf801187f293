"""Files in a folder that others fill: links out of it, pipes and devices are not opened; private ones are private."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reconciler.files import (
    UnsafeFileError,
    is_file_inside,
    make_private_folder,
    read_inside,
    write_inside,
    write_private,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("a key")
    made = tmp_path / "fleet"
    (made / "users").mkdir(parents=True)
    (made / "users" / "a.yaml").write_text("users: {}")
    return made


def test_a_link_within_the_folder_is_read_as_the_file_it_means(folder: Path) -> None:
    (folder / "b.yaml").symlink_to("users/a.yaml")
    assert read_inside(folder, "b.yaml") == b"users: {}"


@pytest.mark.parametrize("target", ["../secret", "../../nowhere", "/etc/passwd"])
def test_a_link_out_of_the_folder_is_neither_read_nor_written(folder: Path, target: str) -> None:
    (folder / "b.yaml").symlink_to(target)
    with pytest.raises(UnsafeFileError, match="leads out of the folder"):
        read_inside(folder, "b.yaml")
    with pytest.raises(UnsafeFileError, match="leads out of the folder"):
        write_inside(folder, "b.yaml", b"x")
    assert not is_file_inside(folder, "b.yaml")
    assert (folder.parent / "secret").read_text() == "a key"


def test_a_folder_that_is_a_link_out_is_not_entered(folder: Path) -> None:
    (folder / "own").symlink_to("..")
    with pytest.raises(UnsafeFileError, match="leads out of the folder"):
        read_inside(folder, "own/secret")


def test_a_chain_of_links_is_followed_to_its_end(folder: Path) -> None:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("../secret")
    with pytest.raises(UnsafeFileError, match="leads out of the folder"):
        read_inside(folder, "one")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "users/../../secret"])
def test_a_name_that_leaves_the_folder_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(UnsafeFileError):
        read_inside(folder, name)


def test_the_folder_of_git_is_not_read_through_a_link(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("token")
    (folder / "b.yaml").symlink_to(".git/config")
    with pytest.raises(UnsafeFileError, match="git's own"):
        read_inside(folder, "b.yaml")


def test_a_pipe_and_a_folder_are_refused_at_once(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    for name in ("pipe.yaml", "users"):
        with pytest.raises(UnsafeFileError, match="not a regular file"):
            read_inside(folder, name)
    with pytest.raises(UnsafeFileError, match="not a regular file"):
        write_inside(folder, "pipe.yaml", b"x")


def test_a_file_above_the_limit_is_refused(folder: Path) -> None:
    (folder / "big").write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(UnsafeFileError, match="more than 1 MiB"):
        read_inside(folder, "big", limit=1024 * 1024)


def test_a_link_that_leads_to_itself_is_an_error(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    with pytest.raises(OSError):
        read_inside(folder, "loop")


def test_a_written_file_keeps_its_mode_and_leaves_nothing_beside_it(folder: Path) -> None:
    path = folder / "users" / "a.yaml"
    path.chmod(0o640)
    write_inside(folder, "users/a.yaml", b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)
    assert os.listdir(folder / "users") == ["a.yaml"]


def test_a_private_file_is_its_owners_alone_also_where_one_was_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "state" / "deep" / "journal"
    make_private_folder(path.parent)
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
