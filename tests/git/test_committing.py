"""An edit that git would not take is refused before it is written; one whose commit fails says how to go on."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import EditRefused
from reconciler.usecases.committing import commit, require_clean
from tests.git.conftest import Canary, Clone, run
from tests.git.test_exchange import hook

FILE = "users/a.yaml"


@pytest.fixture
def named(clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Clone:
    """Return a clone that knows who its user is, on a machine that does not."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    clone.git("config", "user.name", "An")
    clone.git("config", "user.email", "an@brouwerij.example")
    return clone


def edit(clone: Clone, *names: str, message: str = "Edit", branch: str | None = None) -> str:
    """Edit files as a command does: ask, write, commit."""
    names = names or (FILE,)
    require_clean(clone.fleet, names, branch=branch)
    for name in names:
        (clone.fleet / name).write_text("users: {} # edited\n")
    return commit(clone.fleet, names, message, branch=branch)


def refused(clone: Clone, *names: str, branch: str | None = None) -> EditRefused:
    """Return why an edit is refused, after seeing that nothing was written."""
    before = clone.git("status", "--porcelain", "--ignored"), clone.git("branch", "--list")
    with pytest.raises(EditRefused) as error:
        require_clean(clone.fleet, names or (FILE,), branch=branch)
    assert (clone.git("status", "--porcelain", "--ignored"), clone.git("branch", "--list")) == before
    return error.value


def test_what_a_hook_changed_is_committed_and_not_reverted_by_the_index(named: Clone) -> None:
    name = f"fleet-config/{FILE}"
    hook(named.top / ".git/hooks", "pre-commit", f"echo '# by the hook' >> {name}\ngit add {name}")
    edit(named)
    assert named.git("show", f"HEAD:{name}") == "users: {} # edited\n# by the hook"
    assert named.git("status", "--porcelain") == ""


def test_a_link_within_the_tree_is_committed_as_what_it_means(named: Clone) -> None:
    (named.fleet / "users" / "z.yaml").symlink_to("../shared.yaml")
    named.write("fleet-config/shared.yaml", "users: {}\n")
    named.commit()
    edit(named, "users/z.yaml")
    assert named.git("show", "--name-only", "--format=") == "fleet-config/shared.yaml"
    assert named.git("status", "--porcelain") == ""
    named.write("fleet-config/shared.yaml", "users: {x: {}}\n")
    assert "users/z.yaml has changes of its own" in str(refused(named, "users/z.yaml"))


@pytest.mark.parametrize("missing", ["user.name", "user.email"])
def test_without_an_identity_nothing_is_written(named: Clone, missing: str) -> None:
    named.git("config", "--unset", missing)
    named.git("config", "user.useConfigOnly", "true")
    assert "git cannot commit here; it says: " in str(refused(named))


def test_an_identity_of_the_environment_is_one(named: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("user.name", "user.email"):
        named.git("config", "--unset", key)
    named.git("config", "user.useConfigOnly", "true")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Jan")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "jan@brouwerij.example")
    edit(named)
    assert named.git("log", "-1", "--format=%ae %ce") == "jan@brouwerij.example jan@brouwerij.example"


def test_a_key_that_cannot_sign_is_found_before_anything_is_written(named: Clone, tmp_path: Path) -> None:
    named.git("config", "commit.gpgSign", "true")
    named.git("config", "gpg.format", "ssh")
    named.git("config", "user.signingKey", str(tmp_path / "none"))
    assert "git cannot sign commits here; it says: " in str(refused(named))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "none")], check=True)
    edit(named)
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in named.git("cat-file", "commit", "HEAD")


def test_an_unfinished_merge_is_not_finished_by_an_edit(named: Clone) -> None:
    named.git("switch", "-qc", "other")
    named.write("fleet-config/fleet.yaml", "version: 3\n")
    named.commit()
    named.git("switch", "-q", "main")
    named.git("merge", "-q", "--no-ff", "--no-commit", "other")
    assert "a merge is in progress" in str(refused(named))
    named.git("merge", "--abort")
    for name, command in (("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert"), ("rebase-merge/x", "rebase")):
        path = named.write(f".git/{name}", "")
        error = refused(named)
        assert f"a {command} is in progress" in str(error)
        assert f"git {command} --abort" in str(error.hint)
        path.unlink()
        if path.parent.name == "rebase-merge":
            path.parent.rmdir()
    edit(named)


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock"])
def test_a_lock_of_git_is_found_before_anything_is_written(named: Clone, lock: str) -> None:
    path = named.write(f".git/{lock}", "")
    assert f"'{path}' exists" in str(refused(named))


@pytest.mark.parametrize("flag", ["skip-worktree", "assume-unchanged"])
def test_a_file_that_git_does_not_look_at_is_not_edited(named: Clone, flag: str) -> None:
    named.git("update-index", f"--{flag}", f"fleet-config/{FILE}")
    error = refused(named)
    assert f"git is told not to look at changes of {FILE} ({flag})" in str(error)
    subprocess.run(shlex.split(str(error.hint).removeprefix("Take that back: ")), check=True)
    edit(named)


def test_files_that_git_would_not_commit_as_written_are_refused(named: Clone, canary: Canary) -> None:
    named.write(".gitignore", "new.yaml\n")
    named.write(".gitattributes", "*.yaml filter=secret\n")
    named.commit()
    assert "users/new.yaml is ignored by git" in str(refused(named, "users/new.yaml"))
    edit(named)
    named.git("config", "filter.secret.clean", str(canary.program))
    with pytest.raises(EditRefused, match="goes through the filter 'secret' of git"):
        require_clean(named.fleet, [FILE], branch=None)
    assert canary.ran == []


def test_a_file_in_a_repository_of_its_own_is_refused(named: Clone) -> None:
    inner = named.fleet / "users" / "inner"
    inner.mkdir()
    run(inner, "init", "-q")
    assert "lies in a git repository of its own" in str(refused(named, "users/inner/b.yaml"))


@pytest.mark.parametrize(
    ("there", "asked"),
    [("a", "a"), ("a", "a/b"), ("a/b/c", "a/b"), ("x", "-x"), ("x", "a..b"), ("x", "HEAD"), ("x", "@{-1}")],
)
def test_a_branch_that_cannot_be_created_is_found_before_anything_is_written(
    named: Clone, there: str, asked: str
) -> None:
    named.git("branch", there)
    refused(named, branch=asked)


def test_after_a_commit_that_failed_the_exact_command_is_given(named: Clone) -> None:
    refuses = named.top / ".git/hooks"
    hook(refuses, "pre-commit", "echo 'No commits on a Friday.' >&2; exit 1")
    message = "Move an's car; it's hers"
    with pytest.raises(EditRefused, match=r"could not be committed; git says: No commits on a Friday\.") as error:
        edit(named, message=message, branch="edit")
    assert named.git("branch", "--show-current") == "edit"
    assert named.git("status", "--porcelain") == f"M  fleet-config/{FILE}"
    (refuses / "pre-commit").unlink()
    subprocess.run(str(error.value.hint).removeprefix("Do it yourself: "), shell=True, check=True)
    assert named.git("log", "-1", "--format=%s") == message
    assert named.git("status", "--porcelain") == ""


def test_a_hook_that_complains_of_a_new_branch_does_not_keep_the_edit_from_it(named: Clone) -> None:
    hook(named.top / ".git/hooks", "post-checkout", "exit 1")
    edit(named, branch="edit")
    assert named.git("log", "-1", "--format=%D") == "HEAD -> edit"


def test_what_others_stage_in_the_meantime_is_not_swept_in(named: Clone) -> None:
    require_clean(named.fleet, [FILE], branch=None)
    named.write(f"fleet-config/{FILE}", "users: {} # edited\n")
    named.write("other.txt", "")
    named.git("add", "other.txt")
    with pytest.raises(EditRefused, match=r"staged meanwhile: other\.txt"):
        commit(named.fleet, [FILE], "x")


def test_the_first_commit_of_a_repository_can_be_an_edit(named: Clone, tmp_path: Path) -> None:
    run(tmp_path, "init", "-q", "-b", "main", "fresh")
    for key, value in (("user.name", "An"), ("user.email", "an@brouwerij.example")):
        run(tmp_path / "fresh", "config", key, value)
    fresh = Clone(tmp_path / "fresh", tmp_path / "fresh")
    (fresh.fleet / "users").mkdir()
    edit(fresh, branch="first")
    assert fresh.git("show", "--name-only", "--format=%D") == f"HEAD -> first\n\n{FILE}"
