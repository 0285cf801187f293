"""Apply 1,000 orders at an operator that takes 50 ms a call, and hold the time against the least it could take.

Eight users are served at once, so the least is calls × 50 ms / 8, with the calls counted at the operator between the
first and the last of them. What the journal costs is what as many orders take where there is nothing but the journal:
each claimed, intended and settled, by as many workers.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from reconciler.applying.executor import reference
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.lease import acquire
from reconciler.applying.journal.runs import RunJournal, RunRecord
from reconciler.ports import Outcome, Result
from tests.crash.company import Company, company, end, wait_for
from tests.planning.values import fleet, planned, service, snapshot

ORDERS, AT_ONCE, SECONDS_A_CALL = 1000, 8, 0.05


class Ordering(NamedTuple):
    """What an apply took, in seconds, and the calls about single orders and services it made."""

    calls: int
    seconds: float
    whole: float

    @property
    def least(self) -> float:
        """The seconds that the operator alone takes for the calls."""
        return self.calls * SECONDS_A_CALL / AT_ONCE


def applied(work: Path, orders: int = ORDERS) -> dict[str, float]:
    """Return how long an apply of so many orders takes, and the least it could; and what the journal takes of it."""
    work.mkdir(parents=True)
    state = {"FLEET_STATE_DIR": str(work / "state")}
    made = measure(company(work / "fleet", orders, lease=60, environment=state), SECONDS_A_CALL)
    journal = journal_seconds(f"sqlite:///{work}/journal.db", orders)
    figures = {"calls": made.calls, "seconds": made.seconds, "least": made.least, "whole": made.whole}
    return {"orders": orders, "at once": AT_ONCE, "a call": SECONDS_A_CALL, "journal": journal, **figures}


def measure(one: Company, seconds: float) -> Ordering:
    """Apply everything that a company's files differ in, over an operator that takes `seconds` a call."""
    record = one.root.parent / f"{one.root.name}.calls"
    arguments = [str(one.operator), one.url.rpartition(":")[2], str(seconds), str(record)]
    with subprocess.Popen([sys.executable, "-m", "tests.bench.slow", *arguments]) as process:
        try:
            wait_for(one.url)
            started = time.time()
            code, out, err = end(one.apply(), 600)
            assert code == 0, (out[-500:], err)
            calls = [tuple(map(float, line.split()[:2])) for line in record.read_text().splitlines() if line]
        finally:
            process.kill()
    calls = [call for call in calls if call[0] > started]
    return Ordering(len(calls), max(call[1] for call in calls) - min(call[0] for call in calls), time.time() - started)


def journal_seconds(url: str, orders: int) -> float:
    """Return the seconds that the journal at `url` takes for the orders of a run, each of one action."""
    database = Database.open(url)
    lease, _ = acquire(database, "bench", run_id="bench-1", who="bench", place="here", seconds=600)
    journal = RunJournal(database, lease)
    journal.begin(RunRecord("bench-1", "bench", "bench", "bench", "here", None, "", "{}", (), "bench"))
    [action] = planned(fleet(service()), snapshot()).actions
    groups = [(f"user {number}", (action._replace(id=f"user {number}/phone"),)) for number in range(orders)]

    async def work() -> None:
        while order := await journal.claim():
            await journal.intend(order.number)
            done = Outcome(Result.DONE, None, f"order {order.number}")
            await journal.settle(order.number, dict.fromkeys(order.actions, done))

    async def everything() -> float:
        await journal.plan(groups, partial(reference, "bench-1"))
        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return time.perf_counter() - started

    taken = asyncio.run(everything())
    database.close()
    return taken
