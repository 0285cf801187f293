"""Killed at any moment, again and again, and resumed until done: every action is ordered exactly once."""

from __future__ import annotations

import logging
import os
import random
import time
from pathlib import Path

import pytest

from tests.crash.company import Company, company, end, kill_after

_LOG = logging.getLogger(__name__)
#: `make soak` asks for 1,000, half of them here; every gate runs a few.
KILLS = int(os.environ.get("SOAK_KILLS", "10"))
#: No new fleet is begun after so many seconds, so that a slow machine ends too.
SECONDS = float(os.environ.get("SOAK_SECONDS", "inf"))


def kill_until_done(company: Company, chance: random.Random, kills: int) -> int:
    """Apply, kill and resume, `kills` times at most, then resume until all is done; return how often it was killed."""
    killed, begun, codes = 0, False, []
    for _ in range(kills + 60):
        process = company.apply(resume=begun)
        if killed < kills and kill_after(process, chance.uniform(0.5, 0.9 + company.users / 60)):
            killed, begun = killed + 1, True
            continue
        code, out, err = end(process)
        codes.append(code)
        if code == 4 and "there is no run to go on with" in err:
            begun = False
        elif code == 0:
            return killed
        else:
            begun = True
            assert code == 6, (code, out, err)
    raise AssertionError(f"not done after {killed} kills; exit codes {codes}")


def once_each(company: Company) -> None:
    """Hold the operator's own book against what was to be done."""
    counted = company.orders()
    assert len(counted) == company.users
    assert set(counted.values()) == {1}, [user for user, count in counted.items() if count != 1]
    assert set(company.people().values()) == {1}, "somebody was created twice"
    assert len(company.people()) == company.users
    assert company.plan().startswith("No changes.")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_action_is_ordered_once_whatever_is_killed(tmp_path: Path, seed: int) -> None:
    chance, killed, until = random.Random(seed), 0, time.monotonic() + SECONDS
    while killed < KILLS / 4 and time.monotonic() < until:
        one = company(
            tmp_path / f"fleet-{killed}",
            users=chance.choice((30, 60, 100) if KILLS < 50 else (60, 150, 300)),
            newcomers=True,
        )
        with one.served(chaos=0.15, seed=chance.randrange(10_000)):
            done = kill_until_done(one, chance, kills=max(1, min(8, int(KILLS / 4 - killed))))
            once_each(one)
        killed += done or 1
        _LOG.info("seed %d: %d kills, none twice, none lost", seed, killed)
