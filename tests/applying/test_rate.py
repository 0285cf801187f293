"""The operator's limit on calls holds over all who share the journal, in whatever process they are."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from reconciler.applying.journal.database import Database
from reconciler.applying.journal.rate import SharedRate
from reconciler.settings import SystemClock


@dataclass(slots=True)
class Watch(SystemClock):
    """Real time that keeps how long each sleep was, and to which moment."""

    slept: list[float] = field(default_factory=list)
    until: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Note it and go on."""
        self.slept.append(seconds)
        self.until.append(time.monotonic() + seconds)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of a journal in a file."""
    return f"sqlite:///{tmp_path / 'journal.db'}"


def test_turns_of_two_processes_follow_each_other_at_the_configured_rate(url: str) -> None:
    watch = Watch()
    rates = [SharedRate(Database.open(url), "operator", 4.0, watch) for _ in range(2)]

    async def calls() -> None:
        await asyncio.gather(*(rate.turn() for rate in rates for _ in range(6)))

    asyncio.run(calls())
    turns = sorted(watch.until)
    assert min(watch.slept) == 0
    assert turns[-1] - turns[0] > 2.3, "eleven quarters of a second, less what a slow machine blurs"
    assert all(later - earlier > 0.05 for earlier, later in pairwise(turns))


def test_what_one_process_was_told_holds_for_the_other_and_for_nobody_elsewhere(url: str) -> None:
    told, other, elsewhere = (
        SharedRate(Database.open(url), account, None, SystemClock()) for account in ("here", "here", "there")
    )

    async def waited(rate: SharedRate) -> float:
        started = time.monotonic()
        await rate.turn()
        return time.monotonic() - started

    told.pause(3)
    assert asyncio.run(waited(elsewhere)) < 1.5
    assert asyncio.run(waited(other)) > 0.5
    assert asyncio.run(waited(told)) < 1.5, "it is over by then"


def test_a_shorter_pause_does_not_end_a_longer_one(url: str) -> None:
    watch = Watch()
    rate = SharedRate(Database.open(url), "operator", 100.0, watch)
    rate.pause(30)
    rate.pause(1)
    asyncio.run(rate.turn())
    assert watch.slept[0] == pytest.approx(30, abs=2)
