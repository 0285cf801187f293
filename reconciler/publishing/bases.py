"""Which commit a CI job takes the connection to the operator from: one that was reviewed, never the change itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.errors import ConnectionRefused
from reconciler.files import read_regular

#: GitHub's events hold up to 25 MB of a webhook's payload.
_LARGEST_EVENT = 32 * 1024 * 1024
_HINT = "Set FLEET_BASE_REF to the reviewed branch, like origin/main."


def is_ci(environment: Mapping[str, str]) -> bool:
    """Tell whether this is a CI job."""
    if environment.get("FLEET_BASE_REF"):
        return True
    return any(
        environment.get(name, "").lower() not in ("", "false", "0") for name in ("GITHUB_ACTIONS", "GITLAB_CI", "CI")
    )


def connection_base(environment: Mapping[str, str]) -> str | None:
    """Return the commit whose settings name the connection of a CI job; None where that is the one checked out.

    For a change under review that is the branch it goes to, for a push to the main branch what was there before, and
    for any other branch the main one. Raises ConnectionRefused where nothing tells which branch was reviewed.
    """
    if environment.get("FLEET_BASE_REF"):
        return environment["FLEET_BASE_REF"]
    if environment.get("GITHUB_ACTIONS") == "true":
        return _on_github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _on_gitlab(environment)
    raise ConnectionRefused("nothing tells which branch this CI job's change goes to", hint=_HINT)


def _on_github(environment: Mapping[str, str]) -> str | None:
    if environment.get("GITHUB_BASE_REF"):
        return f"origin/{environment['GITHUB_BASE_REF']}"
    event = _event(environment)
    main = (event.get("repository") or {}).get("default_branch")
    branch = str(event.get("ref") or environment.get("GITHUB_REF") or "").removeprefix("refs/heads/")
    return _of_branch(branch, main, str(event.get("before") or ""))


def _on_gitlab(environment: Mapping[str, str]) -> str | None:
    if environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        return environment["CI_MERGE_REQUEST_DIFF_BASE_SHA"]
    branch, main = environment.get("CI_COMMIT_BRANCH", ""), environment.get("CI_DEFAULT_BRANCH")
    return _of_branch(branch, main, environment.get("CI_COMMIT_BEFORE_SHA", ""))


def _of_branch(branch: str, main: str | None, before: str) -> str | None:
    """Return the base of a job that has no change under review: `before` is all zeros for a branch that is new."""
    if main and branch and branch != main:
        return f"origin/{main}"
    return before if before.strip("0") else None


def _event(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what started the job, empty where nothing is said of it; ConnectionRefused where that is unreadable."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(read_regular(Path(os.path.realpath(path)), limit=_LARGEST_EVENT))
    except (OSError, ValueError, RecursionError) as error:
        message = "the event of this job cannot be read, so nothing tells its branch"
        raise ConnectionRefused(message, hint=_HINT) from error
    return event if isinstance(event, dict) else {}
