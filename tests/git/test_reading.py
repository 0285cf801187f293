"""The reading door starts nothing, writes nothing, and believes neither attributes, tags nor replaced objects."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from reconciler.errors import ApprovalMissing, GitError
from reconciler.git import reading
from reconciler.git.reading import configured_email, find_commit, head_commit, read_files_at, read_files_state, read_git
from reconciler.git.review import change_authors, read_trusted
from reconciler.usecases.earlier import earlier
from tests.git.conftest import Canary, Clone, run


@pytest.fixture
def armed(clone: Clone, canary: Canary) -> Clone:
    """Return a clone in which the user's own settings name a program wherever git knows one."""
    for key in (
        "core.fsmonitor",
        "core.pager",
        "pager.status",
        "pager.log",
        "pager.diff",
        "diff.external",
        "core.editor",
    ):
        clone.git("config", key, str(canary.program))
    for key in ("filter.x.clean", "filter.x.smudge", "diff.x.command", "diff.x.textconv", "core.sshCommand"):
        clone.git("config", key, str(canary.program))
    clone.git("config", "filter.y.process", str(canary.program))
    clone.git("config", "filter.y.required", "true")
    clone.git("config", "log.showSignature", "true")
    clone.git("config", "user.email", "an@clone.example")
    clone.git("config", "gpg.program", str(canary.program))
    clone.git("config", "core.hooksPath", str(clone.write("hooks/keep", "").parent))
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit", "fsmonitor-watchman"):
        (clone.top / "hooks" / hook).write_bytes(canary.program.read_bytes())
        (clone.top / "hooks" / hook).chmod(0o755)
        (clone.top / ".git" / "hooks" / hook).write_bytes(canary.program.read_bytes())
        (clone.top / ".git" / "hooks" / hook).chmod(0o755)
    clone.write(".gitattributes", "users/a.yaml filter=x diff=x\n*.yaml filter=x diff=x\nfleet.yaml filter=y\n")
    return clone


def test_no_program_that_settings_or_attributes_name_runs(armed: Clone, canary: Canary) -> None:
    canary.mark.unlink(missing_ok=True)
    base = armed.git("-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "rev-parse", "HEAD")
    armed.write("fleet-config/users/a.yaml", "users: {a@x.example: {}}\n")
    os.utime(armed.fleet / "fleet.yaml", (1, 1))
    canary.mark.unlink(missing_ok=True)
    assert head_commit(armed.fleet) == f"{base}-dirty"
    assert dict(earlier(armed.fleet, "HEAD").files) == {"users/a.yaml": b"users: {}\n"}
    assert read_trusted(armed.fleet, "fleet.yaml", {"FLEET_BASE_REF": "HEAD"}) == "version: 1"
    assert change_authors(armed.fleet, {}) == {"an@brouwerij.example"}
    assert configured_email(armed.fleet) == "an@clone.example"
    read_files_state(armed.tree, "status")
    read_files_state(armed.tree, "diff", "--no-ext-diff", "--no-textconv")
    assert canary.ran == []


def test_the_canary_sings_where_git_is_run_as_usual(armed: Clone, canary: Canary) -> None:
    os.utime(armed.fleet / "fleet.yaml", (1, 1))
    subprocess.run(["git", "-C", str(armed.top), "status"], capture_output=True, check=False)
    assert canary.ran


def test_nothing_is_written_into_the_repository(clone: Clone) -> None:
    os.utime(clone.fleet / "fleet.yaml", (1, 1))
    before = {path: path.stat().st_mtime_ns for path in (clone.top / ".git").rglob("*")}
    assert head_commit(clone.fleet) == clone.git("rev-parse", "HEAD")
    assert {path: path.stat().st_mtime_ns for path in (clone.top / ".git").rglob("*")} == before


def test_variables_of_git_do_not_reach_it(clone: Clone, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GIT_DIR": "/nowhere",
        "GIT_WORK_TREE": "/",
        "GIT_EXTERNAL_DIFF": str(canary.program),
        "GIT_PAGER": str(canary.program),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(canary.program),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={canary.program}'",
        "GIT_EXEC_PATH": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_TRACE": str(canary.mark),
    }.items():
        monkeypatch.setenv(name, value)
    assert len(head_commit(clone.fleet) or "") == 40
    assert canary.ran == []


def test_objects_are_read_as_they_were_committed(clone: Clone) -> None:
    commit = clone.git("rev-parse", "HEAD")
    clone.write("fleet-config/fleet.yaml", "version: 2\n")
    other = clone.commit("Replace it")
    clone.git("replace", commit, other)
    clone.git("reset", "-q", "--soft", commit)
    assert clone.git("show", f"{commit}:fleet-config/fleet.yaml") == "version: 2"
    assert read_files_at(clone.tree, commit, ["fleet.yaml"]) == {"fleet.yaml": b"version: 1\n"}
    assert read_trusted(clone.fleet, "fleet.yaml", {"FLEET_BASE_REF": commit}) == "version: 1"


@pytest.mark.parametrize("kind", ["tag", "branch"])
def test_a_tag_or_branch_named_like_the_base_branch_is_not_the_base(clone: Clone, kind: str) -> None:
    base = clone.git("rev-parse", "HEAD")
    clone.git("update-ref", "refs/remotes/origin/main", base)
    clone.write("fleet-config/fleet.yaml", "approvals: none\n")
    clone.commit()
    clone.git(kind, "origin/main")
    for environment in ({"FLEET_BASE_REF": "origin/main"}, {"GITHUB_BASE_REF": "main"}):
        assert read_trusted(clone.fleet, "fleet.yaml", environment) == "version: 1"
    assert find_commit(clone.tree, "origin/main") == base
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    with pytest.raises(ApprovalMissing, match="is not in this clone"):
        read_trusted(clone.fleet, "fleet.yaml", {"GITHUB_BASE_REF": "main"})


def test_a_tag_called_head_is_not_the_head(clone: Clone) -> None:
    first = clone.git("rev-parse", "HEAD")
    clone.git("tag", "HEAD")
    clone.write("fleet-config/fleet.yaml", "version: 2\n")
    second = clone.commit()
    assert find_commit(clone.tree, "HEAD") == head_commit(clone.fleet) == second
    assert find_commit(clone.tree, "HEAD~1") == find_commit(clone.tree, "@^") == first


@pytest.mark.parametrize("name", ["--upload-pack=touch x", "-x", "--output=x", "a\nb", "a\0b", "", "--all"])
def test_names_like_options_are_names(clone: Clone, name: str) -> None:
    with pytest.raises((ApprovalMissing, GitError)):
        read_trusted(clone.fleet, "fleet.yaml", {"FLEET_BASE_REF": name or "-"})
    if "\n" in name or "\0" in name or not name:
        return
    clone.write(f"fleet-config/{name.replace('/', '')}", "here\n")
    clone.commit()
    assert read_trusted(clone.fleet, name, {"FLEET_BASE_REF": "HEAD"}) == "here"


def test_only_files_of_the_folder_are_trusted(clone: Clone) -> None:
    clone.write("approvers", "everybody\n")
    clone.commit()
    for name in ("../approvers", "/etc/hostname", "users", ".", "users/../../approvers", "nothing"):
        assert read_trusted(clone.fleet, name, {"FLEET_BASE_REF": "HEAD"}) is None
    assert read_trusted(clone.fleet, "users/../fleet.yaml", {"FLEET_BASE_REF": "HEAD"}) == "version: 1"


def test_a_partial_clone_fetches_nothing(clone: Clone, tmp_path: Path, canary: Canary) -> None:
    clone.git("config", "uploadpack.allowFilter", "true")
    run(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", clone.top.as_uri(), "partial")
    partial = tmp_path / "partial"
    run(partial, "read-tree", "HEAD")
    (partial / "fleet-config").mkdir()
    run(partial, "config", "remote.origin.uploadpack", str(canary.program))
    with pytest.raises(ApprovalMissing, match="git does not tell"):
        read_trusted(partial / "fleet-config", "fleet.yaml", {"FLEET_BASE_REF": "HEAD"})
    assert canary.ran == []


def test_a_git_among_the_files_is_not_run(clone: Clone, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("git", canary.program.read_text(), mode=0o755)
    monkeypatch.chdir(clone.top)
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    assert len((head_commit(clone.fleet) or "").removesuffix("-dirty")) == 40
    assert canary.ran == []


def test_a_git_that_hangs_is_ended_with_its_children(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f"#!/bin/sh\nsleep 600 & echo $! > {tmp_path / 'child'}\nwait\n")
    slow.chmod(0o755)
    tree = clone.tree
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    monkeypatch.setattr(reading, "READING_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(GitError, match=r"git status did not end within 0.5 s"):
        read_git(tree, "status")
    assert time.monotonic() - began < 10
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child of git lives on")


def test_without_git_there_is_no_commit_and_no_approval(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert head_commit(clone.fleet) is None
    with pytest.raises(ApprovalMissing, match="there is no git on this machine"):
        read_trusted(clone.fleet, "fleet.yaml", {"FLEET_BASE_REF": "HEAD"})
