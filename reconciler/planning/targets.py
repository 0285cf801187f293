"""What `--target` names: users, services or cost centres, by globs that ignore case.

A target with an `@` names users, or with a `/` behind it services of users, and never a cost centre: so what it means
is found without looking at every service there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from reconciler.model.fleet import DesiredFleet
from reconciler.model.snapshot import Extent, Snapshot

_WILD = frozenset("*?[")


def is_targeted(address: str, *, user: str, cost_centre: str | None, targets: Sequence[str]) -> bool:
    """Tell whether a service is one of those asked for, by its user, its address or its cost centre."""
    return not targets or any(_matches(target, address, user, cost_centre) for target in targets)


def named_users(targets: Sequence[str]) -> Extent | None:
    """Return the users that targets name; None where there are none, or one could be a cost centre."""
    users = [target.lower().partition("/")[0] for target in targets]
    if not users or not all(map(_is_user, users)):
        return None
    globs = frozenset(user for user in users if _WILD.intersection(user))
    return Extent(frozenset(users) - globs, globs=globs)


def idle_targets(fleet: DesiredFleet, snapshot: Snapshot, targets: Sequence[str]) -> list[str]:
    """Return the targets that nothing declared or live goes by: they are mistyped."""
    if not targets:
        return []
    services = [*(item.service for item in fleet.services), *(item.service for item in snapshot.services)]
    keys = {user.lower() for user in (*fleet.users, *snapshot.users)}
    addresses = {(service.user.lower(), service.address.lower()) for service in services}
    centres = {service.cost_centre for service in services if service.cost_centre}
    return [
        target
        for target in targets
        if not any(_names_user(target, user) for user in keys)
        and not any(_matches(target, address, user, None) for user, address in addresses)
        and not any(_names_centre(target, centre) for centre in centres)
    ]


def _matches(target: str, address: str, user: str, cost_centre: str | None) -> bool:
    user, address, target = user.lower(), address.lower(), target.lower()
    whose, slash, label = target.partition("/")
    if not _is_user(whose):
        return any(fnmatchcase(name, target) for name in (user, address, (cost_centre or "").lower()))
    if not slash:
        return fnmatchcase(user, whose)
    return fnmatchcase(address.partition("/")[0], whose) and fnmatchcase(address.partition("/")[2], label)


def _names_user(target: str, user: str) -> bool:
    return fnmatchcase(user, target.lower())


def _names_centre(target: str, centre: str) -> bool:
    return not _is_user(target.partition("/")[0]) and fnmatchcase(centre.lower(), target.lower())


def _is_user(name: str) -> bool:
    """Tell whether this half of a target names users: a bracket may hold a letter that decides it."""
    return "@" in name and "[" not in name
