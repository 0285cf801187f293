"""Environments and event files as GitHub Actions and GitLab CI give them to a job; the shapes are recorded ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.publishing.platform import REPOSITORY, TOKEN

RUN = "https://github.com/acme/fleet/actions/runs/900"
JOB = "https://gitlab.com/acme/fleet/-/jobs/900"


def github(event: dict[str, Any], *, folder: Path, name: str, url: str, **more: str) -> dict[str, str]:
    """Return the environment of a step of GitHub Actions."""
    path = folder / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "wim",
        "GITHUB_API_URL": url,
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "900",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_TOKEN": TOKEN,
        **more,
    }


def pull_request(
    commit: str, *, number: int = 12, head: str | None = REPOSITORY, closed: bool = False, merged: bool = False
) -> dict[str, Any]:
    """Return the event of a push to a pull request, or of its end; `head` None where its fork is gone."""
    user = {"login": "wim", "id": 9, "type": "User"}
    base = {"full_name": REPOSITORY, "default_branch": "main", "fork": False}
    return {
        "action": "closed" if closed else "synchronize",
        "number": number,
        "pull_request": {
            "number": number,
            "state": "closed" if closed else "open",
            "merged": merged,
            "title": "Change the fleet",
            "user": user,
            "head": {"ref": "change", "sha": commit, "repo": {"full_name": head, "fork": True} if head else None},
            "base": {"ref": "main", "sha": "b" * 40, "repo": base},
        },
        "repository": base,
        "sender": user,
    }


def push(before: str, after: str) -> dict[str, Any]:
    """Return the event of a push to the main branch."""
    return {"ref": "refs/heads/main", "before": before, "after": after, "forced": False, "commits": [{"id": after}]}


def gitlab(*, url: str, number: int | None, source: str = "55", **more: str) -> dict[str, str]:
    """Return the environment of a job of GitLab CI, of a merge request pipeline where there is a number."""
    merge_request = {
        "CI_MERGE_REQUEST_IID": str(number),
        "CI_MERGE_REQUEST_PROJECT_ID": "55",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
    }
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{url}/api/v4",
        "CI_COMMIT_SHA": "c" * 40,
        "CI_JOB_ID": "900",
        "CI_JOB_URL": JOB,
        "CI_PROJECT_ID": "55",
        "FLEET_GITLAB_TOKEN": TOKEN,
        **(merge_request if number else {}),
        **more,
    }
