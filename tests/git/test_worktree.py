"""Which repository a folder lies in, found without believing what the folder contains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import UnsafeRepository
from reconciler.git.worktree import find_work_tree, refuse_embedded_repositories
from reconciler.settings import world
from tests.git.conftest import Canary, Clone, begin, plant_bare, run

SHAPES = ("bare", "commondir", "executable files")


def test_a_fleet_lies_in_the_nearest_work_tree(clone: Clone) -> None:
    assert (clone.tree.top, clone.tree.prefix) == (clone.top, "fleet-config/")
    assert clone.tree.git_dir == clone.tree.common_dir == clone.top / ".git"
    at_top = find_work_tree(clone.top)
    assert at_top is not None
    assert (at_top.prefix, at_top.pathspec) == ("", ".")


def test_a_fleet_in_no_repository_is_in_none(tmp_path: Path) -> None:
    assert find_work_tree(tmp_path) is None
    (tmp_path / ".git").mkdir()
    assert find_work_tree(tmp_path) is None


def test_linked_work_trees_and_submodules_are_repositories_of_the_users(clone: Clone, tmp_path: Path) -> None:
    clone.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = find_work_tree(tmp_path / "linked" / "fleet-config")
    assert linked is not None
    assert (linked.top, linked.common_dir) == (tmp_path / "linked", clone.top / ".git")
    outer = begin(tmp_path / "outer")
    outer.git("submodule", "add", "-q", str(clone.top), "fleets")
    inner = find_work_tree(outer.top / "fleets" / "fleet-config")
    assert inner is not None
    assert inner.git_dir == outer.top / ".git" / "modules" / "fleets"


def test_a_work_tree_beside_its_bare_repository_is_the_users(tmp_path: Path, clone: Clone) -> None:
    run(tmp_path, "clone", "-q", "--bare", str(clone.top), "project/.bare")
    run(tmp_path / "project/.bare", "worktree", "add", "-q", "../main")
    found = find_work_tree(tmp_path / "project" / "main" / "fleet-config")
    assert found is not None
    assert found.common_dir == tmp_path / "project" / ".bare"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("place", ["fleet-config", "fleet-config/users/sub", "fleet-config/.hidden", "."])
def test_files_that_git_takes_for_a_repository_are_refused(
    clone: Clone, canary: Canary, place: str, shape: str
) -> None:
    plant_bare(clone.top / place, canary.program, shape=shape)
    if place == ".":
        clone = Clone(clone.top, clone.top)
    with pytest.raises(UnsafeRepository, match="a git repository of its own"):
        world(clone.fleet)
    assert canary.ran == []


@pytest.mark.parametrize("shape", SHAPES)
def test_a_repository_on_the_way_up_is_refused_though_it_is_in_no_fleets_folder(
    clone: Clone, canary: Canary, shape: str
) -> None:
    clone.write("deep/er/fleet.yaml", "")
    plant_bare(clone.top / "deep", canary.program, shape=shape)
    refuse_embedded_repositories(clone.top / "deep" / "er")
    with pytest.raises(UnsafeRepository, match="deep' holds files that make it a git repository"):
        world(clone.top / "deep" / "er")


def test_a_folder_is_looked_at_where_it_really_lies(clone: Clone, canary: Canary, tmp_path: Path) -> None:
    clone.write("deep/er/fleet.yaml", "")
    plant_bare(clone.top / "deep", canary.program)
    (tmp_path / "link").symlink_to(clone.top / "deep" / "er")
    with pytest.raises(UnsafeRepository):
        find_work_tree(tmp_path / "link")


def test_a_link_of_a_branch_is_not_the_fleets_folder_unless_it_stays_in_the_work_tree(
    clone: Clone, tmp_path: Path
) -> None:
    other = begin(tmp_path / "other")
    (clone.top / "away").symlink_to(other.fleet)
    (clone.top / "near").symlink_to("fleet-config")
    world(clone.top / "away")  # the user's own link: nobody can have committed it
    clone.commit()
    world(clone.top / "near")
    with pytest.raises(UnsafeRepository, match="a link of the repository that leads out of it"):
        world(clone.top / "away")


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_git_that_leads_among_the_files_is_refused(clone: Clone, canary: Canary, kind: str) -> None:
    plant_bare(clone.top / "fleet-config" / "hidden", canary.program)
    path = clone.fleet / ".git"
    if kind == "file":
        path.write_text("gitdir: hidden\n")
    else:
        path.symlink_to("hidden")
    with pytest.raises(UnsafeRepository, match="among files that a commit can change"):
        find_work_tree(clone.fleet)


def test_a_common_folder_among_the_files_is_refused(clone: Clone, canary: Canary) -> None:
    plant_bare(clone.fleet / "hidden", canary.program)
    (clone.top / ".git" / "commondir").write_text("../fleet-config/hidden")
    with pytest.raises(UnsafeRepository, match="among files that a commit can change"):
        find_work_tree(clone.fleet)


@pytest.mark.parametrize("text", ["", "gitdir: ", "gitdir: /nowhere\n", "gitdir:x", "gitdir: a\0b", "x" * 10_000])
def test_a_file_that_names_no_repository_is_an_error(clone: Clone, text: str) -> None:
    (clone.fleet / ".git").write_text(text)
    with pytest.raises(UnsafeRepository):
        find_work_tree(clone.fleet)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_repository_of_another_user_is_refused_unless_the_folder_is_theirs_too(clone: Clone) -> None:
    for path in (clone.top / ".git", clone.fleet):
        os.chown(path, 1234, 1234)
    assert find_work_tree(clone.fleet) is not None
    os.chown(clone.fleet, 0, 0)
    with pytest.raises(UnsafeRepository, match="belongs to another user"):
        find_work_tree(clone.fleet)
