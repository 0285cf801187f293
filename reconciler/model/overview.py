"""Both sides of every service and user at one moment, paired, with how each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from reconciler.model.catalogue import Catalogue
from reconciler.model.fleet import DesiredService, DesiredUser, Service
from reconciler.model.money import Money
from reconciler.model.plan import Change
from reconciler.model.snapshot import LiveService, LiveUser, OpenOrder, Presence


class Sides(StrEnum):
    """Which side of a fleet is looked at."""

    BOTH = "both"
    LIVE = "live"
    DESIRED = "desired"


class Standing(StrEnum):
    """How the two sides of a service or a user stand to each other."""

    SAME = "same"
    CHANGED = "changed"
    ONLY_DESIRED = "only-desired"
    ONLY_LIVE = "only-live"
    IN_FLIGHT = "in-flight"
    UNCLEAR = "unclear"  # could be paired in several ways
    UNMANAGED = "unmanaged"
    IGNORED = "ignored"


class ServicePair(NamedTuple):
    """A service as declared and as live, at least one of them, and the orders that are open for it.

    Fees are None where no catalogue tells them.
    """

    desired: DesiredService | None
    live: LiveService | None
    standing: Standing | None = None
    changes: tuple[Change, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    monthly: Money | None = None
    desired_monthly: Money | None = None

    @property
    def services(self) -> tuple[Service, ...]:
        """The service as each side has it, live first."""
        return tuple(side.service for side in (self.live, self.desired) if side is not None)

    @property
    def shown(self) -> Service:
        """The service as it is at the operator, or as declared where it is not there."""
        return self.services[0]

    @property
    def wanted(self) -> Service:
        """The service as declared, or as it is at the operator where it is not declared."""
        return self.services[-1]

    @property
    def is_held(self) -> bool:
        """Whether the operator has it and does not take it away."""
        return self.live is not None and self.live.presence is not Presence.GOING

    def is_due(self, day: date) -> bool:
        """Tell whether it is declared for `day`, and not for a later one alone."""
        return self.desired is not None and (self.desired.starts is None or self.desired.starts <= day)


class UserPair(NamedTuple):
    """A user as declared and as live, with the services that are the user's on either side."""

    key: str
    desired: DesiredUser | None
    live: LiveUser | None
    standing: Standing | None = None
    pairs: tuple[ServicePair, ...] = ()

    @property
    def name(self) -> str | None:
        """The user's name, the operator's word first."""
        return (self.live and self.live.name) or (self.desired and self.desired.name)

    @property
    def cost_centre(self) -> str | None:
        """Where the user's services are booked, the operator's word first."""
        return (self.live and self.live.cost_centre) or (self.desired and self.desired.cost_centre)


@dataclass(frozen=True, slots=True)
class Overview:
    """Every service and every user as of a day, by user and label.

    `sides` says what was read; without a `catalogue` nobody knows what anything costs.
    """

    sides: Sides
    day: date
    currency: str
    catalogue: Catalogue | None
    pairs: tuple[ServicePair, ...]
    users: tuple[UserPair, ...]
