"""The operator's limit on calls, held over all workers of an account together, in every process.

Where the operator asks to come back later, everybody waits, up to a bound; beyond it this process calls no more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from reconciler.applying.journal.database import Database, later, stamp
from reconciler.applying.journal.schema import rates
from reconciler.errors import OperatorBusy
from reconciler.ports import Clock, Reading, Unwatched

#: Seconds for which it is not asked again whether another process was told to wait.
_GLANCE = 0.1
#: Seconds of waiting that somebody who watches is told of.
_WORTH_A_WORD = 2.0
_UNWATCHED = Unwatched()
_HINT = "Run again then, or raise provider.max_retry_after in fleet.yaml."
_FOUND = select(rates.c.next_call).where(rates.c.account == bindparam("of_account")).with_for_update()


@dataclass(slots=True)
class SharedRate:
    """At most `per_second` calls to an account (None: as many as it takes), and none while it said to wait."""

    database: Database
    account: str
    per_second: float | None
    clock: Clock
    #: Seconds that are waited at most where the operator asks to come back later.
    longest: float = 300.0
    told: Reading = _UNWATCHED
    _looked: float = float("-inf")
    #: Until when the operator asked not to be called, where that is too long.
    _closed: float = float("-inf")

    async def turn(self) -> None:
        """Return when the next call may be made.

        Raises JournalError where nobody can tell, OperatorBusy where that is later than anybody waits for.
        """
        self._require_open()
        if self.per_second is not None:
            wait = await self.database.commit(self._reserve)
            await self.clock.sleep(wait)
            self._require_open()
            return
        while time.monotonic() - self._looked > _GLANCE:
            wait = await self.database.commit(self._pause_left)
            if wait <= 0:
                self._looked = time.monotonic()
                return
            if wait > _WORTH_A_WORD:
                self.told.asked_to_wait(wait)
            await self.clock.sleep(wait)
            self._require_open()

    def pause(self, seconds: float) -> None:
        """Have nobody call this account for that many seconds, or for as long as is waited at most."""
        self._looked = float("-inf")
        if seconds > self.longest:
            self._closed = max(self._closed, time.monotonic() + seconds)
        elif seconds > _WORTH_A_WORD:
            self.told.asked_to_wait(seconds)
        seconds = min(seconds, self.longest)
        with self.database.transaction() as connection:
            self.database.ensure(connection, rates, account=self.account, next_call="")
            until = later(self.database.now(connection), seconds)
            mine = rates.c.account == self.account
            connection.execute(update(rates).where(mine, rates.c.next_call < until).values(next_call=until))

    def _require_open(self) -> None:
        left = self._closed - time.monotonic()
        if left > 0:
            message = f"the operator asks to come back in {left:.0f} s; at most {self.longest:g} s are waited"
            raise OperatorBusy(message, seconds=left, hint=_HINT)

    def _reserve(self, connection: Connection, now: datetime) -> float:
        """Take the next turn, and return in how many seconds it is."""
        assert self.per_second is not None, "without a limit there are no turns to take"
        self.database.ensure(connection, rates, account=self.account, next_call="")
        wait = self._pause_left(connection, now)
        following = now + timedelta(seconds=wait + 1 / self.per_second)
        connection.execute(update(rates).where(rates.c.account == self.account).values(next_call=stamp(following)))
        return wait

    def _pause_left(self, connection: Connection, now: datetime) -> float:
        moment = connection.execute(_FOUND, {"of_account": self.account}).scalar()
        return max(0.0, (datetime.fromisoformat(moment) - now).total_seconds()) if moment else 0.0
