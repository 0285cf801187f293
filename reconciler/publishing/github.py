"""GitHub's REST interface, version 2022-11-28: comments of pull requests, issues, and the artefact of a run.

Every pull request is an issue there, which is why its comments are those of an issue.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import PublishingError
from reconciler.model.platform import Comment, Issue
from reconciler.publishing.http import Client

#: The name under which the workflow of a plan uploads its folder.
ARTEFACT = "fleet-plan"
#: Who comments with the token of a job; such a token may not ask who it is.
_ACTIONS = "github-actions[bot]"
_MAY_NOT_ASK = (401, 403, 404)
_RUN = re.compile(r"/actions/runs/(\d+)")
_LARGEST_FILE = 100_000_000


class GitHub:
    """One repository; `login` is who comments with the token where that is known beforehand."""

    def __init__(self, client: Client, repository: str, login: str | None = None) -> None:
        self._client = client
        self._base = f"/repos/{repository}"
        self._login = login

    async def pull_request_of(self, commit: str) -> int | None:
        """Return the merged pull request that brought a commit; where several hold it, the one whose merge it is."""
        found = await self._client.pages(f"{self._base}/commits/{commit}/pulls")
        merged = [each for each in found if each.get("merged_at")]
        merged.sort(key=lambda each: each.get("merge_commit_sha") != commit)
        return int(merged[0]["number"]) if merged else None

    async def comments(self, pull_request: int) -> Sequence[Comment]:
        """Return the comments of the conversation, oldest first."""
        own = await self._own()
        found = await self._client.pages(f"{self._base}/issues/{pull_request}/comments")
        return [Comment(str(each["id"]), each.get("body") or "", _by(each, own)) for each in found]

    async def add_comment(self, pull_request: int, body: str) -> None:
        """Comment in the conversation."""
        await self._client.send("POST", f"{self._base}/issues/{pull_request}/comments", {"body": body})

    async def edit_comment(self, pull_request: int, comment: str, body: str) -> None:
        """Replace the body of a comment, whichever pull request it is on."""
        del pull_request
        await self._client.send("PATCH", f"{self._base}/issues/comments/{comment}", {"body": body})

    async def issues(self) -> Sequence[Issue]:
        """Return the open issues, pull requests aside."""
        own = await self._own()
        query = {"state": "open", "sort": "created", "direction": "asc"}
        found = await self._client.pages(f"{self._base}/issues", query)
        return [
            Issue(int(each["number"]), each["title"], each.get("body") or "", _by(each, own))
            for each in found
            if "pull_request" not in each
        ]

    async def add_issue(self, title: str, body: str, *, label: str) -> int:
        """Open an issue; GitHub makes the label where there is none of that name."""
        body_sent = {"title": title, "body": body, "labels": [label]}
        made = await self._client.send("POST", f"{self._base}/issues", body_sent)
        return int(made["number"])

    async def edit_issue(self, number: int, title: str, body: str) -> None:
        """Replace the title and the body."""
        await self._client.send("PATCH", f"{self._base}/issues/{number}", {"title": title, "body": body})

    async def close_issue(self, number: int, comment: str) -> None:
        """Comment, and close as completed."""
        await self.add_comment(number, comment)
        closed = {"state": "closed", "state_reason": "completed"}
        await self._client.send("PATCH", f"{self._base}/issues/{number}", closed)

    async def artefact(self, run: str, file: str) -> bytes:
        """Return a file of the artefact of a run, of its latest attempt where it was repeated."""
        number = _RUN.search(run)
        if number is None:
            raise PublishingError(f"'{run}' is no run of GitHub Actions")
        path = f"{self._base}/actions/runs/{number[1]}/artifacts"
        listed = (await self._client.get(path, {"name": ARTEFACT, "per_page": 100})).get("artifacts", [])
        there = [each for each in listed if each.get("name") == ARTEFACT and not each.get("expired")]
        if not there:
            message = f"the run {number[1]} has no artefact '{ARTEFACT}' any more, or never had one"
            raise PublishingError(message, hint="Run the plan of the pull request again, or name the file with --plan.")
        latest = max(there, key=lambda each: int(each["id"]))
        content = await self._client.download(f"{self._base}/actions/artifacts/{latest['id']}/zip")
        return _unpacked(content, file)

    async def _own(self) -> str:
        """Return who comments with this token."""
        if self._login is None:
            try:
                self._login = str((await self._client.get("/user"))["login"])
            except PublishingError as error:
                if error.status not in _MAY_NOT_ASK:
                    raise
                self._login = _ACTIONS
        return self._login


def _by(document: Mapping[str, Any], login: str) -> bool:
    """Tell whether an account wrote something; no user can have a name with a bracket in it, only an app has."""
    return bool(str((document.get("user") or {}).get("login", "")).casefold() == login.casefold())


def _unpacked(content: bytes, file: str) -> bytes:
    """Return the file of that name, wherever in the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if each.filename.rpartition("/")[2] == file]
            if len(entries) == 1 and entries[0].file_size <= _LARGEST_FILE:
                return archive.read(entries[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise PublishingError(f"the artefact '{ARTEFACT}' cannot be unpacked: {error}") from error
    raise PublishingError(f"the artefact '{ARTEFACT}' does not hold one {file}")
