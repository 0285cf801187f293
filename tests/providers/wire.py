"""Stands between the client and the sandbox: watches what is asked, and spoils answers as real servers do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Takes path, offset, status, headers and body of an answer, and returns what the client gets instead.
Spoil = Callable[[str, int, int, dict[str, str], Any], tuple[int, dict[str, str], bytes] | None]


@dataclass(slots=True)
class Wire:
    """An ASGI application that passes on to `app`, keeps a record, and lets `spoil` change answers."""

    app: Any
    spoil: Spoil | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, keep)
        self.asked.append((scope["method"], scope["path"]))
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        body = b"".join(message.get("body", b"") for message in sent[1:])
        status = sent[0]["status"]
        if self.spoil is not None and scope["method"] == "GET":
            query = dict(part.split("=", 1) for part in scope["query_string"].decode().split("&") if "=" in part)
            spoilt = self.spoil(scope["path"], int(query.get("offset", -1)), status, dict(headers), json.loads(body))
            if spoilt is not None:
                status, headers, body = spoilt
        headers["content-length"] = str(len(body))
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def resource(path: str) -> str:
    """Return the last word of a path."""
    return path.rsplit("/", 1)[-1]
