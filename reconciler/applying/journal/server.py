"""A journal at a PostgreSQL server: nothing that is asked of it takes longer than its bound, whatever froze.

The server ends by itself what waits for a lock, runs or idles in a transaction for too long: a worker that was stopped
holds up nobody for longer. That the server, or the way to it, stands still is seen here: the connection is cut then.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

#: Of the seconds that anything may take: how long another's lock is waited for, a statement runs, a transaction idles.
#: An idle one ends before whoever waits for its lock gives up, and all of them before the connection is cut.
_IDLE, _LOCK, _STATEMENT, _CONNECT = 0.4, 0.7, 0.8, 0.5
NAME = "fleet"
_SHORTEST_CONNECT = 2
_LIMITS = text(
    "select set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true),"
    " set_config('idle_in_transaction_session_timeout', :idle, true)"
)
_BUSY = text(
    "select pid, application_name, client_addr, state, extract(epoch from clock_timestamp() - xact_start)"
    " from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null"
    " order by xact_start limit 1"
)


class Server:
    """An engine whose connections answer within `seconds`, or are cut."""

    def __init__(self, address: URL, seconds: float) -> None:
        self.seconds = seconds
        self.engine = create_engine(
            address, pool_size=2, pool_pre_ping=True, connect_args=_connecting(address, seconds)
        )
        self._open: set[Any] = set()
        self.was_cut = False
        event.listen(self.engine, "connect", lambda driver, _: self._open.add(driver))
        event.listen(self.engine, "close", lambda driver, _: self._open.discard(driver))
        event.listen(self.engine, "begin", self._begin)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Cut every connection where the block is not left in time; what waits for one of them fails then."""
        self.was_cut = False
        done = threading.Event()
        threading.Thread(target=self._watch, args=(done,), name="journal", daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def _watch(self, done: threading.Event) -> None:
        """Cut again and again: where one connection fails, another is opened."""
        while not done.wait(self.seconds):
            self.was_cut = True
            self._cut()

    def _cut(self) -> None:
        for driver in list(self._open):
            with suppress(Exception):  # one that is closed meanwhile needs no cutting
                line = socket.socket(fileno=os.dup(driver.pgconn.socket))
                line.shutdown(socket.SHUT_RDWR)
                line.close()

    def _begin(self, connection: Connection) -> None:
        """Tell the server how long this transaction may take; for it alone, since a pooler may give it to others."""
        parts = {"lock": _LOCK, "statement": _STATEMENT, "idle": _IDLE}
        connection.execute(_LIMITS, {name: f"{int(self.seconds * part * 1000)}ms" for name, part in parts.items()})


def _connecting(address: URL, seconds: float) -> dict[str, Any]:
    """Return how to connect; what the URL says itself stays."""
    wanted = {
        "connect_timeout": max(_SHORTEST_CONNECT, int(seconds * _CONNECT)),
        "application_name": NAME,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": int(seconds * 1000),
        "prepare_threshold": None,  # a pooler gives the next transaction another connection, which knows none of them
    }
    return {name: value for name, value in wanted.items() if name not in address.query}


def busy_with(engine: Engine) -> str:
    """Say who has the oldest transaction of the database, which is likely what was waited for; empty where nobody."""
    with engine.connect() as connection:
        row = connection.execute(_BUSY).first()
    if row is None:
        return ""
    place = f" from {row.client_addr}" if row.client_addr else ""
    named = f" of '{row.application_name}'" if row.application_name else ""
    return f"session {row.pid}{named}{place}, {row.state}, in a transaction for {row[4]:.0f} s"
