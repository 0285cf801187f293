"""A TM Forum server made of plain documents: what it lists is what a test wrote, filters and counts included.

It shares nothing with the sandbox, so that a shape the sandbox never has can be served as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Document = dict[str, Any]
Lists = Mapping[str, Sequence[Any]]
#: Called with a resource, an offset and the items of a page; returns the items that are sent instead.
PAGE_OF_NOTHING: list[Any] = []


@dataclass(slots=True)
class Server:
    """An ASGI application over lists of documents by the last word of their path.

    `counts` is whether a list says how many there are, `cuts` the offset at which a list ends too early, by resource,
    `repeats` the offset of a page that is sent as the one before it.
    """

    lists: Lists
    counts: bool = True
    cuts: Mapping[str, int] = field(default_factory=dict)
    repeats: Mapping[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Answer a GET."""
        assert scope["method"] == "GET", "nothing but a plan is made here"
        query = parse_qsl(scope["query_string"].decode())
        status, body, total = self._answer(scope["path"], query)
        self.asked.append(f"{scope['path']}?{scope['query_string'].decode()}")
        content = json.dumps(body).encode()
        headers = [(b"date", b"Mon, 23 Nov 2026 08:00:00 GMT"), (b"content-length", str(len(content)).encode())]
        if total is not None and self.counts:
            headers.append((b"x-total-count", str(total).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, path: str, query: list[tuple[str, str]]) -> tuple[int, Any, int | None]:
        *_, before, last = path.split("/")
        if last in self.lists:
            return 200, *self._page(last, query)
        found = [item for item in self.lists.get(before, ()) if isinstance(item, dict) and str(item.get("id")) == last]
        return (200, found[0], None) if found else (404, {"code": "404"}, None)

    def _page(self, resource: str, query: list[tuple[str, str]]) -> tuple[list[Any], int]:
        plain = dict(query)
        offset, limit = int(plain.get("offset", 0)), int(plain.get("limit", 1000))
        filters = [(name, value) for name, value in query if name not in ("offset", "limit", "fields")]
        found = [
            item
            for item in self.lists[resource]
            if not isinstance(item, dict) or all(_passes(item, *each) for each in filters)
        ]
        if self.cuts.get(resource, offset + 1) <= offset:
            return PAGE_OF_NOTHING, len(found)
        if offset and self.repeats.get(resource) == offset:
            offset -= limit
        return found[offset : offset + limit], len(found)


def _passes(item: Any, name: str, wanted: str) -> bool:
    path, _, comparison = name.rpartition(".")
    found = [str(value) for value in _values(item, (path if comparison in ("gte", "lt") else name).split("."))]
    if comparison == "gte":
        return any(value[:19] >= wanted[:19] for value in found) or not any(value[:1] == "2" for value in found)
    if comparison == "lt":
        return any(value[:19] < wanted[:19] for value in found)
    return bool({*found} & {*wanted.split(",")})


def _values(node: Any, path: Sequence[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from _values(each, path)
    elif not path:
        yield node
    elif isinstance(node, dict) and path[0] in node:
        yield from _values(node[path[0]], path[1:])
