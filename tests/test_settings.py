"""What the composition root asks of git for the approval rules, and what it makes of silence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.errors import ApprovalMissing, UsageError
from reconciler.settings import authors, base_commit, run_id, trusted


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a repository whose second commit is under review."""
    run("init", "-q", str(tmp_path))
    for who in ("an", "jan"):
        (tmp_path / "fleet.yaml").write_text(f"of: {who}\n")
        run("-C", str(tmp_path), "add", ".")
        identity = ("-c", f"user.name={who}", "-c", f"user.email={who}@brouwerij.example")
        run("-C", str(tmp_path), *identity, "commit", "-qm", f"by {who}")
    return tmp_path


def run(*arguments: str) -> None:
    """Run git."""
    subprocess.run(["git", *arguments], check=True)


def test_rules_are_those_of_the_base_and_authors_those_after_it(clone: Path) -> None:
    base = {"FLEET_BASE_REF": "HEAD^"}
    assert trusted(clone, "fleet.yaml", base) == "of: an"
    assert trusted(clone, "approvers", base) is None
    assert authors(clone, base) == {"jan@brouwerij.example"}


def test_where_git_does_not_tell_nobody_is_taken_for_no_author(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = {"FLEET_BASE_REF": "HEAD^"}
    (clone / "bin").mkdir()
    mute = clone / "bin" / "git"
    mute.write_text('#!/bin/sh\ncase "$*" in *rev-parse*) echo false;; *) exit 128;; esac\n')
    mute.chmod(0o755)
    monkeypatch.setenv("PATH", str(clone / "bin"), prepend=":")
    with pytest.raises(ApprovalMissing, match="git does not tell"):
        authors(clone, base)
    with pytest.raises(ApprovalMissing, match="git does not tell"):
        trusted(clone, "fleet.yaml", base)


def test_a_job_of_gitlab_that_is_run_again_has_the_run_id_it_had_and_no_other_job_has_it() -> None:
    first = {"CI_PIPELINE_ID": "1234567890", "CI_JOB_ID": "77", "CI_JOB_NAME": "fleet apply"}
    again = first | {"CI_JOB_ID": "78"}
    assert run_id(first) == run_id(again)
    assert run_id(first) != run_id(first | {"CI_JOB_NAME": "other fleet"})
    assert len(run_id(first)) <= 16


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\0", None])
def test_an_event_that_cannot_be_read_is_an_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "event.json").write_text(text)
    with pytest.raises(UsageError, match="the event of this job cannot be read"):
        base_commit({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")})


@pytest.mark.parametrize("text", ["[]", "{}", "1", '{"before": 1}', '{"before": null}', '{"before": "0000"}'])
def test_an_event_without_a_commit_before_it_has_no_base(tmp_path: Path, text: str) -> None:
    (tmp_path / "event.json").write_text(text)
    assert base_commit({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}) is None
