"""The sandbox as a client on the other side of a network meets it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from reconciler.cli.app import run
from reconciler.errors import Exit
from reconciler.sandbox.faults import ConnectionDropped
from reconciler.sandbox.serving import served
from tests.sandbox.http import PRODUCTS, Operator


def _asked(app: Any, *paths: str, accepts: str = "gzip") -> list[httpx.Response]:
    """Return the answers to requests made at the same time."""

    async def work() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        headers = {"Accept-Encoding": accepts}
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client:
            return await asyncio.gather(*(client.get(path) for path in paths))

    return asyncio.run(work())


def test_a_long_answer_is_compressed_for_who_accepts_it_and_nobody_else() -> None:
    operator = Operator.of(services=40)
    app = served(operator.sandbox.app(), gzip=True)
    [long, page, short] = _asked(app, PRODUCTS, f"{PRODUCTS}?limit=79", f"{PRODUCTS}?limit=1")
    [plain] = _asked(app, PRODUCTS, accepts="identity")
    assert (page.status_code, page.headers.get("Content-Encoding")) == (206, "gzip")
    assert [each.headers.get("Content-Encoding") for each in (long, short, plain)] == ["gzip", None, None]
    assert int(long.headers["Content-Length"]) * 4 < int(plain.headers["Content-Length"])
    assert long.json() == plain.json() == operator.products()
    assert long.headers["X-Total-Count"] == "80"


def test_a_fault_cuts_what_would_be_compressed_off_where_it_cuts_anything_off() -> None:
    operator, sent = Operator.of(services=40), list[str]()

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> Any:
        return {"type": "http.request"}

    for kind in ("lost", "cut"):
        operator.sandbox.fault(kind, "GET")
        scope = {"type": "http", "method": "GET", "path": PRODUCTS, "query_string": b"", "root_path": ""}
        scope |= {"headers": [(b"accept-encoding", b"gzip")]}
        with pytest.raises(ConnectionDropped):
            asyncio.run(_whole(served(operator.sandbox.app(), gzip=True)(scope, receive, send)))
    assert sent == ["http.response.start", "http.response.start", "http.response.body"]


async def _whole(answer: Awaitable[None]) -> None:
    await answer


@pytest.mark.parametrize("wrapped", [True, False])
def test_nothing_is_compressed_unless_the_sandbox_is_told_to(wrapped: bool) -> None:
    app = Operator.of(services=40).sandbox.app()
    [answer] = _asked(served(app) if wrapped else app, PRODUCTS)
    assert "Content-Encoding" not in answer.headers


def test_every_answer_is_late_and_none_waits_for_another() -> None:
    app = served(Operator.of().sandbox.app(), latency=0.1)
    began = time.perf_counter()
    answers = _asked(app, *[PRODUCTS] * 20)
    took = time.perf_counter() - began
    assert [each.status_code for each in answers] == [200] * 20
    assert 0.1 <= took < 1.5, "twenty of them one after the other take two seconds"


@pytest.mark.parametrize(
    ("written", "said"), [("20", "no time"), ("soon", "no time"), ("2m", "no time"), ("90s", "60")]
)
def test_a_latency_that_is_none_is_refused(written: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "serve", "--latency", written]) == Exit.USAGE
    assert said in capsys.readouterr().err
