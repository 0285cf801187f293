"""What stands in the files, small: a fleet has a hundred thousand of these, and pydantic's models weigh ten times more.

Equal bundles, options and SIMs are one object each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from reconciler.desired.documents import DatedBundle, DatedOption, ServicePart
from reconciler.errors import Place
from reconciler.model.fleet import Activation, PortIn, Sim, SimType, State
from reconciler.model.identifiers import iccid_flaw

#: The SIMs of which nothing but the type is declared.
NO_SIMS = {kind: Sim(kind) for kind in (None, *SimType)}


class Dated(NamedTuple):
    """A bundle or an option for a time; `then` is the bundle after it."""

    name: str
    from_: date | None = None
    until: date | None = None
    then: str | None = None


class DeclaredService(NamedTuple):
    """A service as it stands in a file; `dated` says where its parts with dates stand."""

    label: str
    place: Place
    profile: str | None
    bundle: Dated | None
    options: tuple[Dated, ...]
    number: str | None
    sim: Sim
    state: State | None
    from_: date | None
    until: date | None
    cost_centre: str | None
    activation: Activation | None
    port_in: PortIn | None
    dated: Mapping[Dated, Place] | None
    reason: str | None = None


class DeclaredUser(NamedTuple):
    """A user as it stands in a file."""

    key: str
    name: str | None
    cost_centre: str | None
    place: Place
    services: Sequence[DeclaredService]
    reason: str | None = None


def odd_iccids(user: DeclaredUser) -> Iterator[str]:
    """Yield the ICCIDs of a user's SIMs whose check digit is wrong."""
    for service in user.services:
        iccid = service.sim.iccid
        if iccid and iccid_flaw(iccid):
            yield iccid


class Profile(NamedTuple):
    """A bundle and options that several services share; `dated` says where its parts with dates stand."""

    bundle: Dated | None = None
    options: tuple[Dated, ...] = ()
    dated: Mapping[Dated, Place] | None = None


def declared_service(label: str, part: ServicePart, place: Place, dated: Mapping[Dated, Place]) -> DeclaredService:
    """Return a service of a file as a small value."""
    port_in = part.port_in
    return DeclaredService(
        label=intern(label),
        place=place,
        profile=part.profile,
        bundle=declared_bundle(part.bundle),
        options=declared_options(part.options),
        number=part.number,
        sim=_sim(part.sim.type, part.sim.iccid, part.sim.eid),
        state=part.state,
        from_=part.from_,
        until=part.until,
        cost_centre=intern(part.cost_centre) if part.cost_centre else None,
        activation=part.activation,
        port_in=PortIn(port_in.operator, port_in.account, port_in.date) if port_in else None,
        dated=dated or None,
        reason=part.reason,
    )


def declared_bundle(part: DatedBundle | None) -> Dated | None:
    """Return a bundle of a file as a small value."""
    return _dated(part.name, None, part.until, part.then) if part else None


def declared_options(parts: list[DatedOption]) -> tuple[Dated, ...]:
    """Return the options of a file as small values."""
    return tuple(_dated(part.name, part.from_, part.until, None) for part in parts)


@lru_cache(maxsize=4096)
def _dated(name: str, from_: date | None, until: date | None, then: str | None) -> Dated:
    return Dated(intern(name), from_, until, then)


def _sim(kind: SimType | None, iccid: str | None, eid: str | None) -> Sim:
    return Sim(kind, iccid, eid) if iccid or eid else NO_SIMS[kind]
