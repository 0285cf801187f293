"""The small interfaces between the core and the world.

A plan is made with a `Reader` alone, which has no method that could change anything; only an apply is given an
`Orderer`. Both are asynchronous, since reading a large fleet and ordering for several users overlap.
"""

from __future__ import annotations

from reconciler.ports.asking import Asking, Nobody
from reconciler.ports.operators import (
    AddService,
    Capabilities,
    ChangeService,
    Handle,
    KnowsChanges,
    NewUser,
    Orderer,
    Ordering,
    Outcome,
    Provider,
    RateLimit,
    Reader,
    RemoveService,
    Result,
    ServiceChange,
)
from reconciler.ports.publishing import Pipeline, Publisher
from reconciler.ports.recording import Clock, Journal, Lease, PlannedOrder
from reconciler.ports.watching import Progress, Reading, Unwatched, Watchable
from reconciler.ports.worlds import World

__all__ = [
    "AddService",
    "Asking",
    "Capabilities",
    "ChangeService",
    "Clock",
    "Handle",
    "Journal",
    "KnowsChanges",
    "Lease",
    "NewUser",
    "Nobody",
    "Orderer",
    "Ordering",
    "Outcome",
    "Pipeline",
    "PlannedOrder",
    "Progress",
    "Provider",
    "Publisher",
    "RateLimit",
    "Reader",
    "Reading",
    "RemoveService",
    "Result",
    "ServiceChange",
    "Unwatched",
    "Watchable",
    "World",
]
