"""Set aside what is as declared, in one look, so that everything after it looks at the rest only.

Nearly all services of a large fleet are as declared, and have a number that is declared once and held once. A number
decides before anything else does, so whatever is found out about the others cannot touch such a pair: it is counted and
not looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from reconciler.model.fleet import DesiredFleet, DesiredService, Service, State
from reconciler.model.snapshot import LiveService, Presence, Snapshot
from reconciler.planning.diff import satisfies
from reconciler.planning.scope import ignored_users

# Members of an enumeration are slow to look up, and there are a million services.
_PRESENT, _BLOCKED = Presence.PRESENT, State.BLOCKED


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to plan on both sides, in the order it was in, beside the live services that are `unchanged`."""

    desired: Sequence[DesiredService]
    live: Sequence[LiveService]
    unchanged: Sequence[Service]


def set_aside(fleet: DesiredFleet, snapshot: Snapshot, on_order: Container[str]) -> Rest:
    """Return both sides without the pairs by number of which there is nothing to do and nothing to say.

    What has no number, or one that is there twice on a side, is left, and so is what is one of `on_order`, by live id.
    """
    claimed = [item.service.number for item in fleet.services]
    ignored = ignored_users(fleet.config, (item.service.user for item in fleet.services))
    held = _held(snapshot, on_order, ignored) | dict.fromkeys(_several(claimed))
    left, unchanged = list[DesiredService](), list[Service]()
    for item, number in zip(fleet.services, claimed, strict=True):
        live = held.pop(number, None)
        if live is not None and _is_as_declared(live, item.service):
            unchanged.append(live)
        else:
            left.append(item)
            held[number] = live
    return Rest(left, [item for item in snapshot.services if item.service.number in held], unchanged)


def _held(snapshot: Snapshot, on_order: Container[str], ignored: Container[str]) -> dict[str | None, Service | None]:
    """Return what is there by its number; None for what several have, and for what is not simply there."""
    held: dict[str | None, Service | None] = {None: None}
    for item in snapshot.services:
        service = item.service
        number = service.number
        alone = number not in held and item.presence is _PRESENT
        held[number] = service if alone and item.id not in on_order and service.user not in ignored else None
    return held


def _several(numbers: Sequence[str | None]) -> set[str | None]:
    """Return the numbers that are there more than once: mostly none, which a set of them tells fastest."""
    if len(set(numbers)) == len(numbers):
        return set()
    return {number for number, count in Counter(numbers).items() if count > 1}


def _is_as_declared(live: Service, wanted: Service) -> bool:
    """Tell whether a service is as it should be, without a block that nobody declared and that is to be said."""
    return satisfies(live, wanted) and (live.state is not _BLOCKED or wanted.state is not None)
