"""What an apply writes down and keeps to: the journal, the lease, and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from reconciler.model.plan import Action
from reconciler.ports.operators import Outcome


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


class Clock(Protocol):
    """The time, for those who are allowed to know it."""

    def now(self) -> datetime:
        """Return the present moment, with its zone."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
