"""The operator asks to come back later: waited for within a bound, said on the screen, and an end beyond it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.applying.journal.database import MEMORY, Database
from reconciler.applying.journal.rate import SharedRate
from reconciler.bodies import seconds_asked
from reconciler.errors import OperatorBusy, OperatorRefused
from reconciler.ports import Unwatched
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import Sandbox
from reconciler.settings import SystemClock
from tests.crash.company import Company, company, end
from tests.crash.test_kills import once_each

ORDERS = "POST /tmf-api/productOrderingManagement/v4/productOrder"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Told(Unwatched):
    """Keeps how long it was said that the operator asks to wait."""

    seconds: list[float] = field(default_factory=list)

    def asked_to_wait(self, seconds: float) -> None:
        """Keep it."""
        self.seconds.append(seconds)


def busy(retry_after: str, *, times: int = 1000) -> Any:
    """Return an application that is busy for so many calls."""
    left = [times]

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        left[0] -= 1
        status = 429 if left[0] >= 0 else 200
        headers = [(b"retry-after", retry_after.encode())] if status == 429 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"[]"})

    return app


def read(app: Any, **settings: Any) -> tuple[Any, list[float]]:
    """Read a page, and return it with what was said meanwhile."""
    told = Told()

    async def ask() -> Any:
        async with Client(TmfSettings("http://operator", **settings), app=app, writable=False, told=told) as one:
            return (await one.get("/product")).body

    return asyncio.run(ask()), told.seconds


def test_a_wait_within_the_bound_is_said_and_waited() -> None:
    began = time.monotonic()
    assert read(busy("1", times=1)) == ([], [1.0])
    assert time.monotonic() - began >= 1


def test_waits_that_are_longer_than_the_bound_together_end() -> None:
    began = time.monotonic()
    with pytest.raises(OperatorRefused, match="the operator asks to come back in 1 s"):
        read(busy("1"), max_retry_after=2.5, attempts=10)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("asked", ["3600", "Fri, 31 Dec 9999 23:59:59 GMT", "999999999999"])
def test_a_wait_beyond_the_bound_is_an_end_at_once(asked: str) -> None:
    began = time.monotonic()
    with pytest.raises(OperatorRefused) as error:
        read(busy(asked))
    assert time.monotonic() - began < 2
    words = r"answered 429; the operator asks to come back in \d+ s, longer than provider\.max_retry_after \(300 s\)$"
    assert re.search(words, str(error.value))


@pytest.mark.parametrize(
    "asked", ["", "-5", "1e999", "nan", "inf", "soon", "9" * 5000, "٣", "Mon, 01 Jan 99999 00:00:00"]
)
def test_a_wait_that_makes_no_sense_is_none(asked: str) -> None:
    assert seconds_asked(asked, NOW) == 0


@given(
    st.text() | st.floats().map(str) | st.integers().map(str) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S}".format)
)
def test_whatever_is_asked_is_some_number_of_seconds(asked: str) -> None:
    assert 0 <= seconds_asked(asked, NOW) < 1e12


def test_an_account_is_closed_to_a_run_that_would_have_to_wait_too_long_and_open_to_the_next() -> None:
    database = Database.open(MEMORY)
    told = Told()
    rate = SharedRate(database, "operator", None, SystemClock(), 0.3, told)

    async def turns() -> float:
        rate.pause(3600)
        with pytest.raises(OperatorBusy, match=r"asks to come back in 3600 s; at most 0\.3 s are waited"):
            await rate.turn()
        began = time.monotonic()
        await SharedRate(database, "operator", None, SystemClock(), 0.3, told).turn()
        return time.monotonic() - began

    assert asyncio.run(turns()) < 2


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Company]:
    """Return a company at an operator in a process of its own."""
    made = company(tmp_path / "fleet", users=9, patience=0.2, lease=30, provider=", max_retry_after: 1")
    with made.served():
        yield made


def fault(one: Company, kind: str, match: str, value: float | None = None, times: int = 1000) -> None:
    """Switch a fault on at the operator, behind its back."""
    sandbox = Sandbox.open(one.operator)
    sandbox.fault(kind, match, times=times, value=value)
    sandbox.close()


def clear(one: Company) -> None:
    """Switch every fault off."""
    sandbox = Sandbox.open(one.operator)
    sandbox.clear_faults()
    sandbox.close()


def test_a_plan_says_how_long_the_operator_asks_to_wait_and_ends_beyond_the_bound(one: Company) -> None:
    fault(one, "throttle", "GET", 1, times=1)
    code, _, err = end(one.start("plan"))
    assert code == 0
    assert "the operator asks to come back in 1 s" in err
    fault(one, "throttle", "GET", 3600)
    code, out, err = end(one.start("plan"))
    assert (code, out) == (1, "")
    assert "the operator asks to come back in 3600 s, longer than provider.max_retry_after (1 s)" in err


def test_orders_that_are_not_taken_for_an_hour_are_not_started_and_are_placed_once_later(one: Company) -> None:
    fault(one, "throttle", ORDERS, 3600)
    code, out, err = end(one.apply())
    assert code == 6, (out, err)
    assert "the operator asks to come back in 3600 s" in out + err
    assert len(re.findall(r"^not started ", out, re.MULTILINE)) == 9
    assert not one.orders()
    clear(one)
    code, out, err = end(one.apply(resume=True))
    assert (code, "Apply complete!" in out) == (0, True), (out, err)
    once_each(one)


def test_an_operator_that_closes_in_the_middle_of_a_run_leaves_every_order_known(one: Company) -> None:
    fault(one, "latency", ORDERS, 0.1, times=3)
    fault(one, "throttle", ORDERS, 3600)
    code, out, err = end(one.start("apply", "--auto-approve", "--allow-removals", "9", "--parallelism", "1"))
    assert (code, "live could not be read afterwards" in err) == (1, True), (out, err)
    placed = sum(one.orders().values())
    assert len(re.findall(r"^done ", out, re.MULTILINE)) == placed
    assert len(re.findall(r"^not started ", out, re.MULTILINE)) == 9 - placed
    clear(one)
    code, out, err = end(one.apply(resume=True))
    assert code == 0, (out, err)
    once_each(one)
