"""One run per organisation may write: a row with a number that grows with every holder, renewed while it works.

A holder that was stopped for too long finds a higher number, or its own deadline passed, and may neither record nor
submit any more. The deadline is kept on this machine's clock since boot, which also counts sleep.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from reconciler.applying.journal import process
from reconciler.applying.journal.database import Database, later, stamp
from reconciler.applying.journal.process import Life
from reconciler.applying.journal.schema import leases
from reconciler.errors import JournalError, LeaseLost, LockedError

#: The part of a lease that is left unused: what is started within it could outlast it.
_MARGIN = 0.2
_RENEWALS = 4


class Holder(NamedTuple):
    """Who works on an organisation, where, and since when."""

    run_id: str
    who: str
    place: str
    since: str
    expires: str
    life: Life
    expired: bool

    def __str__(self) -> str:
        words = f"{self.who} at {self.place}, run {self.run_id}, since {self.since[:19].replace('T', ' ')} UTC"
        if self.life is Life.DEAD:
            return f"{words}; its process has ended"
        return f"{words}; its lease ended at {self.expires[:19]}" if self.expired else words


@dataclass(slots=True)
class Lease:
    """The right to write for `organisation`, as long as it is renewed; use as a context manager to have it renewed."""

    database: Database
    organisation: str
    run_id: str
    fence: int
    seconds: float
    _deadline: float = 0.0
    _done: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def __enter__(self) -> Lease:
        self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._keeper is not None:
            self._keeper.join()
        self.release()

    def check(self) -> None:
        """Raise LeaseLost where too little is left of the lease to start anything."""
        if _boot_time() >= self._deadline - self.seconds * _MARGIN:
            raise LeaseLost(f"run {self.run_id} held the lease of {self.organisation} and lost it", hint=_LOST)

    def require(self, connection: Connection) -> None:
        """Raise LeaseLost where another run has taken over; until the transaction ends, none can."""
        statement = select(leases.c.fence).where(leases.c.organisation == self.organisation)
        fence = connection.execute(statement.with_for_update(read=True)).scalar()
        if fence != self.fence:
            raise LeaseLost(f"another run has taken over {self.organisation} from run {self.run_id}", hint=_LOST)

    def renew(self) -> None:
        """Extend the lease from now; LeaseLost where another run has taken over."""
        asked = _boot_time()
        with self.database.transaction() as connection:
            self.require(connection)
            expires = later(self.database.now(connection), self.seconds)
            connection.execute(update(leases).where(self._mine()).values(expires=expires))
        self._deadline = asked + self.seconds

    def release(self) -> None:
        """Give the lease back, unless another run has it already; a journal that refuses lets it run out."""
        try:
            with self.database.transaction() as connection:
                connection.execute(update(leases).where(self._mine()).values(run_id=None, expires=""))
        except JournalError:
            return

    def _mine(self) -> Any:
        return (leases.c.organisation == self.organisation) & (leases.c.fence == self.fence)

    def _keep(self) -> None:
        """Renew until done; while the journal refuses, try on: the deadline stops the run by itself."""
        while not self._done.wait(self.seconds / _RENEWALS):
            try:
                self.renew()
            except LeaseLost:
                self._deadline = 0.0
                return
            except JournalError:
                continue


_LOST = "Nothing more was ordered. What it had ordered is settled by the run that took over: fleet history."


def acquire(
    database: Database, organisation: str, *, run_id: str, who: str, place: str, seconds: float
) -> tuple[Lease, Holder | None]:
    """Take the lease of an organisation, and return it with whom it was taken over from, where somebody left it.

    Raises LockedError, which names the holder, while somebody has it.
    """
    asked = _boot_time()
    with database.transaction() as connection:
        database.ensure(connection, leases, organisation=organisation, fence=0, expires="")
        row = connection.execute(select(leases).where(leases.c.organisation == organisation).with_for_update()).one()
        now = database.now(connection)
        left = _holder(row, now) if row.run_id else None
        if left is not None and not left.expired and left.life is not Life.DEAD:
            until = left.expires[:19].replace("T", " ")
            hint = f"Wait for it to end; its lease runs to {until} UTC. If you are sure that it is gone: fleet unlock."
            raise LockedError(f"another run holds the lease of {organisation}: {left}", hint=hint)
        values = {
            "fence": row.fence + 1,
            "run_id": run_id,
            "who": who,
            "place": place,
            "process": process.own(),
            "since": stamp(now),
            "expires": later(now, seconds),
        }
        connection.execute(update(leases).where(leases.c.organisation == organisation).values(**values))
    return Lease(database, organisation, run_id, row.fence + 1, seconds, _deadline=asked + seconds), left


def holder(database: Database, organisation: str) -> Holder | None:
    """Return who holds the lease of an organisation, None where nobody does."""
    with database.transaction() as connection:
        row = connection.execute(select(leases).where(leases.c.organisation == organisation)).first()
        return _holder(row, database.now(connection)) if row is not None and row.run_id else None


def break_lease(database: Database, organisation: str, run_id: str) -> bool:
    """Take the lease from the run that holds it; False where it is not that run's any more.

    The number grows, so that the run cannot go on where it left off.
    """
    with database.transaction() as connection:
        held = (leases.c.organisation == organisation) & (leases.c.run_id == run_id)
        values = {"run_id": None, "expires": "", "fence": leases.c.fence + 1}
        return connection.execute(update(leases).where(held).values(**values)).rowcount == 1


def _holder(row: Any, now: datetime) -> Holder:
    return Holder(
        row.run_id, row.who, row.place, row.since, row.expires, process.life(row.process), row.expires <= stamp(now)
    )


def _boot_time() -> float:
    """Return seconds since the boot, sleep included where the system counts it."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()
