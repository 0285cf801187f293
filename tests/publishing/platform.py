"""The few calls of GitHub's and GitLab's REST interfaces that are used, as their documentation describes them.

A server on loopback with one repository (one project) in memory. Lists come in pages with a Link header, bodies have
the platform's limits, tokens their rights; what is refused is refused with the status and the words of the original.
"""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

REPOSITORY = "acme/fleet"
TOKEN = "ghs_" + "t" * 36
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
SOMEBODY = {"login": "mallory", "id": 7, "type": "User"}
_LONGEST_BODY = 65_536


@dataclass(slots=True)
class Platform:
    """A repository with pull requests; `refuse` answers requests that begin with its key with its status."""

    url: str = ""
    page: int = 100
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    #: pull requests by the commits they brought
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: what the run of a number left, as files
    artefacts: dict[int, dict[str, bytes]] = field(default_factory=dict)
    refuse: dict[str, int] = field(default_factory=dict)
    #: (method, path, the headers that could hold a token)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    #: where the pages after the first are said to be
    next_page_at: str | None = None
    last: int = 100

    def clear(self) -> None:
        """Forget everything but the address."""
        fresh = Platform(self.url)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def comment(self, number: int, body: str, user: dict[str, Any] = SOMEBODY) -> dict[str, Any]:
        """Have somebody comment."""
        made = {"id": self.next(), "body": body, "user": user, "author": {"id": user["id"]}, "system": False}
        self.comments.setdefault(number, []).append(made)
        return made

    def bodies(self, number: int, user: dict[str, Any] = BOT) -> list[str]:
        """Return what an account has written on a pull request or issue."""
        return [each["body"] for each in self.comments.get(number, ()) if each["user"]["id"] == user["id"]]

    def merge(self, number: int, commit: str, **more: Any) -> None:
        """Say that a pull request brought a commit."""
        merged = {"number": number, "iid": number, "merged_at": "2026-11-23T09:00:00Z", "state": "merged"}
        self.pulls.setdefault(commit, []).append({**merged, "merge_commit_sha": commit, **more})

    def open(self) -> list[dict[str, Any]]:
        """Return the open issues."""
        return [each for each in self.issues if each["state"] in ("open", "opened")]

    def wrote(self) -> list[str]:
        """Return every request that was not a read."""
        return [f"{method} {path}" for method, path, _ in self.requests if method != "GET"]

    def next(self) -> int:
        """Return a number nobody has had."""
        self.last += 1
        return self.last


def app(platform: Platform) -> Starlette:
    """Return both interfaces to one repository."""
    server = _Server(platform)
    github, gitlab = f"/repos/{REPOSITORY}", "/api/v4/projects/55"
    notes = f"{gitlab}/merge_requests/{{number:int}}/notes"
    routes: list[tuple[str, str, Callable[[Request], Any]]] = [
        ("GET", "/user", server.not_accessible),
        ("GET", f"{github}/commits/{{commit}}/pulls", server.pulls),
        ("GET", f"{github}/issues/{{number:int}}/comments", server.list_comments),
        ("POST", f"{github}/issues/{{number:int}}/comments", server.add_comment),
        ("PATCH", f"{github}/issues/comments/{{id:int}}", server.edit_comment),
        ("GET", f"{github}/issues", server.list_issues),
        ("POST", f"{github}/issues", server.add_issue),
        ("PATCH", f"{github}/issues/{{number:int}}", server.edit_issue),
        ("GET", f"{github}/actions/runs/{{run:int}}/artifacts", server.artefacts),
        ("GET", f"{github}/actions/artifacts/{{run:int}}/zip", server.zip),
        ("GET", "/elsewhere/{run:int}", server.zipped),
        ("GET", "/api/v4/user", server.account),
        ("GET", f"{gitlab}/repository/commits/{{commit}}/merge_requests", server.pulls),
        ("GET", notes, server.list_comments),
        ("POST", notes, server.add_comment),
        ("PUT", f"{notes}/{{id:int}}", server.edit_comment),
        ("GET", f"{gitlab}/issues", server.list_issues),
        ("POST", f"{gitlab}/issues", server.add_issue),
        ("POST", f"{gitlab}/issues/{{number:int}}/notes", server.add_comment),
        ("PUT", f"{gitlab}/issues/{{number:int}}", server.edit_issue),
        ("GET", f"{gitlab}/jobs/{{run:int}}/artifacts/fleet-ci/{{file}}", server.file),
    ]
    return Starlette(routes=[Route(path, server.guarded(work), methods=[method]) for method, path, work in routes])


@contextmanager
def served(platform: Platform) -> Iterator[Platform]:
    """Serve until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app(platform), host="127.0.0.1", port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    platform.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield platform
    finally:
        server.should_exit = True
        thread.join(10)


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Server:
    """The answers."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def guarded(self, work: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """Return `work` behind the token, with the refusals that were asked for."""

        async def answer(request: Request) -> Response:
            headers = {
                name: request.headers[name] for name in ("authorization", "private-token") if name in request.headers
            }
            self.platform.requests.append((request.method, request.url.path, headers))
            try:
                self._let_in(request, headers)
                made = await work(request)
            except _Refused as refused:
                headers = {"Location": f"{self.platform.url}/elsewhere/1"} if 300 <= refused.status < 400 else {}
                return JSONResponse({"message": str(refused)}, refused.status, headers=headers)
            return made if isinstance(made, Response) else JSONResponse(made)

        return answer

    def _let_in(self, request: Request, headers: dict[str, str]) -> None:
        what = f"{request.method} {request.url.path}"
        if request.url.path.startswith("/elsewhere/"):
            return
        if headers not in ({"authorization": f"Bearer {TOKEN}"}, {"private-token": TOKEN}):
            raise _Refused(401, "Bad credentials")
        for beginning, status in self.platform.refuse.items():
            if what.startswith(beginning):
                raise _Refused(status, "Resource not accessible by integration")

    async def not_accessible(self, request: Request) -> Any:
        """Answer as to the token of a job, which may not ask who it is."""
        raise _Refused(403, "Resource not accessible by integration")

    async def account(self, request: Request) -> Any:
        """Say whose token it is."""
        return {"id": BOT["id"], "username": "project_55_bot"}

    async def pulls(self, request: Request) -> Any:
        """List what brought a commit."""
        return self._paged(request, self.platform.pulls.get(request.path_params["commit"], []))

    async def list_comments(self, request: Request) -> Any:
        """List comments by ascending number."""
        return self._paged(request, self.platform.comments.get(request.path_params["number"], []))

    async def add_comment(self, request: Request) -> Any:
        """Comment as the bot."""
        return JSONResponse(
            self.platform.comment(request.path_params["number"], self._body((await request.json())["body"]), BOT), 201
        )

    async def edit_comment(self, request: Request) -> Any:
        """Replace a body."""
        body = self._body((await request.json())["body"])
        for comments in self.platform.comments.values():
            for each in comments:
                if each["id"] == request.path_params["id"]:
                    each["body"] = body
                    return each
        raise _Refused(404, "Not Found")

    async def list_issues(self, request: Request) -> Any:
        """List the open ones, a pull request among them as GitHub does."""
        assert request.query_params["state"] in ("open", "opened")
        pull = {"number": 1, "iid": 1, "title": "A pull request", "body": None, "user": None, "pull_request": {}}
        return self._paged(request, [*([pull] if "repos" in request.url.path else []), *self.platform.open()])

    async def add_issue(self, request: Request) -> Any:
        """Open one as the bot."""
        sent = await request.json()
        number = self.platform.next()
        body = self._body(sent.get("body") or sent.get("description"))
        made = {"number": number, "iid": number, "title": sent["title"], "body": body, "description": body}
        made |= {"labels": sent["labels"], "state": "open", "user": BOT, "author": {"id": BOT["id"]}}
        self.platform.issues.append(made)
        return JSONResponse(made, 201)

    async def edit_issue(self, request: Request) -> Any:
        """Change what is given."""
        sent = await request.json()
        if sent.pop("state_event", None) == "close":
            sent["state"] = "closed"
        for name, other in (("body", "description"), ("description", "body")):
            if name in sent:
                sent[other] = sent[name]
        for each in self.platform.issues:
            if each["number"] == request.path_params["number"]:
                each.update(sent)
                return each
        raise _Refused(404, "Not Found")

    async def artefacts(self, request: Request) -> Any:
        """List the artefacts of a run."""
        run = request.path_params["run"]
        found = [{"id": run, "name": "fleet-plan", "expired": False}] if run in self.platform.artefacts else []
        return {"total_count": len(found), "artifacts": found}

    async def zip(self, request: Request) -> Any:
        """Say where the archive lies."""
        elsewhere = self.platform.url.replace("127.0.0.1", "localhost")
        return RedirectResponse(f"{elsewhere}/elsewhere/{request.path_params['run']}", 302)

    async def zipped(self, request: Request) -> Any:
        """Give the archive to whoever has its address."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for name, content in self.platform.artefacts[request.path_params["run"]].items():
                file.writestr(name, content)
        return Response(archive.getvalue())

    async def file(self, request: Request) -> Any:
        """Give one file of a job."""
        files = self.platform.artefacts.get(request.path_params["run"], {})
        if request.path_params["file"] not in files:
            raise _Refused(404, "404 Not Found")
        return Response(files[request.path_params["file"]])

    def _paged(self, request: Request, found: Sequence[Any]) -> Response:
        """Return one page and where the next one is."""
        asked = min(int(request.query_params.get("per_page", 30)), 100, self.platform.page)
        page = int(request.query_params.get("page", 1))
        following = str(request.url.include_query_params(page=page + 1))
        if self.platform.next_page_at:
            following = following.replace(self.platform.url, self.platform.next_page_at)
        headers = {"Link": f'<{following}>; rel="next"'} if page * asked < len(found) else {}
        return JSONResponse(list(found[(page - 1) * asked : page * asked]), headers=headers)

    def _body(self, body: str | None) -> str:
        if not body or len(body) > _LONGEST_BODY:
            raise _Refused(422, "Body is too long (maximum is 65536 characters)" if body else "Validation Failed")
        return body
