"""Stopped for longer than the lease, overtaken, and woken again; two at once; and a journal on PostgreSQL."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.company import Company, Process, company, end
from tests.crash.test_kills import kill_until_done, once_each
from tests.postgres import Server
from tests.state import journal_of

PAUSES = int(os.environ.get("SOAK_PAUSES", "2"))


def resume_until_done(one: Company) -> None:
    """Resume until all is done; an order whose sender is not gone yet takes more than one."""
    for _ in range(20):
        code, out, err = end(one.apply(resume=True))
        if code == 0 or (code == 4 and "there is no run to go on with" in err):
            return
        assert code in (5, 6), (code, out, err)
        time.sleep(0.3)
    raise AssertionError("not done after twenty resumes")


def put_to_sleep(one: Company, process: Process) -> None:
    """Stop a process at a moment at which it does not hold the lock of the journal's file.

    With the lock held nobody can take over: that run is refused, and nothing is lost, but there is nothing to see.
    """
    for _ in range(200):
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.02)
        with closing(sqlite3.connect(journal_of(one.root), timeout=0)) as journal:
            try:
                journal.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
                time.sleep(0.003)
    raise AssertionError("the process held the lock whenever it was stopped")


@pytest.mark.parametrize("seed", range(PAUSES))
def test_a_run_that_wakes_after_it_was_overtaken_neither_orders_nor_records(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    one = company(tmp_path / "fleet", users=60, lease=1.5)
    with one.served():
        sleeper = one.apply()
        one.wait_for_orders(chance.randrange(1, 30))
        put_to_sleep(one, sleeper)
        time.sleep(2.2)
        code, out, err = end(one.apply(resume=True))
        assert code in (0, 6), (code, out, err)
        assert "took over from" in err
        sleeper.send_signal(signal.SIGCONT)
        code, out, err = end(sleeper)
        assert code == 5, (code, out, err)
        assert "lost it" in err or "taken over" in err
        resume_until_done(one)
        once_each(one)


@pytest.mark.parametrize("seed", range(PAUSES))
def test_two_that_apply_at_once_on_postgresql_and_are_killed_order_everything_once(
    tmp_path: Path, postgres: Server, seed: int
) -> None:
    chance = random.Random(seed)
    url = postgres.fresh(f"two{seed}")
    environment = {"FLEET_JOURNAL_URL": url}
    one = company(
        tmp_path / "fleet", users=60, journal=", url_env: FLEET_JOURNAL_URL", environment=environment, patience=1
    )
    with one.served(chaos=0.1, seed=seed):
        for turn in range(4):
            begun = bool(one.orders())
            both = [one.apply(resume=begun), one.apply(resume=begun)]
            if not begun:
                one.wait_for_orders(1)
            time.sleep(chance.uniform(0.2, 1.5) * (turn > 0))
            chance.choice(both).send_signal(signal.SIGKILL)
            codes = {end(each)[0] for each in both}
            assert codes <= {0, 4, 5, 6, -signal.SIGKILL}, codes
        resume_until_done(one)
        once_each(one)


def test_kills_with_the_journal_on_postgresql(tmp_path: Path, postgres: Server) -> None:
    environment = {"FLEET_JOURNAL_URL": postgres.fresh("kills")}
    one = company(tmp_path / "fleet", users=45, journal=", url_env: FLEET_JOURNAL_URL", environment=environment)
    with one.served(chaos=0.1, seed=3):
        kill_until_done(one, random.Random(3), kills=3)
        once_each(one)
