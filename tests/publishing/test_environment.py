"""What a job knows of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import PublishingError, UsageError
from reconciler.model.platform import Platform
from reconciler.ports import Pipeline
from reconciler.publishing.environment import pipeline_of
from tests.publishing import jobs

A, B = "a" * 40, "b" * 40


def github(folder: Path, event: dict[str, object], name: str, **more: str) -> Pipeline:
    return pipeline_of(jobs.github(event, folder=folder, name=name, url="http://x", **more))


def test_outside_ci_nothing_is_known() -> None:
    assert pipeline_of({"GITHUB_TOKEN": "x", "CI": "true"}) == Pipeline()


def test_a_pull_request_of_github_is_known_by_its_event_and_not_by_the_merge_it_is_tried_with(tmp_path: Path) -> None:
    job = github(tmp_path, jobs.pull_request(A), "pull_request", GITHUB_SHA=B)
    assert (job.platform, job.pull_request, job.commit, job.is_fork) == (Platform.GITHUB, 12, A, False)
    assert job.run_url == jobs.RUN
    assert (job.outputs, job.summary) == (tmp_path / "output", tmp_path / "summary")


@pytest.mark.parametrize("head", ["mallory/fleet", None])
def test_a_pull_request_from_elsewhere_is_from_a_fork_and_so_is_one_whose_fork_is_gone(
    tmp_path: Path, head: str | None
) -> None:
    assert github(tmp_path, jobs.pull_request(A, head=head), "pull_request").is_fork


def test_a_push_is_of_no_pull_request(tmp_path: Path) -> None:
    job = github(tmp_path, jobs.push(B, A), "push", GITHUB_SHA=A)
    assert (job.pull_request, job.commit, job.is_fork) == (None, A, False)


def test_what_a_stranger_wrote_is_not_planned_beside_secrets(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pull_request_target"):
        github(tmp_path, jobs.pull_request(A), "pull_request_target")


def test_a_broken_event_is_said(tmp_path: Path) -> None:
    environment = jobs.github({}, folder=tmp_path, name="push", url="http://x")
    (tmp_path / "event.json").write_text("{", encoding="utf-8")
    with pytest.raises(PublishingError, match="cannot be read"):
        pipeline_of(environment)


@pytest.mark.parametrize(("source", "fork"), [("55", False), ("56", True)])
def test_a_merge_request_of_gitlab_is_known_by_its_variables(source: str, fork: bool) -> None:
    environment = jobs.gitlab(url="http://x", number=12, source=source, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=A)
    job = pipeline_of(environment)
    assert (job.platform, job.pull_request, job.commit, job.is_fork) == (Platform.GITLAB, 12, A, fork)
    assert job.run_url == jobs.JOB


def test_a_branch_of_gitlab_is_of_no_merge_request() -> None:
    job = pipeline_of(jobs.gitlab(url="http://x", number=None))
    assert (job.pull_request, job.is_fork) == (None, False)
