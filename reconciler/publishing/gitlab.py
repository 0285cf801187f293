"""GitLab's REST interface, version 4: notes of merge requests, issues, and the artefact of a job."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import PublishingError
from reconciler.model.platform import Comment, Issue
from reconciler.publishing.http import Client

#: The folder in which a job leaves its artefact.
FOLDER = "fleet-ci"
_JOB = re.compile(r"/-/jobs/(\d+)")
#: A line like `/merge` is an order to GitLab, whoever the word came from.
_QUICK_ACTION = re.compile(r"^(\s*)/(?=\w)", re.MULTILINE)


class GitLab:
    """One project, by its number."""

    def __init__(self, client: Client, project: str) -> None:
        self._client = client
        self._base = f"/projects/{project}"
        self._own_id: int | None = None

    async def pull_request_of(self, commit: str) -> int | None:
        """Return the merged merge request that brought a commit."""
        found = await self._client.pages(f"{self._base}/repository/commits/{commit}/merge_requests")
        merged = [each for each in found if each.get("state") == "merged"]
        merged.sort(key=lambda each: commit not in (each.get("merge_commit_sha"), each.get("squash_commit_sha")))
        return int(merged[0]["iid"]) if merged else None

    async def comments(self, pull_request: int) -> Sequence[Comment]:
        """Return the notes people wrote, oldest first."""
        own = await self._own()
        query = {"sort": "asc", "order_by": "created_at"}
        found = await self._client.pages(f"{self._base}/merge_requests/{pull_request}/notes", query)
        return [Comment(str(each["id"]), each["body"], _by(each, own)) for each in found if not each.get("system")]

    async def add_comment(self, pull_request: int, body: str) -> None:
        """Add a note."""
        await self._client.send("POST", f"{self._base}/merge_requests/{pull_request}/notes", {"body": _inert(body)})

    async def edit_comment(self, pull_request: int, comment: str, body: str) -> None:
        """Replace the body of a note."""
        path = f"{self._base}/merge_requests/{pull_request}/notes/{comment}"
        await self._client.send("PUT", path, {"body": _inert(body)})

    async def issues(self) -> Sequence[Issue]:
        """Return the open issues."""
        own = await self._own()
        query = {"state": "opened", "order_by": "created_at", "sort": "asc"}
        found = await self._client.pages(f"{self._base}/issues", query)
        return [Issue(int(each["iid"]), each["title"], each.get("description") or "", _by(each, own)) for each in found]

    async def add_issue(self, title: str, body: str, *, label: str) -> int:
        """Open an issue; GitLab makes the label where there is none of that name."""
        sent = {"title": title, "description": _inert(body), "labels": label}
        return int((await self._client.send("POST", f"{self._base}/issues", sent))["iid"])

    async def edit_issue(self, number: int, title: str, body: str) -> None:
        """Replace the title and the description."""
        await self._client.send("PUT", f"{self._base}/issues/{number}", {"title": title, "description": _inert(body)})

    async def close_issue(self, number: int, comment: str) -> None:
        """Add a note, and close."""
        await self._client.send("POST", f"{self._base}/issues/{number}/notes", {"body": _inert(comment)})
        await self._client.send("PUT", f"{self._base}/issues/{number}", {"state_event": "close"})

    async def artefact(self, run: str, file: str) -> bytes:
        """Return a file that a job left."""
        number = _JOB.search(run)
        if number is None:
            raise PublishingError(f"'{run}' is no job of GitLab CI")
        return await self._client.download(f"{self._base}/jobs/{number[1]}/artifacts/{FOLDER}/{file}")

    async def _own(self) -> int:
        """Return the number of the account whose token this is."""
        if self._own_id is None:
            self._own_id = int((await self._client.get("/user"))["id"])
        return self._own_id


def _by(document: Mapping[str, Any], account: int) -> bool:
    return bool((document.get("author") or {}).get("id") == account)


def _inert(body: str) -> str:
    return _QUICK_ACTION.sub(r"\1&#47;", body)
