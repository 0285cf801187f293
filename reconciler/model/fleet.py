"""Services and users; desired and live speak of them in the same types.

In a desired service `None` means *not declared*: the operator's business, equal to whatever is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reconciler.errors import Place, Problem
from reconciler.model.config import FleetConfig
from reconciler.model.identifiers import address

#: The type of a day, where a field is called `date` itself.
Day: TypeAlias = date


class State(StrEnum):
    """Whether a service can be used; a blocked one is still billed (R8)."""

    ACTIVE = "active"
    BLOCKED = "blocked"


class SimType(StrEnum):
    """What kind of SIM a service has."""

    ESIM = "esim"
    PHYSICAL = "physical"


@lru_cache(maxsize=4096)
def option_set(options: tuple[str, ...]) -> frozenset[str]:
    """Return a set of options; the same one for the same words, since a fleet has few of them."""
    return frozenset(options)


class Activation(StrEnum):
    """Who finishes an activation (R6)."""

    ADMINISTRATOR = "administrator"
    EMAIL = "email"


class Sim(NamedTuple):
    """A SIM: `iccid` identifies it, `eid` the eSIM chip."""

    type: SimType | None = None
    iccid: str | None = None
    eid: str | None = None


class PortIn(NamedTuple):
    """Where a number comes from, and when (R7)."""

    operator: str
    account: str
    date: Day | None = None


class Service(NamedTuple):
    """One mobile subscription of one user."""

    user: str
    label: str | None
    bundle: str
    options: frozenset[str] = frozenset()
    number: str | None = None
    sim: Sim = Sim()
    state: State | None = None
    cost_centre: str | None = None
    activation: Activation | None = None
    port_in: PortIn | None = None

    @property
    def address(self) -> str:
        """`user/label`; an unlabelled service goes by its number or its SIM."""
        return address(self.user, self.label or self.number or self.sim.iccid or "?")


class Ending(NamedTuple):
    """Something that changes by itself after `day`: a dated option, bundle or service; `reason` is why, where told."""

    what: str
    day: date
    place: Place
    reason: str | None = None


class Turn(NamedTuple):
    """Something that the dates in the files change by themselves on `day`: a service before and after it.

    None before is a service that begins, None after one that ends.
    """

    day: date
    before: Service | None
    after: Service | None
    place: Place


class DesiredService(NamedTuple):
    """A service as declared, resolved as of a day."""

    service: Service
    place: Place
    starts: date | None = None
    endings: tuple[Ending, ...] = ()


class DesiredUser(NamedTuple):
    """A user as declared; one without services has left. `reason` is why what is not declared any more goes."""

    key: str
    place: Place
    name: str | None = None
    cost_centre: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DesiredFleet:
    """What the files declare, resolved as of a day, with what was odd but workable about them."""

    config: FleetConfig
    users: Mapping[str, DesiredUser] = field(default_factory=dict)
    services: tuple[DesiredService, ...] = ()
    #: What has come to its own end, by its address and by its number.
    ended: Mapping[str, Ending] = field(default_factory=dict)
    #: What dates will change, as far ahead as was asked.
    turns: tuple[Turn, ...] = ()
    warnings: tuple[Problem, ...] = ()
    root: str = ""
    digest: str = ""
    commit: str | None = None
