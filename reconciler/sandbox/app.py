"""The sandbox over HTTP: an ASGI application with the TM Forum resources and an OAuth2 token endpoint.

What only reads is answered here, what writes in `posts`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.sandbox import documents, resources
from reconciler.sandbox.answers import answer_of, refusal
from reconciler.sandbox.faults import Faulty
from reconciler.sandbox.listing import BadQuery, Query, matches, read_query, selected
from reconciler.sandbox.prepared import Page
from reconciler.sandbox.resources import Resource
from reconciler.sandbox.standing import Standing

if TYPE_CHECKING:
    from reconciler.sandbox.operator import Sandbox

#: The one secret of every sandbox; it is shown when one is served.
SECRET = "sandbox-secret"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that only reads, and how things stand."""

    driver: sqlite3.Connection
    standing: Standing
    request: Request

    @property
    def query(self) -> Query:
        """What a list is asked for; raises BadQuery."""
        return read_query(self.request.query_params.multi_items(), self.standing.settings.page_limit)


Handler = Callable[[Call], Response]
_FIXED = (
    f"{documents.CATALOGUE}/productOffering",
    f"{documents.CATALOGUE}/productOfferingPrice",
    f"{documents.PARTY}/organization",
    f"{documents.AGREEMENT}/agreement",
)


def application(sandbox: Sandbox, *, require_token: bool = False) -> Any:
    """Return the ASGI application of a sandbox, faults included."""

    def answered(request: Request, answer: Callable[[], Response]) -> Response:
        """Return the answer to who may ask, with the sandbox's own time."""
        needed = require_token or sandbox.standing().settings.require_token
        response = _refuse_stranger(sandbox.driver, request, needs_token=needed) or answer()
        response.headers["Date"] = sandbox.standing().date
        return response

    def reads(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return answered(request, lambda: _guarded(handler, Call(sandbox.driver, sandbox.settled(), request)))

        return endpoint

    def writes(name: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            from reconciler.sandbox import posts

            body = await request.body()
            return answered(request, lambda: posts.answer(sandbox, name, request, body))

        return endpoint

    routes = [Route("/oauth2/token", writes("token"), methods=["POST"])]
    for path in _FIXED:
        routes += _reading(reads, path, _list_fixed(path), _one_fixed(path))
    for resource in resources.TABLES:
        routes += _reading(reads, resource.path, _list(resource), _one(resource))
    routes.append(Route(f"{documents.PARTY}/individual", writes("individual"), methods=["POST"]))
    routes.append(Route(f"{documents.ORDERING}/productOrder", writes("order"), methods=["POST"]))
    routes.append(Route(f"{documents.ORDERING}/cancelProductOrder", writes("cancellation"), methods=["POST"]))
    return Faulty(Starlette(routes=routes), sandbox)


def _reading(served: Callable[[Handler], Any], path: str, listed: Handler, one: Handler) -> list[Route]:
    return [
        Route(path, served(listed), methods=["GET"]),
        Route(f"{path}/{{identity}}", served(one), methods=["GET"]),
    ]


def _guarded(handler: Handler, call: Call) -> Response:
    try:
        return handler(call)
    except BadQuery as error:
        return refusal(400, "invalid", str(error))


def _refuse_stranger(driver: sqlite3.Connection, request: Request, *, needs_token: bool) -> Response | None:
    """Refuse a request with a bad token, or without one where one is needed."""
    if request.url.path == "/oauth2/token":
        return None
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return refusal(401, "unauthorized", "a bearer token is needed") if needs_token else None
    row = driver.execute("SELECT expires FROM tokens WHERE token = ?", (token,)).fetchone()
    if kind.lower() == "bearer" and row and row[0] > datetime.now(UTC).isoformat():
        return None
    return refusal(401, "unauthorized", "the token is unknown or has expired")


def _page(call: Call, query: Query, page: Page, total: int) -> Response:
    headers = {"X-Result-Count": str(page.items)}
    if call.standing.settings.total_count:
        headers["X-Total-Count"] = str(total)
    partial = page.items and query.offset + page.items < total and "limit" in call.request.query_params
    return Response(page.body, 206 if partial else 200, headers, "application/json")


def _list(resource: Resource) -> Handler:
    def handler(call: Call) -> Response:
        query = call.query
        page, total = resources.page(call.driver, resource, query, call.standing)
        return _page(call, query, page, total)

    return handler


def _list_fixed(path: str) -> Handler:
    def handler(call: Call) -> Response:
        query = call.query
        kept = [each for each in resources.fixed(call.driver, path) or () if matches(each, query.filters)]
        return _page(call, query, resources.page_of(kept, query), len(kept))

    return handler


def _one(resource: Resource) -> Handler:
    def handler(call: Call) -> Response:
        return _found(resources.one(call.driver, resource, call.request.path_params["identity"]), call.request)

    return handler


def _one_fixed(path: str) -> Handler:
    def handler(call: Call) -> Response:
        whole = resources.fixed(call.driver, path) or []
        identity = call.request.path_params["identity"]
        return _found(next((each for each in whole if each["id"] == identity), None), call.request)

    return handler


def _found(document: dict[str, Any] | None, request: Request) -> Response:
    if document is None:
        return refusal(404, "notFound", f"there is no {request.url.path}")
    fields = frozenset(word for word in request.query_params.get("fields", "").split(",") if word)
    return answer_of(selected(document, fields))
