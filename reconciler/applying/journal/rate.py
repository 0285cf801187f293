"""The operator's limit on calls, held over all workers of an account together, in every process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from reconciler.applying.journal.database import Database, later, stamp
from reconciler.applying.journal.schema import rates
from reconciler.ports import Clock


@dataclass(frozen=True, slots=True)
class SharedRate:
    """At most `per_second` calls to an account (None: as many as it takes), and none while it said to wait."""

    database: Database
    account: str
    per_second: float | None
    clock: Clock

    async def turn(self) -> None:
        """Return when the next call may be made; JournalError where nobody can tell."""
        while (wait := self._reserve()) > 0:
            await self.clock.sleep(wait)
            if self.per_second is not None:
                return

    def pause(self, seconds: float) -> None:
        """Have nobody call this account for that many seconds."""
        with self.database.transaction() as connection:
            self.database.ensure(connection, rates, account=self.account, next_call="")
            until = later(self.database.now(connection), seconds)
            mine = rates.c.account == self.account
            connection.execute(update(rates).where(mine, rates.c.next_call < until).values(next_call=until))

    def _reserve(self) -> float:
        """Take the next turn, and return in how many seconds it is; without a rate, only look when it would be."""
        with self.database.transaction() as connection:
            mine = rates.c.account == self.account
            found = connection.execute(select(rates.c.next_call).where(mine).with_for_update()).scalar()
            now = self.database.now(connection)
            if self.per_second is None:
                return _seconds(now, found)
            self.database.ensure(connection, rates, account=self.account, next_call="")
            wait = _seconds(now, found)
            following = now + timedelta(seconds=wait + 1 / self.per_second)
            connection.execute(update(rates).where(mine).values(next_call=stamp(following)))
            return wait


def _seconds(now: datetime, moment: str | None) -> float:
    return max(0.0, (datetime.fromisoformat(moment) - now).total_seconds()) if moment else 0.0
