"""Two workers never hold one order, and who lost the lease can neither claim, intend nor record, on either database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from reconciler.applying.executor import reference
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.lease import acquire, break_lease
from reconciler.applying.journal.runs import RunJournal, RunRecord
from reconciler.errors import LeaseLost, LockedError
from reconciler.ports import Outcome, Result
from tests.planning.values import fleet, planned, service, snapshot
from tests.postgres import Server

ORDERS = 40
Journals = Callable[[], RunJournal]


@pytest.fixture(params=["sqlite", "postgresql"])
def journals(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journals]:
    """Yield what opens the journal of one run again and again, each time over a connection of its own."""
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = server.fresh(f"claims{abs(hash(str(tmp_path))) % 10**9}")
    databases = [Database.open(url)]
    database = databases[0]
    lease, _ = acquire(database, "demo", run_id="claims-1", who="a", place="here", seconds=60)

    def opened() -> RunJournal:
        other = Database.open(url)
        databases.append(other)
        return RunJournal(other, replace(lease, database=other))

    [action] = planned(fleet(service()), snapshot()).actions
    groups = [(f"u{number}", (action._replace(id=f"u{number}/phone"),)) for number in range(ORDERS)]
    first = opened()
    first.begin(RunRecord("claims-1", "demo", "demo", "a", "here", None, "", "{}", (), "test"))
    asyncio.run(first.plan(groups, partial(reference, "claims-1")))
    yield opened
    for each in databases:
        each.close()


def test_every_order_is_claimed_once_whoever_claims(journals: Journals) -> None:
    async def claims(journal: RunJournal) -> list[int]:
        found = []
        while order := await journal.claim():
            found.append(order.number)
            await asyncio.sleep(0.01)  # as for a call; nothing shares a lock fairly with who asks again at once
        return found

    async def everybody() -> list[list[int]]:
        return await asyncio.gather(*(claims(journals()) for _ in range(4)))

    claimed = asyncio.run(everybody())
    assert sorted(number for found in claimed for number in found) == list(range(1, ORDERS + 1))
    assert sum(bool(found) for found in claimed) > 1, "the work was shared"


def test_a_run_that_lost_its_lease_can_do_nothing_more(journals: Journals) -> None:
    zombie, other = journals(), journals()
    order = asyncio.run(zombie.claim())
    assert order is not None
    with pytest.raises(LockedError, match="a at here, run claims-1"):
        acquire(other._database, "demo", run_id="claims-2", who="b", place="there", seconds=60)
    assert break_lease(other._database, "demo", "claims-1")
    taken, _ = acquire(other._database, "demo", run_id="claims-2", who="b", place="there", seconds=60)
    assert taken.fence > 2, "the number only grows"
    done = {address: Outcome(Result.DONE) for address in order.actions}
    for write in (zombie.claim(), zombie.intend(order.number), zombie.settle(order.number, done)):
        with pytest.raises(LeaseLost):
            asyncio.run(write)
    assert zombie.outcomes() == {}
