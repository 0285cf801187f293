"""Whose services a plan speaks for, and which of the declared and live ones that leaves."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from itertools import chain

from reconciler.errors import Place
from reconciler.model.config import FleetConfig, IgnoreRule, Ownership, ProtectRule
from reconciler.model.fleet import DesiredFleet, DesiredService, Service
from reconciler.model.plan import Action, Choices
from reconciler.model.snapshot import LiveService, Snapshot
from reconciler.planning.targets import is_targeted


@dataclass(frozen=True, slots=True)
class Scope:
    """The services on both sides a plan works on, and the live ones it leaves alone."""

    desired: tuple[DesiredService, ...]
    live: tuple[LiveService, ...]
    unmanaged: tuple[LiveService, ...]
    ignored: tuple[LiveService, ...]


def scope(fleet: DesiredFleet, snapshot: Snapshot) -> Scope:
    """Sort both sides by whose services they are; `ignore` beats ownership, on both sides."""
    return scope_of(fleet, fleet.services, snapshot.services)


def scope_of(fleet: DesiredFleet, desired: Sequence[DesiredService], live: Sequence[LiveService]) -> Scope:
    """Sort some services of `fleet` and of the operator by whose they are."""
    everything = fleet.config.ownership is Ownership.ORGANISATION
    users = chain((item.service.user for item in desired), (item.service.user for item in live))
    ignored = ignored_users(fleet.config, users)
    sorts: dict[str, list[LiveService]] = {"live": [], "unmanaged": [], "ignored": []}
    for item in live:
        user = item.service.user
        managed = "live" if everything or user in fleet.users else "unmanaged"
        sorts["ignored" if user in ignored else managed].append(item)
    return Scope(
        desired=tuple(item for item in desired if item.service.user not in ignored),
        live=tuple(sorts["live"]),
        unmanaged=tuple(sorts["unmanaged"]),
        ignored=tuple(sorts["ignored"]),
    )


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom and what a plan is about: everybody, or else `users`, of their services those that are `targets`.

    What its actions touch is among it, by live id and by address.
    """

    users: frozenset[str] | None
    live_ids: frozenset[str | None] = frozenset()
    addresses: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()

    def __contains__(self, user: str) -> bool:
        return self.users is None or user in self.users

    def has(self, service: Service) -> bool:
        """Tell whether the plan is about a service by itself."""
        if service.user not in self:
            return False
        centre = service.cost_centre
        return is_targeted(service.address, user=service.user, cost_centre=centre, targets=self.targets)

    def of(self, services: Iterable[LiveService]) -> Iterator[LiveService]:
        """Yield those of `services` that the plan is about."""
        if self.users is None and not self.targets:
            return iter(services)
        return (item for item in services if item.id in self.live_ids or self.has(item.service))

    def others(self, fleet: DesiredFleet, files: Container[str]) -> frozenset[Place]:
        """Return where the services stand that the plan is not about, of those in some files."""
        if (self.users is None and not self.targets) or not files:
            return frozenset()
        there = (item for item in fleet.services if item.place.file in files)
        return frozenset(item.place for item in there if not self.is_about(item.service.user, item.service.label))

    def is_about(self, user: str, label: str | None) -> bool:
        """Tell whether the plan is about a user or, with a label, about their service."""
        return user in self and (label is None or not self.targets or f"{user}/{label}" in self.addresses)


def concerned_by(actions: Sequence[Action], choices: Choices, desired: DesiredFleet, snapshot: Snapshot) -> Concerned:
    """Return whom a plan of some users or targets is about: these, and whoever is given one of their services."""
    if choices.users is None and not choices.targets:
        return Concerned(None)
    chosen = Concerned(choices.users, targets=choices.targets)
    users, addresses = choices.users or frozenset(), frozenset(action.id for action in actions)
    if choices.targets:
        services = [*(item.service for item in desired.services), *(item.service for item in snapshot.services)]
        theirs = [service for service in services if chosen.has(service)]
        addresses = addresses.union(service.address for service in theirs)
        named = (user for user in {*desired.users, *snapshot.users} if user in chosen)
        users = frozenset(
            user for user in named if is_targeted("", user=user, cost_centre=None, targets=choices.targets)
        )
        users = users.union(service.user for service in theirs)
    return Concerned(
        users.union(action.user for action in actions),
        frozenset(action.live_id for action in actions),
        addresses,
        choices.targets,
    )


def names(rule: IgnoreRule | ProtectRule, service: Service, live_id: str | None) -> bool:
    """Tell whether a rule names a service by its number, its SIM or its live id."""
    return bool(
        (rule.number and rule.number == service.number)
        or (rule.iccid and rule.iccid == service.sim.iccid)
        or (rule.live_id and rule.live_id == live_id)
    )


def is_ignored(fleet: DesiredFleet, user: str) -> bool:
    """Tell whether an `ignore` rule covers `user`."""
    return is_ignored_by(fleet.config, user)


def is_ignored_by(config: FleetConfig, user: str) -> bool:
    """Tell whether an `ignore` rule of a configuration covers `user`."""
    globs = tuple(rule.user for rule in config.ignore if rule.user)
    return bool(globs) and _any_of(globs).match(user) is not None


def ignored_users(config: FleetConfig, users: Iterable[str]) -> frozenset[str]:
    """Return those of `users` whom an `ignore` rule covers, each tested once however often it is there."""
    if not config.ignore:
        return frozenset()
    return frozenset(user for user in frozenset(users) if is_ignored_by(config, user))


@lru_cache
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches whatever one of `globs` does, in lower case."""
    return re.compile("|".join(translate(glob.lower()) for glob in globs))
