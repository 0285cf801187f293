"""The sandbox over HTTP: an ASGI application with the TM Forum resources and an OAuth2 token endpoint."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sqlalchemy import Connection, insert, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.sandbox import documents, effects, orders, people, resources, state
from reconciler.sandbox.faults import Faulty
from reconciler.sandbox.items import Malformed
from reconciler.sandbox.listing import BadQuery, Query, matches, read_query, selected
from reconciler.sandbox.prepared import Page
from reconciler.sandbox.resources import Resource
from reconciler.sandbox.schema import cancellations, tokens
from reconciler.sandbox.schema import orders as orders_table
from reconciler.sandbox.standing import Standing

if TYPE_CHECKING:
    from reconciler.sandbox.operator import Sandbox

#: The one secret of every sandbox; it is shown when one is served.
SECRET = "sandbox-secret"


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and how things stood when it came."""

    connection: Connection
    standing: Standing
    request: Request
    body: bytes

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

    def served(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with sandbox.transaction() as connection:
                needed = require_token or sandbox.standing(connection).settings.require_token
                answer = _refuse_stranger(connection, request, needs_token=needed)
                if answer is None:
                    answer = _guarded(handler, Call(connection, sandbox.settled(connection), request, body))
                answer.headers["Date"] = sandbox.standing(connection).date
                return answer

        return endpoint

    routes = [Route("/oauth2/token", served(_token), methods=["POST"])]
    for path in _FIXED:
        routes += _reading(served, path, _list_fixed(path), _one_fixed(path))
    for resource in resources.TABLES:
        routes += _reading(served, resource.path, _list(resource), _one(resource))
    routes.append(Route(f"{documents.PARTY}/individual", served(_post_individual), methods=["POST"]))
    routes.append(Route(f"{documents.ORDERING}/productOrder", served(_post_order), methods=["POST"]))
    routes.append(Route(f"{documents.ORDERING}/cancelProductOrder", served(_post_cancel), methods=["POST"]))
    return Faulty(Starlette(routes=routes), sandbox)


def _reading(served: Callable[[Handler], Any], path: str, listed: Handler, one: Handler) -> list[Route]:
    return [
        Route(path, served(listed), methods=["GET"]),
        Route(f"{path}/{{identity}}", served(one), methods=["GET"]),
    ]


def _guarded(handler: Handler, call: Call) -> Response:
    try:
        return handler(call)
    except (Malformed, BadQuery) as error:
        return _error(400, "invalid", str(error))
    except (orders.Conflict, people.Known) as error:
        return _error(409, "conflict", str(error))


def _answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, "application/json")


def _error(status: int, reason: str, message: str) -> Response:
    return _answer({"code": str(status), "reason": reason, "message": message, "status": str(status)}, status)


def _refuse_stranger(connection: Connection, request: Request, *, needs_token: bool) -> Response | None:
    """Refuse a request with a bad token, or without one where one is required."""
    if request.url.path == "/oauth2/token":
        return None
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return _error(401, "unauthorized", "a bearer token is needed") if needs_token else None
    expires = connection.execute(select(tokens.c.expires).where(tokens.c.token == token)).scalar()
    if kind.lower() == "bearer" and expires and expires > datetime.now(UTC).isoformat():
        return None
    return _error(401, "unauthorized", "the token is unknown or has expired")


def _token(call: Call) -> Response:
    """Give a token for client credentials, in the form or in basic authentication."""
    import base64

    form = {name: values[0] for name, values in parse_qs(call.body.decode("latin-1")).items()}
    kind, _, basic = call.request.headers.get("Authorization", "").partition(" ")
    secret = form.get("client_secret", "")
    if kind.lower() == "basic":
        secret = base64.b64decode(basic).decode("utf-8").partition(":")[2]
    if form.get("grant_type") != "client_credentials":
        return _answer({"error": "unsupported_grant_type"}, 400)
    if secret != SECRET:
        return _answer({"error": "invalid_client", "error_description": "the client secret is wrong"}, 401)
    token, expires = secrets.token_urlsafe(24), datetime.now(UTC) + timedelta(hours=1)
    call.connection.execute(insert(tokens).values(token=token, expires=expires.isoformat()))
    return _answer({"access_token": token, "token_type": "Bearer", "expires_in": 3600})


def _page(call: Call, query: Query, page: Page, total: int) -> Response:
    headers = {"X-Result-Count": str(page.items)}
    if call.standing.settings.total_count:
        headers["X-Total-Count"] = str(total)
    partial = page.items and query.offset + page.items < total and "limit" in call.request.query_params
    return Response(page.body, 206 if partial else 200, headers, "application/json")


def _list(resource: Resource) -> Handler:
    def handler(call: Call) -> Response:
        query = call.query
        page, total = resources.page(call.connection, resource, query, call.standing)
        return _page(call, query, page, total)

    return handler


def _list_fixed(path: str) -> Handler:
    def handler(call: Call) -> Response:
        query = call.query
        kept = [each for each in resources.fixed(call.connection, path) or () if matches(each, query.filters)]
        return _page(call, query, resources.page_of(kept, query), len(kept))

    return handler


def _one(resource: Resource) -> Handler:
    def handler(call: Call) -> Response:
        return _found(resources.one(call.connection, resource, call.request.path_params["identity"]), call.request)

    return handler


def _one_fixed(path: str) -> Handler:
    def handler(call: Call) -> Response:
        whole = resources.fixed(call.connection, path) or []
        identity = call.request.path_params["identity"]
        return _found(next((each for each in whole if each["id"] == identity), None), call.request)

    return handler


def _found(document: dict[str, Any] | None, request: Request) -> Response:
    if document is None:
        return _error(404, "notFound", f"there is no {request.url.path}")
    fields = frozenset(word for word in request.query_params.get("fields", "").split(",") if word)
    return _answer(selected(document, fields))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Malformed("the body is no JSON") from error


def _post_order(call: Call) -> Response:
    identity, new = orders.accept(call.connection, _json(call.body))
    orders_resource = next(each for each in resources.TABLES if each.table is orders_table)
    document = resources.one(call.connection, orders_resource, identity)
    return _answer(document, 201 if new else 200)


def _post_individual(call: Call) -> Response:
    identity = people.create(call.connection, _json(call.body))
    return _answer(resources.one(call.connection, resources.INDIVIDUALS, identity), 201)


def _post_cancel(call: Call) -> Response:
    connection, sent = call.connection, _json(call.body)
    order_id = (sent.get("productOrder") or {}).get("id") if isinstance(sent, dict) else None
    if not order_id:
        raise Malformed("productOrder.id is missing")
    row = connection.execute(select(orders_table).where(orders_table.c.id == order_id)).mappings().first()
    if row is None:
        return _error(404, "notFound", f"there is no order {order_id}")
    outcome = "done" if row["state"] in orders.OPEN else "terminatedWithError"
    if outcome == "done":
        effects.cancel(connection, row)
    identity = f"cancel-{state.counter(connection, 'cancellation'):07d}"
    values = {"id": identity, "order_id": order_id, "state": outcome, "reason": sent.get("cancellationReason")}
    connection.execute(insert(cancellations).values(asked=state.now(connection).isoformat(), **values))
    saved = connection.execute(select(cancellations).where(cancellations.c.id == identity)).mappings().one()
    return _answer(documents.cancellation(saved), 201)
