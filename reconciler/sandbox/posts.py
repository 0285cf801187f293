"""Requests that write: tokens, orders, cancellations and new users, each in one transaction."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sqlalchemy import Connection, insert, select
from starlette.requests import Request
from starlette.responses import Response

from reconciler.sandbox import documents, effects, orders, people, resources, state
from reconciler.sandbox.answers import answer_of, refusal
from reconciler.sandbox.app import SECRET
from reconciler.sandbox.items import Malformed
from reconciler.sandbox.schema import cancellations, tokens
from reconciler.sandbox.schema import orders as orders_table

if TYPE_CHECKING:
    from reconciler.sandbox.operator import Sandbox

_DEEPEST = 32


def answer(sandbox: Sandbox, name: str, request: Request, body: bytes) -> Response:
    """Return the answer to a request that writes, which it does in whole or not at all."""
    with sandbox.transaction() as connection:
        effects.settle(connection)
        try:
            return _HANDLERS[name](connection, request, body)
        except Malformed as error:
            return refusal(400, "invalid", str(error))
        except (orders.Conflict, people.Known) as error:
            return refusal(409, "conflict", str(error))


def _token(connection: Connection, request: Request, body: bytes) -> Response:
    """Give a token for client credentials, in the form or in basic authentication."""
    form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
    kind, _, basic = request.headers.get("Authorization", "").partition(" ")
    secret = form.get("client_secret", "")
    if kind.lower() == "basic":
        secret = base64.b64decode(basic).decode("utf-8").partition(":")[2]
    if form.get("grant_type") != "client_credentials":
        return answer_of({"error": "unsupported_grant_type"}, 400)
    if secret != SECRET:
        return answer_of({"error": "invalid_client", "error_description": "the client secret is wrong"}, 401)
    token, expires = secrets.token_urlsafe(24), datetime.now(UTC) + timedelta(hours=1)
    connection.execute(insert(tokens).values(token=token, expires=expires.isoformat()))
    return answer_of({"access_token": token, "token_type": "Bearer", "expires_in": 3600})


def _order(connection: Connection, _request: Request, body: bytes) -> Response:
    identity, new = orders.accept(connection, _json(body))
    document = resources.one(state.driver_of(connection), resources.ORDERS, identity)
    return answer_of(document, 201 if new else 200)


def _individual(connection: Connection, _request: Request, body: bytes) -> Response:
    identity = people.create(connection, _json(body))
    return answer_of(resources.one(state.driver_of(connection), resources.INDIVIDUALS, identity), 201)


def _cancellation(connection: Connection, _request: Request, body: bytes) -> Response:
    sent = _json(body)
    order_id = (sent.get("productOrder") or {}).get("id") if isinstance(sent, dict) else None
    if not order_id:
        raise Malformed("productOrder.id is missing")
    row = connection.execute(select(orders_table).where(orders_table.c.id == order_id)).mappings().first()
    if row is None:
        return refusal(404, "notFound", f"there is no order {order_id}")
    outcome = "done" if row["state"] in orders.OPEN else "terminatedWithError"
    if outcome == "done":
        effects.cancel(connection, row)
    identity = f"cancel-{state.counter(connection, 'cancellation'):07d}"
    values = {"id": identity, "order_id": order_id, "state": outcome, "reason": sent.get("cancellationReason")}
    connection.execute(insert(cancellations).values(asked=state.now(connection).isoformat(), **values))
    saved = connection.execute(select(cancellations).where(cancellations.c.id == identity)).mappings().one()
    return answer_of(documents.cancellation(saved), 201)


def _json(body: bytes) -> Any:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is no JSON") from error
    _require_shallow(sent)
    return sent


def _require_shallow(sent: Any) -> None:
    """Refuse what is nested so deep that no order is."""
    level = [sent]
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for values in inner for each in values]
        if not level:
            return
    raise Malformed(f"the body is nested more than {_DEEPEST} levels deep")


_HANDLERS: MappingProxyType[str, Callable[[Connection, Request, bytes], Response]] = MappingProxyType(
    {"token": _token, "order": _order, "individual": _individual, "cancellation": _cancellation}
)
