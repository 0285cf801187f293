"""In which order several files are written, so that a service that moves is never in none of them.

Each file is written whole, but a process may end between two of them. The file that gains a service comes first: then
the service is declared twice for a moment, which every later command reports, and never nowhere. Where services move
both ways there is no such order; then the old content of one file is kept beside it until all is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from reconciler.desired.yaml import parse

#: What tells a service from others: its number, its SIM, or its label where it has neither.
_Traits: TypeAlias = Counter[tuple[str, str]]


class Rewritten(NamedTuple):
    """A file, by its name from the fleet's folder: what was read of it, None for a new one, and what it becomes."""

    name: str
    before: bytes | None
    after: bytes


class Order(NamedTuple):
    """Files in the order in which they are written, and those whose old content has to stay until all are."""

    files: tuple[Rewritten, ...]
    kept_aside: tuple[Rewritten, ...]


def in_safe_order(files: Sequence[Rewritten]) -> Order:
    """Return the order in which no service that moves between `files` is ever in none of them."""
    if len(files) < 2 or all(file.before is None for file in files):
        return Order(tuple(files), ())
    waiting = list(files)
    lost, gained = _moves(files)
    order: list[Rewritten] = []
    aside: list[Rewritten] = []
    while waiting:
        free = [file for file in waiting if not any(_needs(file, other, lost, gained) for other in waiting)]
        if not free:
            aside.append(waiting[0])
        chosen = free[0] if free else waiting[0]
        order.append(chosen)
        waiting = [file for file in waiting if file is not chosen]
    return Order(tuple(order), tuple(aside))


def _moves(files: Sequence[Rewritten]) -> tuple[dict[int, _Traits], dict[int, _Traits]]:
    """Return which traits each file loses and gains, by the identity of the file."""
    lost, gained = {}, {}
    for file in files:
        before, after = _traits(file.before), _traits(file.after)
        lost[id(file)], gained[id(file)] = before - after, after - before
    return lost, gained


def _needs(file: Rewritten, other: Rewritten, lost: dict[int, _Traits], gained: dict[int, _Traits]) -> bool:
    """Tell whether `file` loses what `other` gains, and so has to come after it."""
    return file is not other and bool(lost[id(file)] & gained[id(other)])


def _traits(content: bytes | None) -> _Traits:
    """Return what tells the services in a users' file apart; nothing for what is no such file."""
    value = parse((content or b"").decode("utf-8-sig", "replace"), "").value
    users = value.get("users") if isinstance(value, dict) else None
    found: _Traits = Counter()
    for user in users.values() if isinstance(users, dict) else ():
        services = user.get("services") if isinstance(user, dict) else None
        for label, service in services.items() if isinstance(services, dict) else ():
            found.update(_traits_of(label, service if isinstance(service, dict) else {}))
    return found


def _traits_of(label: str, service: dict[str, Any]) -> list[tuple[str, str]]:
    sim = service.get("sim")
    iccid = sim.get("iccid") if isinstance(sim, dict) else None
    known = {"number": service.get("number"), "iccid": iccid}
    return [(name, json.dumps(value, default=str)) for name, value in known.items() if value] or [("label", label)]
