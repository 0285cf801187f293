"""The removals of a contract period: how many are allowed, and how many were used (R2)."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.sandbox import state

if TYPE_CHECKING:
    from sqlalchemy import Connection

_USED = (
    "SELECT count(*) FROM products WHERE parent IS NULL"
    " AND (status = 'pendingTerminate' OR status = 'terminated' AND terminated >= ?)"
)


def quota(connection: Connection | sqlite3.Connection) -> tuple[int, int]:
    """Return the removals allowed in this contract period, and those used: effected or on order."""
    contract = state.contract(connection)
    allowed = int(Decimal(contract.ratio) * contract.base) + contract.granted
    begins = state.day_begins(date.fromisoformat(contract.period_start)).isoformat()
    [effected] = state.driver_of(connection).execute(_USED, (begins,)).fetchone()
    return allowed, effected + contract.used_offset
