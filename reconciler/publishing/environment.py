"""What GitHub Actions and GitLab CI tell a job in its environment."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from reconciler.errors import PublishingError, UsageError, bounded_words
from reconciler.files import LARGEST_FILE, read_given
from reconciler.model.platform import Platform
from reconciler.model.secret import Secret
from reconciler.ports import Pipeline, Publisher


def pipeline_of(environment: Mapping[str, str]) -> Pipeline:
    """Return the job that runs this, which outside CI is nothing in particular.

    Raises UsageError for GitHub's `pull_request_target`, which would run what a stranger wrote beside secrets.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    return Pipeline()


def _github(environment: Mapping[str, str]) -> Pipeline:
    if environment.get("GITHUB_EVENT_NAME") == "pull_request_target":
        raise UsageError("a plan is not made on pull_request_target", hint="Use the event pull_request instead.")
    under_review = _event(environment).get("pull_request") or {}
    repository = environment.get("GITHUB_REPOSITORY", "")
    head = under_review.get("head") or {}
    run_url = _run_url(environment)
    return Pipeline(
        platform=Platform.GITHUB,
        commit=head.get("sha") or environment.get("GITHUB_SHA"),
        pull_request=under_review.get("number"),
        is_fork=bool(under_review) and (head.get("repo") or {}).get("full_name") != repository,
        is_closed=under_review.get("state") == "closed",
        is_merged=under_review.get("merged") is True,
        run_url=run_url,
        artefact_url=f"{run_url}#artifacts" if run_url else None,
        outputs=_path(environment, "GITHUB_OUTPUT"),
        summary=_path(environment, "GITHUB_STEP_SUMMARY"),
        publishing=lambda: _on_github(environment, repository),
    )


def _gitlab(environment: Mapping[str, str]) -> Pipeline:
    number, job_url = environment.get("CI_MERGE_REQUEST_IID"), environment.get("CI_JOB_URL")
    source, target = (environment.get(f"CI_MERGE_REQUEST_{name}") for name in ("SOURCE_PROJECT_ID", "PROJECT_ID"))
    return Pipeline(
        platform=Platform.GITLAB,
        commit=environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA"),
        pull_request=int(number) if number else None,
        is_fork=bool(number) and source != target,
        run_url=job_url,
        artefact_url=f"{job_url}/artifacts/browse" if job_url else None,
        publishing=lambda: _on_gitlab(environment),
    )


def _event(environment: Mapping[str, str]) -> dict[str, Any]:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(read_given(Path(path), limit=LARGEST_FILE))
    except (OSError, ValueError, RecursionError) as error:
        raise PublishingError(f"the file of the event, {path}, cannot be read: {bounded_words(error)}") from error
    return event if isinstance(event, dict) else {}


def _run_url(environment: Mapping[str, str]) -> str | None:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environment.get(name) for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


@asynccontextmanager
async def _on_github(environment: Mapping[str, str], repository: str) -> AsyncIterator[Publisher]:
    from reconciler.publishing.github import GitHub
    from reconciler.publishing.http import Access, Client

    access = Access(
        url=environment.get("GITHUB_API_URL") or "https://api.github.com",
        token=Secret(environment.get("GITHUB_TOKEN", "")),
        variable="GITHUB_TOKEN",
        header="Authorization",
        prefix="Bearer ",
        headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    )
    async with Client(access) as client:
        yield GitHub(client, repository, environment.get("FLEET_BOT_LOGIN") or None)


@asynccontextmanager
async def _on_gitlab(environment: Mapping[str, str]) -> AsyncIterator[Publisher]:
    from reconciler.publishing.gitlab import GitLab
    from reconciler.publishing.http import Access, Client

    access = Access(
        url=environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4",
        token=Secret(environment.get("FLEET_GITLAB_TOKEN", "")),
        variable="FLEET_GITLAB_TOKEN",
        header="PRIVATE-TOKEN",
    )
    async with Client(access) as client:
        yield GitLab(client, environment.get("CI_PROJECT_ID", ""))
