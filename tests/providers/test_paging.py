"""Lists are read ahead, a few pages at once over connections that are kept, and none is asked for in vain for long."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from reconciler.errors import OperatorRefused
from reconciler.garbage import uncollected
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.paging import Listing, read_all
from reconciler.providers.tmf.settings import TmfSettings
from tests.harness import run


@dataclass(slots=True)
class Shelf:
    """A server with one list, whose pages take a while; `refused` is the offset of one that it does not give."""

    length: int
    refused: int | None = None
    waiting: int = 0
    most: int = 0
    asked: list[int] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        query = dict(part.split("=") for part in scope["query_string"].decode().split("&"))
        at, limit = int(query["offset"]), int(query["limit"])
        self.asked.append(at)
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(0.002)
        self.waiting -= 1
        status = 403 if at == self.refused else 200
        body = json.dumps([{"id": str(number)} for number in range(at, min(at + limit, self.length))]).encode()
        headers = [(b"x-total-count", str(self.length).encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def listed(app: Any, *, concurrency: int = 3, **settings: Any) -> Listing[dict[str, Any]]:
    """Return a list read in pages of ten."""

    async def read() -> Listing[dict[str, Any]]:
        chosen = TmfSettings(**{"url": "http://shelf", "attempts": 1, **settings})
        async with Client(chosen, app=app, writable=False) as client:
            return await read_all(client, "/list", params={}, convert=_as_it_is, page_size=10, concurrency=concurrency)

    return run(read())


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 99, 100, 101])
@pytest.mark.parametrize("concurrency", [1, 3, 50])
def test_a_list_is_read_whole_and_in_its_order(length: int, concurrency: int) -> None:
    shelf = Shelf(length)
    found = listed(shelf, concurrency=concurrency)
    assert [row["id"] for row in found.rows] == [str(number) for number in range(length)]
    assert found.gaps == []
    assert sorted(set(shelf.asked)) == sorted(shelf.asked)


def test_so_many_pages_are_under_way_at_once_as_may_be_and_no_more() -> None:
    shelf = Shelf(200)
    listed(shelf, concurrency=3)
    assert shelf.most == 3
    assert len(shelf.asked) <= 200 // 10 + 2


def test_a_page_that_is_refused_ends_the_reading_and_no_other_is_asked_for() -> None:
    shelf = Shelf(1000, refused=100)
    with pytest.raises(OperatorRefused, match="answered 403"):
        listed(shelf, concurrency=3)
    assert max(shelf.asked) <= 130


def test_connections_are_kept_and_answers_may_come_compressed() -> None:
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while head := await reader.readline():
            lines = b"".join([line async for line in _until_blank(reader)]).lower()
            assert b"gzip" in lines.partition(b"accept-encoding:")[2]
            at = int(head.decode().partition("offset=")[2].partition("&")[0])
            body = gzip.compress(json.dumps([{"id": str(number)} for number in range(at, min(at + 10, 205))]).encode())
            writer.write(b"HTTP/1.1 200 OK\r\nX-Total-Count: 205\r\nContent-Encoding: gzip\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    async def work() -> Listing[dict[str, Any]]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            async with Client(TmfSettings(url, attempts=1), writable=False) as client:
                found = await read_all(client, "/list", params={}, convert=_as_it_is, page_size=10, concurrency=3)
            await asyncio.gather(*(writer.wait_closed() for writer in connections))
        return found

    assert len(run(work()).rows) == 205
    assert len(connections) <= 4


def test_a_page_that_was_read_is_gone_though_nobody_looks_for_cycles() -> None:
    with uncollected():
        before = _responses()
        listed(Shelf(50))
        assert _responses() <= before


def _responses() -> int:
    return sum(1 for each in gc.get_objects() if isinstance(each, httpx.Response))


async def _until_blank(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while (line := await reader.readline()) != b"\r\n":
        yield line


def _as_it_is(document: dict[str, Any]) -> dict[str, Any]:
    return document
