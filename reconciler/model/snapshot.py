"""Live: what the operator has at one moment, and whether all of it was read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
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


_COMING = Presence.COMING  # members of an enumeration are slow to look up, and there are a million services


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


#: Whose a service is of which the operator names no user; nobody's key, since no key has a blank.
NOBODY = "(no user)"


#: Stands for the label of a service that an order adds without one.
UNNAMED = "?"


class DoubtKind(StrEnum):
    """What an answer left unclear."""

    USER = "user"  # it has no address, by which files and rules name users
    SERVICE = "service"  # something about it cannot be understood
    OPTION = "option"  # its service is not told, or was not read
    ORDER = "order"  # it does not tell what it is about


class Doubt(NamedTuple):
    """One thing at the operator that was told in part: nothing that it could concern is ordered.

    `id` is the operator's, `words` say what is missing. `user` is the key of whose it is; None where it may be
    anybody's. An `option` names the `service` it relies on where that is told. `expected` is whether fleet.yaml says
    that such users are there, `ended` whether an order is over.
    """

    kind: DoubtKind
    id: str
    words: str
    user: str | None = None
    option: str | None = None
    service: str | None = None
    expected: bool = False
    ended: bool = False


class Remark(NamedTuple):
    """What is odd about how live was read, and hinders nothing."""

    code: str
    message: str
    hint: str | None = None


class Task(NamedTuple):
    """One action that somebody was asked to carry out by hand: when it was `given`, and `ticked` off, and by whom.

    `run` and `order` are whose it is in the journal, `aims` what it is to change: path, from what, into what.
    """

    id: str
    run: str
    order: int
    address: str
    kind: str
    live_id: str | None
    given: datetime
    aims: frozenset[tuple[str, str | None, str | None]] = frozenset()
    ticked: datetime | None = None
    by: str | None = None
    result: str | None = None


class Extent(NamedTuple):
    """A part of live: the services of `users`, by their keys, and whatever holds one of the numbers or SIMs.

    `globs` name users too, whoever of them there is; an extent with any needs all users to be known.
    """

    users: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    iccids: frozenset[str] = frozenset()
    globs: frozenset[str] = frozenset()

    def __or__(self, other: Extent) -> Extent:
        """Return what either covers."""
        return Extent(*(one | another for one, another in zip(self, other, strict=True)))

    def has(self, user: str) -> bool:
        """Tell whether it covers the services of a user."""
        return user in self.users or any(fnmatchcase(user, glob) for glob in self.globs)


class Totals(NamedTuple):
    """How many there are of the whole organisation.

    `ended` are the services gone in this contract period, `at_start` those that were there when it began.
    """

    users: int
    coming: int
    present: int
    going: int
    ended: int
    at_start: int

    @property
    def services(self) -> int:
        """The services that are not gone."""
        return self.coming + self.in_force

    @property
    def in_force(self) -> int:
        """The services that are there, those that are about to go included."""
        return self.present + self.going


class Sort(NamedTuple):
    """What a service costs and whether it is there: services of one sort are counted, not looked at one by one."""

    presence: Presence
    bundle: str
    options: frozenset[str]


@dataclass(frozen=True)
class Snapshot:
    """What was read from the operator at `read_at`; `gaps` names what is missing, in words a person can act on.

    It holds everything, or else a part with the `counted` totals of everything. What is counted is counted once.
    """

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
    #: When the operator wrote down what was read, where that is not the moment of reading.
    exported: datetime | None = None
    remarks: tuple[Remark, ...] = ()
    #: What was to be carried out by hand, and has to show in this live.
    tasks: tuple[Task, ...] = ()
    counted: Totals | None = None
    #: What was read and told in part, one by one.
    doubts: tuple[Doubt, ...] = ()

    @cached_property
    def sorts(self) -> Mapping[Sort, int]:
        """How many services there are of each sort, of which even a large fleet has few."""
        return by_sort(self.services)

    @cached_property
    def totals(self) -> Totals:
        """How many there are in all: as the operator counts them where a part was read, else as they were read."""
        if self.counted is not None:
            return self.counted
        there: Counter[Presence] = Counter()
        for sort, count in self.sorts.items():
            there[sort.presence] += count
        period = self.contract.period
        begun = (item for item in chain(self.services, self.gone) if item.presence is not _COMING)
        return Totals(
            users=len(self.users),
            coming=there[Presence.COMING],
            present=there[Presence.PRESENT],
            going=there[Presence.GOING],
            ended=sum(1 for item in self.gone if item.terminated is not None and item.terminated in period),
            at_start=sum(1 for item in begun if was_there(item.started, item.terminated, period.start)),
        )

    def spans(self) -> Iterator[tuple[date | None, date | None]]:
        """Yield when each service began and when it ended, those that are coming aside."""
        for service in chain(self.services, self.gone):
            if service.presence is not _COMING:
                yield service.started, service.terminated


def by_sort(services: Iterable[LiveService]) -> Mapping[Sort, int]:
    """Return how many of `services` there are of each sort."""
    rows = Counter((item.presence, held.bundle, held.options) for item in services for held in (item.service,))
    return {Sort(*row): count for row, count in rows.items()}


def was_there(begun: date | None, ended: date | None, day: date) -> bool:
    """Tell whether a service was there when `day` began; one without a first day always was."""
    return (begun is None or begun < day) and (ended is None or ended >= day)
