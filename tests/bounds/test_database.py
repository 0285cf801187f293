"""A journal's database that is held up: by a worker, a session or a backend that stands still, or by no answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from reconciler.applying.journal import lease
from reconciler.applying.journal.database import Database
from reconciler.errors import JournalError
from tests.postgres import Server

SECONDS = 2.0
#: What a slow machine adds.
SLACK = 3.0
ORGANISATION = "brouwerij"
_HOLDER = """
import sys, time
from reconciler.applying.journal import lease
from reconciler.applying.journal.database import Database
database = Database.open(sys.argv[1], seconds=float(sys.argv[2]))
held, _ = lease.acquire(database, "brouwerij", run_id="first", who="jan", place="there", seconds=1.0)
with database.transaction() as connection:
    held.require(connection)
    print("inside", flush=True)
    time.sleep(60)
"""


@contextmanager
def worker_inside_a_transaction(url: str, seconds: float = SECONDS) -> Iterator[subprocess.Popen[str]]:
    """Run a process that has the lease for a second, and stands still inside a transaction."""
    command = [sys.executable, "-c", _HOLDER, url, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "inside\n"
            process.send_signal(signal.SIGSTOP)
            yield process
        finally:
            process.kill()


def take_over(url: str, seconds: float = SECONDS) -> str:
    """Take the lease as another run does, and say whom it was taken over from."""
    database = Database.open(url, seconds=seconds)
    try:
        held, before = lease.acquire(database, ORGANISATION, run_id="second", who="an", place="here", seconds=60)
        held.release()
        return before.run_id if before else "nobody"
    finally:
        database.close()


def test_a_lease_that_has_ended_is_taken_from_a_worker_that_stands_still_inside_a_transaction(
    postgres: Server,
) -> None:
    url = postgres.fresh("frozen_worker")
    with worker_inside_a_transaction(url):
        time.sleep(1.1)
        began = time.monotonic()
        assert take_over(url) == "first"
        assert time.monotonic() - began < SECONDS + SLACK


def test_a_session_that_holds_a_lock_for_ever_is_named(postgres: Server) -> None:
    url = postgres.fresh("held")
    Database.open(url).close()
    take_over(url)
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, application_name="somebody else's") as other:
        other.execute("select * from leases for update")
        began = time.monotonic()
        with pytest.raises(JournalError, match=r"'somebody else's' from 127\.0\.0\.1, idle in transaction"):
            take_over(url)
        assert time.monotonic() - began < SECONDS + SLACK


def test_a_backend_that_stands_still_is_hung_up_on(postgres: Server) -> None:
    url = postgres.fresh("frozen_backend")
    database = Database.open(url, seconds=SECONDS)
    frozen: list[int] = []

    def freeze_in_the_middle() -> None:
        with database.transaction() as connection:
            frozen.append(connection.exec_driver_sql("select pg_backend_pid()").scalar_one())
            os.kill(frozen[0], signal.SIGSTOP)
            connection.exec_driver_sql("select 1")

    began = time.monotonic()
    try:
        with pytest.raises(JournalError, match="did not answer within 2 s"):
            freeze_in_the_middle()
        assert time.monotonic() - began < SECONDS + SLACK
    finally:
        os.kill(frozen[0], signal.SIGCONT)
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select 1").scalar_one() == 1
    database.close()


def test_a_connection_that_froze_while_it_was_idle_is_replaced(postgres: Server) -> None:
    database = Database.open(postgres.fresh("frozen_idle"), seconds=1.0)
    with database.transaction() as connection:
        backend = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
    os.kill(backend, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with database.transaction() as connection:
            assert connection.exec_driver_sql("select 1").scalar_one() == 1
        assert time.monotonic() - began < 1 + SLACK
    finally:
        os.kill(backend, signal.SIGCONT)
    database.close()


def test_a_server_that_accepts_and_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        began = time.monotonic()
        with pytest.raises(JournalError, match=r"timeout expired|did not answer within 2 s"):
            Database.open(f"postgres://fleet:hunter2@127.0.0.1:{deaf.getsockname()[1]}/fleet", seconds=SECONDS)
        assert time.monotonic() - began < SECONDS + SLACK


def test_whoever_holds_the_lock_of_a_journals_file_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with worker_inside_a_transaction(url) as process:
        began = time.monotonic()
        with pytest.raises(JournalError) as refused:
            take_over(url, 1.0)
        assert time.monotonic() - began < 1 + SLACK
        message = str(refused.value)
        assert message.startswith(f"the journal {tmp_path / 'journal.db'} has been locked for 1 s by ")
        if Path("/proc/locks").exists():
            assert f"process {process.pid} (" in message
            assert "it is stopped" in message


def test_a_locked_journal_is_read_all_the_same(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with worker_inside_a_transaction(url):
        found = lease.holder(Database.reading(url, seconds=1.0), ORGANISATION)
        assert found is not None
        assert found.run_id == "first"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sigterm_is_heard_while_the_database_is_waited_for(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").fresh("sigterm")
    waiting = (
        "import sys; from tests.bounds.test_database import take_over; from reconciler import signals;"
        "signals.end_on_sigterm(3); print('begun', flush=True); take_over(sys.argv[1], 60.0)"
    )
    command = [sys.executable, "-c", waiting, url]
    with (
        worker_inside_a_transaction(url, 60.0),
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.5)
        process.terminate()
        began = time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        assert time.monotonic() - began < 5
        assert process.returncode == 143
