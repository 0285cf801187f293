"""Live: what the operator has at one moment, and whether all of it was read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from reconciler.model.catalogue import Catalogue
from reconciler.model.contract import Contract
from reconciler.model.fleet import Service


class Presence(StrEnum):
    """Where a live service is in its life."""

    COMING = "coming"  # ordered, not active yet
    PRESENT = "present"
    GOING = "going"  # its removal is on order
    GONE = "gone"


class LiveOption(NamedTuple):
    """An option in force on a live service, by the operator's id of it; `ends` is its last day, where it has one."""

    option: str
    id: str
    ends: date | None = None
    started: date | None = None


class EndedOption(NamedTuple):
    """An option that a service had, by the operator's id of that service; what was billed for it is history."""

    option: str
    service: str
    started: date | None = None
    terminated: date | None = None


class LiveService(NamedTuple):
    """A service as the operator has it; `ends` is its last day where one is set, `terminated` when it went."""

    id: str
    service: Service
    presence: Presence = Presence.PRESENT
    options: tuple[LiveOption, ...] = ()
    started: date | None = None
    terminated: date | None = None
    ends: date | None = None


class LiveUser(NamedTuple):
    """A user as the operator knows it."""

    key: str
    id: str
    name: str
    cost_centre: str | None = None
    team: str | None = None


class OpenOrder(NamedTuple):
    """An order at the operator that has not ended: what it touches, by live id and by address."""

    id: str
    state: str
    reference: str | None = None
    placed: datetime | None = None
    requester: str | None = None
    live_ids: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    removals: int = 0


#: As whom our orders are placed.
REQUESTER = "fleet"
_OUR_REFERENCE = re.compile(r"(?P<run>.+)-[0-9]{4,}")
#: What an order may have done to a whole service, beside the attributes that a change names.
ADDED, REMOVED = "added", "removed"


class PlacedOrder(NamedTuple):
    """An order at the operator as history: who asked for it, when, and what was noted."""

    id: str
    state: str
    reference: str | None = None
    placed: datetime | None = None
    requester: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The order with when it was placed and by whom, as a sentence has it."""
        placed = f", placed {self.placed:%Y-%m-%d %H:%M}" if self.placed else ""
        return f"order {self.id}{placed}" + (f" by {self.requester}" if self.requester else "")

    @property
    def run(self) -> str | None:
        """The run of fleet that placed it; None for an order of somebody else's.

        Servers need not repeat who asked; the reference then tells, which is a run and a number.
        """
        found = _OUR_REFERENCE.fullmatch(self.reference or "")
        return found["run"] if found and self.requester in (REQUESTER, None) else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything read from the operator at `read_at`; `gaps` names what is missing, in words a person can act on."""

    provider: str
    source: str
    account: str
    read_at: datetime
    contract: Contract
    catalogue: Catalogue
    users: Mapping[str, LiveUser] = field(default_factory=dict)
    services: tuple[LiveService, ...] = ()
    gone: tuple[LiveService, ...] = ()
    ended_options: tuple[EndedOption, ...] = ()
    open_orders: tuple[OpenOrder, ...] = ()
    bundle_changes: Mapping[str, date] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
