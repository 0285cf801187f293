"""Whose services a plan speaks for, and which of the declared and live ones that leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

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
    """Sort live services by whose they are; `ignore` beats ownership, on both sides."""
    everything = fleet.config.ownership is Ownership.ORGANISATION
    sorts: dict[str, list[LiveService]] = {"live": [], "unmanaged": [], "ignored": []}
    for item in snapshot.services:
        user = item.service.user
        managed = "live" if everything or user in fleet.users else "unmanaged"
        sorts["ignored" if is_ignored(fleet, user) else managed].append(item)
    return Scope(
        desired=tuple(item for item in fleet.services if not is_ignored(fleet, item.service.user)),
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
        return (item for item in services if item.service.user in self or item.id in self.live_ids)


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
    return any(fnmatchcase(user, rule.user.lower()) for rule in config.ignore)


def is_targeted(address: str, *, user: str, cost_centre: str | None, targets: Sequence[str]) -> bool:
    """Tell whether a service is one of those asked for: a glob over its user, its address or its cost centre."""
    names = (user.lower(), address.lower(), (cost_centre or "").lower())
    return not targets or any(fnmatchcase(name, target.lower()) for target in targets for name in names)


def idle_targets(fleet: DesiredFleet, snapshot: Snapshot, targets: Sequence[str]) -> list[str]:
    """Return the targets that nothing declared or live goes by: they are mistyped."""
    services = [*(item.service for item in fleet.services), *(item.service for item in snapshot.services)]
    names = {*fleet.users, *snapshot.users, *(service.address for service in services)}
    names |= {service.cost_centre for service in services if service.cost_centre}
    known = {name.lower() for name in names}
    return [target for target in targets if not any(fnmatchcase(name, target.lower()) for name in known)]
