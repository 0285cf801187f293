"""What an operator or a platform sends is taken in within bounds: its size, its depth and its numbers."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.bodies import DEEPEST, BadBody, parsed, size, whole
from reconciler.errors import (
    AmbiguousAnswer,
    FleetError,
    OperatorRefused,
    OperatorUnreachable,
    PublishingError,
    UnreadableAnswer,
)
from reconciler.model.secret import Secret
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.settings import Auth, TmfSettings
from reconciler.publishing.http import Access
from reconciler.publishing.http import Client as PlatformClient
from reconciler.sandbox import Sandbox

MIB = 1024 * 1024
#: 300 kB that hold 300 MB.
BOMB = gzip.compress(b"[" + b" " * (300 * MIB) + b"]", 9)
GZIP = {"content-encoding": "gzip"}


def serving(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Any:
    """Return an application that answers everything with these bytes, as they are."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        named = {"content-type": "application/json", **(headers or {})}
        raw = [(name.encode(), value.encode()) for name, value in named.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for start in range(0, max(len(body), 1), 65_536):
            await send({"type": "http.response.body", "body": body[start : start + 65_536], "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def asked(app: Any, *, auth: Auth | None = None, **settings: Any) -> Any:
    """Return what a page of products is read as."""

    async def read() -> Any:
        async with Client(TmfSettings("http://operator", auth, attempts=1, **settings), app=app, writable=False) as one:
            return (await one.get("/product", {"offset": 2000, "limit": 1000})).body

    return asyncio.run(read())


def ordered(app: Any) -> Any:
    """Return what an order is answered."""

    async def post() -> Any:
        async with Client(TmfSettings("http://operator"), app=app, writable=True) as one:
            return (await one.post("/productOrder", {}, idempotency_key="r-1")).body

    return asyncio.run(post())


def refused(work: Callable[[], Any], kind: type[FleetError]) -> str:
    """Return the words of an error, which came without the memory that the body would have taken."""
    tracemalloc.start()
    try:
        with pytest.raises(kind) as error:
            work()
        assert tracemalloc.get_traced_memory()[1] < 160 * MIB
    finally:
        tracemalloc.stop()
    return str(error.value)


def test_a_page_that_swells_beyond_its_bound_is_given_up_with_its_place_and_size() -> None:
    assert len(BOMB) < 400_000
    words = refused(lambda: asked(serving(BOMB, headers=GZIP)), UnreadableAnswer)
    assert words == "/product at offset 2000 answered with more than 64 MiB, which is the most that is read"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "zstd", "gzip;q=1", "x" * 500])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    twice = gzip.compress(BOMB, 9)
    words = refused(lambda: asked(serving(twice, headers={"content-encoding": encoding})), UnreadableAnswer)
    assert f"in the encoding '{encoding[:40]}', which was not asked for" in words


def test_an_order_whose_answer_swells_may_have_been_accepted() -> None:
    assert "more than 64 MiB" in refused(lambda: ordered(serving(BOMB, 201, GZIP)), AmbiguousAnswer)


def test_an_error_that_swells_is_an_error_without_words() -> None:
    assert refused(lambda: asked(serving(BOMB, 403, GZIP)), OperatorRefused) == "/product answered 403"


def test_a_token_that_swells_is_refused() -> None:
    auth = Auth("http://operator/token", "fleet", "secret")
    words = refused(lambda: asked(serving(BOMB, headers=GZIP), auth=auth), UnreadableAnswer)
    assert words == "http://operator/token answered with more than 1 MiB, which is the most that is read"


@pytest.mark.parametrize("work", ["get", "send", "download"])
def test_what_a_platform_sends_has_a_bound_too(work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> None:
        async with PlatformClient(Access("http://platform", Secret("token"), "TOKEN", "Authorization")) as one:
            one._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=serving(BOMB, headers=GZIP)))
            if work == "send":
                await one.send("POST", "/comments", {})
            else:
                await getattr(one, work)("/comments")

    most = "100 MiB" if work == "download" else "64 MiB"
    tracemalloc.start()
    try:
        with pytest.raises(PublishingError, match=f"answered with more than {most}"):
            asyncio.run(call())
        assert tracemalloc.get_traced_memory()[1] < 260 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[" * 100_000, f"nested more than {DEEPEST} levels deep"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, f"nested more than {DEEPEST} levels deep"),
        (b'[{"id": ' + b"9" * 5000 + b"}]", "a number that cannot be meant: 999999999999… (5,000 characters)"),
        (b'[{"id": 1e999999999}]', "a number that cannot be meant: 1e999999999"),
        (b'[{"id": -0.5e-999}]', "a number that cannot be meant: -0.5e-999"),
        (b"[NaN]", "NaN, which is not a JSON number"),
        (b"[1, Infinity]", "Infinity, which is not a JSON number"),
        (b"<html>", "something that is not JSON"),
        (b"\xff\xfe\x00", "something that is not JSON"),
    ],
)
def test_what_no_honest_answer_holds_is_an_error_that_says_where(body: bytes, words: str) -> None:
    with pytest.raises(UnreadableAnswer) as error:
        asked(serving(body))
    assert str(error.value).startswith("/product answered with ")
    assert words in str(error.value)


def test_an_error_body_of_that_kind_takes_nothing_down() -> None:
    for body in (b"[" * 100_000, b'{"reason": ' + b"9" * 5000 + b"}", b"\xff"):
        with pytest.raises(OperatorRefused, match=r"^/product answered 500$"):
            asked(serving(body, 500))


@pytest.mark.parametrize(
    "headers",
    [
        {"x-total-count": "9" * 5000},
        {"x-total-count": "-1"},
        {"x-total-count": "²"},
        {"date": "Mon, 01 Jan 99999 00:00:00 GMT"},
        {"date": "Fri, 31 Dec 9999 23:59:59 -2359"},
        {"date": "nonsense"},
    ],
)
def test_headers_that_make_no_sense_are_passed_over(headers: dict[str, str]) -> None:
    if "²" in headers.get("x-total-count", ""):
        headers = {"x-total-count": "\xc2\xb2"}
    assert asked(serving(b"[]", headers=headers)) == []


@given(st.binary(max_size=3000), st.sampled_from(["", "identity", "gzip", "x-gzip"]))
def test_a_body_is_what_was_compressed_in_whatever_pieces_it_comes(body: bytes, encoding: str) -> None:
    packed = gzip.compress(body) if "gzip" in encoding else body
    for step in (1, 7, 10_000):

        async def parts(step: int = step) -> Any:
            for start in range(0, len(packed), step):
                yield packed[start : start + step]

        assert asyncio.run(whole(parts(), encoding, most=3000)) == body


@given(st.binary(min_size=1, max_size=300), st.integers(min_value=1, max_value=30))
def test_a_compressed_body_that_breaks_off_or_is_damaged_is_never_taken_for_whole(body: bytes, cut: int) -> None:
    async def parts() -> Any:
        yield gzip.compress(body)[:-cut] or b"\x1f"

    with pytest.raises(BadBody):
        asyncio.run(whole(parts(), "gzip", most=1000))


def test_a_cut_gzip_body_is_a_connection_that_broke() -> None:
    with pytest.raises(OperatorUnreachable, match="broke off its answer"):
        asked(serving(gzip.compress(b"[]")[:-3], headers=GZIP))


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(), st.lists, max_leaves=30))
def test_what_an_honest_answer_holds_is_read_as_it_is(value: Any) -> None:
    assert parsed(json.dumps(value).encode()) == value


def test_a_size_is_said_in_mebibytes_where_that_is_even() -> None:
    assert (size(64 * MIB), size(1000)) == ("64 MiB", "1,000 bytes")


@pytest.mark.parametrize("path", ["productOrderingManagement/v4/productOrder", "party/v4/individual"])
def test_the_sandbox_refuses_a_deeply_nested_order(path: str) -> None:
    sandbox = Sandbox.open(":memory:")
    sandbox.reset()

    async def post(body: bytes) -> int:
        transport = httpx.ASGITransport(app=sandbox.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as one:
            return (await one.post(f"/tmf-api/{path}", content=body)).status_code

    for body in (
        b"[" * 100_000,
        b'{"note":' * 5000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b'{"a":' * 900 + b"1" + b"}" * 900,
    ):
        assert asyncio.run(post(body)) == 400
