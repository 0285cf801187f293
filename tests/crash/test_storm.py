"""Killed at any moment while orders show late, journals are lost and the operator is restarted: everything once."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.company import Company, Process, company, end, kill_after
from tests.crash.test_kills import KILLS, SECONDS, once_each

_LOG = logging.getLogger(__name__)
#: How many seconds late half of the orders take effect: longer than another run takes to begin, which a slow machine
#: needs more of. And how many `patience` allows for that.
LATE = float(os.environ.get("SOAK_LATE", "3"))
PATIENCE = LATE * 1.5 + 0.5
#: How many storms the kills are divided among; most of a storm is waiting.
STORMS = 4 if KILLS >= 100 else 2


def storm(one: Company, chance: random.Random, kills: int) -> int:
    """Apply, kill, lose the journal or restart the operator, and go on until all is done; return the kills."""
    killed, begun, codes = 0, False, []
    for _ in range(kills + 60):
        process = one.apply(resume=begun)
        if killed < kills:
            wait_while_nothing_is_ordered(one, process)
        if killed < kills and kill_after(process, chance.uniform(0.0, 2.0)):
            killed, begun = killed + 1, True
            mishap = chance.random() if killed > 1 else 0.0
            if mishap < 0.5:
                one.lose_journal()
                begun = False
            elif mishap < 0.7:
                one.restart_operator()
            continue
        code, out, err = end(process)
        codes.append(code)
        if code == 0:
            return killed
        if code == 4:
            assert "there is no run to go on with" in err, (code, out, err)
        assert code in (4, 6), (code, out, err)
        begun = code == 6
    raise AssertionError(f"not done after {killed} kills; exit codes {codes}")


def wait_while_nothing_is_ordered(one: Company, process: Process) -> None:
    """Return when the operator has taken one more order, or the process has ended: a kill before tells little."""
    with closing(sqlite3.connect(one.operator)) as book:

        def taken() -> int:
            return int(book.execute("select count(*) from orders").fetchone()[0])

        before, until = taken(), time.monotonic() + 60
        while taken() == before and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)


@pytest.mark.parametrize("seed", range(1, STORMS + 1))
def test_every_action_is_ordered_once_though_orders_are_late_and_journals_are_lost(tmp_path: Path, seed: int) -> None:
    chance, killed, fleets, ordered = random.Random(seed), 0, 0, 0
    until, share = time.monotonic() + SECONDS, KILLS / 2 / STORMS
    while killed < share and time.monotonic() < until:
        one = company(tmp_path / f"fleet-{fleets}", chance.choice((30, 45, 60)), newcomers=True, patience=PATIENCE)
        if (seed + fleets) % 2:
            one.environment = {"GITHUB_RUN_ID": f"{seed}{fleets:04d}"}  # the same CI job, repeated
        with one.served(chaos=0.1, seed=chance.randrange(10_000), late=LATE):
            killed += storm(one, chance, kills=max(1, min(8, int(share - killed)))) or 1
            time.sleep(LATE)
            once_each(one)
        fleets, ordered = fleets + 1, ordered + one.users
        words = "seed %d: %d kills, %d fleets, %d users with an order each, none twice, none lost"
        _LOG.info(words, seed, killed, fleets, ordered)
