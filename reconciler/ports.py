"""The small interfaces between the core and the world.

A plan is made with a `Reader` alone, which has no method that could change anything; only an apply is given an
`Orderer`. Both are asynchronous, since reading a large fleet and ordering for several users overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from reconciler.model.bill_check import BundleChange
from reconciler.model.config import FleetConfig
from reconciler.model.fleet import Service
from reconciler.model.plan import Action
from reconciler.model.platform import Comment, Issue, Platform
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

    async def cancel(self, handle: Handle) -> Outcome:
        """Ask for an order that has not taken effect to be cancelled; CANCELLED where it is, MOVING where that takes.

        Raises OperatorError, AmbiguousAnswer among them.
        """


class Ordering(NamedTuple):
    """Both ports over one connection, for an apply."""

    reader: Reader
    orderer: Orderer


class Provider(Protocol):
    """Our adapter to one operator; what an entry point of `reconciler.providers` makes from the configuration."""

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Open a connection that cannot write."""

    def ordering(self, rate: RateLimit) -> AbstractAsyncContextManager[Ordering]:
        """Open a connection that can place orders, within a limit on calls."""


class PlannedOrder(NamedTuple):
    """What is sent in one call: the actions of one user, by their addresses."""

    number: int
    reference: str
    user: str
    actions: tuple[str, ...]


class Journal(Protocol):
    """Remembers what was meant and what became of it, in that order; JournalError where it cannot."""

    async def plan(
        self, groups: Sequence[tuple[str, Sequence[Action]]], reference: Callable[[int], str], *, first: int
    ) -> int:
        """Record the orders to come, each of a user and their actions, and return the number of the first.

        It is `first` at the least.
        """

    async def claim(self, beyond: int = 0) -> PlannedOrder | None:
        """Take the next order nobody works on, of those with a number above `beyond`."""

    async def intend(self, number: int) -> None:
        """Record that an order is about to be sent."""

    async def accepted(self, number: int, operator_orders: Sequence[str]) -> None:
        """Record under which numbers the operator accepted an order."""

    async def settle(self, number: int, outcomes: Mapping[str, Outcome], *, ended: bool = True) -> None:
        """Record what became of actions of an order, and whether it is over."""


class Lease(Protocol):
    """The right to order for an organisation, for a time."""

    def check(self) -> None:
        """Raise LeaseLost where it has ended or is about to."""


class RateLimit(Protocol):
    """The operator's limit on calls, over all workers."""

    async def turn(self) -> None:
        """Return when the next call may be made."""

    def pause(self, seconds: float) -> None:
        """Have nobody call for that long: the operator said so."""


class Clock(Protocol):
    """The time, for those who are allowed to know it."""

    def now(self) -> datetime:
        """Return the present moment, with its zone."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Progress(Protocol):
    """Is told how far something is."""

    def expect(self, total: int) -> None:
        """There are `total` steps."""

    def step(self, text: str) -> None:
        """One step is done."""


class Reading(Protocol):
    """Is told how far the reading of both sides is."""

    def files(self, done: int, total: int) -> None:
        """Take note that so many of the fleet's files are read, of so many."""

    def live(self) -> AbstractContextManager[None]:
        """Return what is entered while live is read."""

    def page(self, found: int | None) -> None:
        """Add a page of live, by which so many were found, itself among them; None where nobody counts."""


class Unwatched:
    """A reading that nobody watches."""

    def files(self, done: int, total: int) -> None:
        """Ignore it."""

    def live(self) -> AbstractContextManager[None]:
        """Return what does nothing."""
        return nullcontext()

    def page(self, found: int | None) -> None:
        """Ignore it."""


@runtime_checkable
class Watchable(Protocol):
    """A provider that can tell of the pages it reads."""

    def watched(self, reading: Reading) -> Provider:
        """Return the same provider, telling `reading`."""


class Publisher(Protocol):
    """Reads and writes what people see of a pull request; PublishingError where the platform refuses or is away."""

    async def pull_request_of(self, commit: str) -> int | None:
        """Return the number of the merged pull request that brought `commit`, None where none did."""

    async def comments(self, pull_request: int) -> Sequence[Comment]:
        """Return the comments on a pull request, oldest first."""

    async def add_comment(self, pull_request: int, body: str) -> None:
        """Comment on a pull request."""

    async def edit_comment(self, pull_request: int, comment: str, body: str) -> None:
        """Replace the body of an own comment."""

    async def issues(self) -> Sequence[Issue]:
        """Return the open issues, oldest first."""

    async def add_issue(self, title: str, body: str, *, label: str) -> int:
        """Open an issue and return its number."""

    async def edit_issue(self, number: int, title: str, body: str) -> None:
        """Replace the title and the body of an issue."""

    async def close_issue(self, number: int, comment: str) -> None:
        """Close an issue with a last comment."""

    async def artefact(self, run: str, file: str) -> bytes:
        """Return a file of the artefact that a job left: `run` is its address."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The CI job that runs this, as its environment describes it; outside CI nearly nothing of it is known.

    `commit` is the one under review, or the one that a merge brought, `base` what it is based on. A fork's job is given
    no token and publishes nothing. `outputs` and `summary` are the files in which the platform takes what later steps
    read and what people see.
    """

    platform: Platform = Platform.NONE
    commit: str | None = None
    base: str | None = None
    pull_request: int | None = None
    is_fork: bool = False
    is_closed: bool = False
    is_merged: bool = False
    run_url: str | None = None
    artefact_url: str | None = None
    outputs: Path | None = None
    summary: Path | None = None
    publishing: Callable[[], AbstractAsyncContextManager[Publisher]] | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Everything a use case may touch: the fleet's folder, its commit, the time, and the way to the operator."""

    root: Path
    clock: Clock
    provider: Callable[[FleetConfig], Provider]
    commit: Callable[[], str | None]
    run_id: Callable[[], str]
    #: Whether another attempt of what runs here would be given the same run id, as a repeated CI job is.
    run_repeats: bool
    requester: Callable[[], str]
    authors: Callable[[], Collection[str]]
    #: The text of a file of the fleet's folder as the base branch has it in CI, else as it lies there; None for none.
    trusted: Callable[[str], str | None]
    place: Callable[[], str]
    journal_url: Callable[[FleetConfig], str]
    reading: Reading
    #: Is told which phase of the work goes on, by its name, until what it returns is left.
    phase: Callable[[str], AbstractContextManager[object]] = nullcontext
