"""Killed with orders at the operator that do not show yet: what `patience` and a shared journal are worth.

The operator takes orders at once and shows neither them nor what they add, until it is started anew.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.crash.company import Company, company, end
from tests.postgres import Server

#: Every third user is to be given a phone.
USERS = 9
ADDED = range(0, USERS, 3)
NEVER = 10_000.0


def start(one: Company) -> tuple[int, str, str]:
    """Apply the additions alone, to the end."""
    targets = [word for index in ADDED for word in ("--target", one.key(index))]
    return end(one.start("apply", "--auto-approve", *targets))


def begin_and_kill(one: Company) -> None:
    """Start an apply, and kill it once the operator has taken everything."""
    targets = [word for index in ADDED for word in ("--target", one.key(index))]
    process = one.start("apply", "--auto-approve", *targets)
    one.wait_for_orders(len(ADDED))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("environment", [{}, {"GITHUB_RUN_ID": "1"}])
def test_within_patience_nothing_is_ordered_twice_though_the_journal_is_gone(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    one = company(tmp_path / "fleet", USERS, patience=0.1, environment=environment)
    with one.served(hide=10.0):
        begin_and_kill(one)
        one.lose_journal()
        settings = one.root / "fleet.yaml"
        settings.write_text(settings.read_text().replace("patience: 0.1", "patience: 10.5"))
        code, out, err = start(one)
        assert code == 0, (out, err)
        assert "orders-in-the-air" in err
        assert set(one.orders().values()) == {1}


def test_beyond_patience_and_without_the_journal_everything_is_ordered_twice_as_the_warning_says(
    tmp_path: Path,
) -> None:
    one = company(tmp_path / "fleet", USERS, patience=0.1)
    with one.served(hide=NEVER):
        begin_and_kill(one)
        one.lose_journal()
        code, out, err = start(one)
        assert code == 6, (out, err)
        assert "warning: journal-not-shared: " in err
        assert "can be placed twice" in err
        assert set(one.orders().values()) == {2}, "what the docs say cannot be excluded"


def test_beyond_patience_and_with_a_shared_journal_nothing_is_ordered_twice(tmp_path: Path, postgres: Server) -> None:
    environment = {"FLEET_JOURNAL_URL": postgres.fresh("late")}
    journal = ", url_env: FLEET_JOURNAL_URL, require_shared: true"
    one = company(tmp_path / "fleet", USERS, patience=0.1, journal=journal, environment=environment)
    with one.served(hide=NEVER):
        code, out, err = start(one)
        assert code == 6, (out, err)
        assert "journal-not-shared" not in err
        for process in (one.apply(resume=True), one.apply(resume=True)):
            code, out, err = end(process)
            assert code in (5, 6), (out, err)
        code, out, err = start(one)
        assert code == 6, (out, err)
        assert out.count("and does not show it") == len(ADDED)
        assert set(one.orders().values()) == {1}
        one.restart_operator()
        for _ in range(3):  # each of two runs has something to learn
            code, out, err = end(one.apply(resume=True))
        assert code in (0, 4), (out, err)
        assert set(one.orders().values()) == {1}


def test_a_journal_of_this_machine_is_refused_where_a_shared_one_is_required(tmp_path: Path) -> None:
    one = company(tmp_path / "fleet", USERS, journal=", require_shared: true")
    with one.served():
        code, out, err = end(one.apply())
    assert (code, out) == (1, "")
    assert "journal.require_shared is set in fleet.yaml, and this journal is a file of this machine" in err
    assert "journal.url_env" in err
    assert not one.orders()
