"""What a provider is: our adapter to one operator, read by one port and ordered from by another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from reconciler.model.bill_check import BundleChange
from reconciler.model.fleet import Service
from reconciler.model.secret import Secret
from reconciler.model.snapshot import Extent, LiveService, LiveUser, PlacedOrder, Snapshot


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do at its operator."""

    lists_orders: bool = True
    cancels_orders: bool = True
    effective_dates: bool = True
    #: Whether somebody carries orders out by hand, and only a later reading of live proves them.
    by_hand: bool = False
    #: Whether an order shows as soon as it was sent, as at an operator in this very process; else within `patience`.
    shows_orders_at_once: bool = False


class AddService(NamedTuple):
    """Have a new service activated."""

    service: Service


class ChangeService(NamedTuple):
    """Have a live service become `after`; `before` is what the plan saw."""

    live: LiveService
    before: Service
    after: Service


class RemoveService(NamedTuple):
    """Have a live service removed; its number is given up (R9)."""

    live: LiveService


ServiceChange: TypeAlias = AddService | ChangeService | RemoveService


class Handle(NamedTuple):
    """An order at the operator, to be asked after."""

    order: str
    reference: str
    #: live id by address of what the order creates or touches, where the operator tells
    live_ids: tuple[tuple[str, str], ...] = ()
    #: What the order is about, where the operator tells: its user and the products it names by the operator's ids,
    #: and the labels of the services it adds, None for one without.
    user: str = ""
    products: frozenset[str] = frozenset()
    added: tuple[str | None, ...] = ()


class Result(StrEnum):
    """What became of an order."""

    MOVING = "ordered"
    DONE = "done"
    WAITING = "waiting"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    NOT_STARTED = "not started"


class Outcome(NamedTuple):
    """What became of an order or an action, with the reason where it is not done."""

    result: Result
    reason: str | None = None
    order: str | None = None


class Reader(Protocol):
    """Reads the operator; cannot write."""

    def capabilities(self) -> Capabilities:
        """Say what the operator can do."""

    async def snapshot(self, extent: Extent | None = None) -> Snapshot:
        """Read everything; OperatorError where that fails, gaps in the snapshot where it ends early.

        With an `extent`, a part that has at least that, with the totals of everything; or everything all the same.
        """

    async def service(self, live_id: str) -> LiveService | None:
        """Read one service on its own, its options aside; None where the operator has none under that id."""

    async def services_like(self, user: LiveUser, wanted: Sequence[Service]) -> Sequence[LiveService] | None:
        """Read the services of a user, and whatever has a number or an ICCID of `wanted`, options aside.

        None where the operator cannot be asked for a part of its services.
        """

    async def activation_code(self, live_id: str) -> Secret | None:
        """Read the activation code of one service's eSIM (R6); None where the operator shows none."""

    async def last_orders(
        self, services: Sequence[LiveService], touching: Mapping[str, Collection[str]] | None = None
    ) -> Mapping[str, PlacedOrder]:
        """Read the last order that touched each of some users' services, by live id, as far as the operator tells.

        With `touching` only the services it names, by live id, and for each the last order that touched one of those
        attributes: the paths of changes, ADDED and REMOVED.
        """


@runtime_checkable
class KnowsChanges(Protocol):
    """A reader of an operator that keeps its orders: it can tell what bundles were before."""

    async def bundle_changes(self, since: date) -> Sequence[BundleChange]:
        """Read which bundles became others since a day and what they were, as far as orders tell."""


class NewUser(NamedTuple):
    """Somebody to be created at the operator."""

    key: str
    name: str
    cost_centre: str | None = None


class Orderer(Protocol):
    """Places orders at the operator; the executor is its only caller."""

    async def create_user(self, new: NewUser, *, reference: str) -> LiveUser:
        """Create a user, unless there is one of that key; AmbiguousAnswer where nobody knows whether it was done."""

    async def find_user(self, key: str) -> LiveUser | None:
        """Return the user that goes by `key`, read now; None where the operator knows nobody of that name."""

    async def submit(
        self, changes: Sequence[ServiceChange], *, user: LiveUser, reference: str, effective: date, note: str
    ) -> Sequence[Handle]:
        """Order `changes` for one user; AmbiguousAnswer where nobody knows whether it was accepted."""

    async def poll(self, handle: Handle) -> tuple[Handle, Outcome]:
        """Ask what became of an order; the handle returned knows the live ids learnt meanwhile."""

    async def find(self, reference: str) -> Sequence[Handle]:
        """Return the orders that carry `reference`."""

    async def find_each(self, references: Sequence[str]) -> Mapping[str, Sequence[Handle]]:
        """Return the orders that carry each of many references; none for those that no order carries."""

    async def placed_since(self, moment: datetime) -> Sequence[PlacedOrder]:
        """Return the orders placed at `moment` or later, whoever placed them; none where the operator lists none."""

    async def cancel(self, handle: Handle) -> Outcome:
        """Ask for an order that has not taken effect to be cancelled; CANCELLED where it is, MOVING where that takes.

        Raises OperatorError, AmbiguousAnswer among them.
        """


class Ordering(NamedTuple):
    """Both ports over one connection, for an apply."""

    reader: Reader
    orderer: Orderer


class RateLimit(Protocol):
    """The operator's limit on calls, over all workers."""

    async def turn(self) -> None:
        """Return when the next call may be made."""

    def pause(self, seconds: float) -> None:
        """Have nobody call for that long: the operator said so."""


class Provider(Protocol):
    """Our adapter to one operator; what an entry point of `reconciler.providers` makes from the configuration."""

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Open a connection that cannot write."""

    def ordering(self, rate: RateLimit) -> AbstractAsyncContextManager[Ordering]:
        """Open a connection that can place orders, within a limit on calls."""
