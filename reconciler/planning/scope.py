"""Whose services a plan speaks for, and which of the declared and live ones that leaves."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from itertools import chain

from reconciler.errors import Place
from reconciler.model.config import FleetConfig, Ownership
from reconciler.model.fleet import DesiredFleet, DesiredService
from reconciler.model.plan import Action, Choices
from reconciler.model.snapshot import LiveService, Snapshot


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
    """Whom and what a plan is about: everybody, or else the services of `users` and those that its actions touch."""

    users: frozenset[str] | None
    live_ids: frozenset[str | None]

    def __contains__(self, user: str) -> bool:
        return self.users is None or user in self.users

    def of(self, services: Iterable[LiveService]) -> Iterator[LiveService]:
        """Yield those of `services` that the plan is about."""
        if self.users is None:
            return iter(services)
        return (item for item in services if item.service.user in self or item.id in self.live_ids)

    def others(self, fleet: DesiredFleet, files: Container[str]) -> frozenset[Place]:
        """Return where in `files` the services stand that the plan is not about; where exactly costs a look each."""
        if self.users is None or not files:
            return frozenset()
        others = (item.place for item in fleet.services if item.service.user not in self.users)
        return frozenset(place for place in others if place.file in files)


def concerned_by(actions: Iterable[Action], choices: Choices) -> Concerned:
    """Return whom a plan of some users is about: these, and whoever is given one of their services."""
    if choices.users is None:
        return Concerned(None, frozenset())
    users = choices.users.union(action.user for action in actions)
    return Concerned(users, frozenset(action.live_id for action in actions))


def is_ignored(fleet: DesiredFleet, user: str) -> bool:
    """Tell whether an `ignore` rule covers `user`."""
    return is_ignored_by(fleet.config, user)


def is_ignored_by(config: FleetConfig, user: str) -> bool:
    """Tell whether an `ignore` rule of a configuration covers `user`."""
    return bool(config.ignore) and _any_of(tuple(rule.user for rule in config.ignore)).match(user) is not None


def ignored_users(config: FleetConfig, users: Iterable[str]) -> frozenset[str]:
    """Return those of `users` whom an `ignore` rule covers, each tested once however often it is there."""
    if not config.ignore:
        return frozenset()
    return frozenset(user for user in frozenset(users) if is_ignored_by(config, user))


def is_targeted(address: str, *, user: str, cost_centre: str | None, targets: Sequence[str]) -> bool:
    """Tell whether a service is one of those asked for: a glob over its user, its address or its cost centre."""
    names = (user.lower(), address.lower(), (cost_centre or "").lower())
    return not targets or any(fnmatchcase(name, target.lower()) for target in targets for name in names)


def idle_targets(fleet: DesiredFleet, snapshot: Snapshot, targets: Sequence[str]) -> list[str]:
    """Return the targets that nothing declared or live goes by: they are mistyped."""
    idle = list(targets)
    for names in _names(fleet, snapshot):
        if not idle:
            break
        known = {name.lower() for name in names}
        idle = [target for target in idle if not any(fnmatchcase(name, target.lower()) for name in known)]
    return idle


def _names(fleet: DesiredFleet, snapshot: Snapshot) -> Iterator[Iterable[str]]:
    """Yield what somebody or something goes by, what is quickly told first: users, cost centres, addresses."""
    yield chain(fleet.users, snapshot.users)
    services = [item.service for item in fleet.services] + [item.service for item in snapshot.services]
    yield {service.cost_centre for service in services if service.cost_centre}
    yield (service.address for service in services)


@lru_cache
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches whatever one of `globs` does, in lower case."""
    return re.compile("|".join(translate(glob.lower()) for glob in globs))
