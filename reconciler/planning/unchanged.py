"""Set aside what is as declared, in one look, so that everything after it looks at the rest only.

Nearly all services of a large fleet are as declared, and have a number that is declared once and held once. A number
decides before anything else does, so whatever is found out about the others cannot touch such a pair: it is counted and
not looked at again.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from reconciler.model.fleet import DesiredFleet, DesiredService, Service, State
from reconciler.model.snapshot import LiveService, Presence, Snapshot
from reconciler.planning.diff import satisfies
from reconciler.planning.scope import ignored_users

# Members of an enumeration are slow to look up, and there are a million services.
_PRESENT, _BLOCKED = Presence.PRESENT, State.BLOCKED
#: Stands for a service that is set aside.
_ASIDE = Service("", None, "")


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to plan on both sides, in the order it was in, beside the live services that are `unchanged`.

    Nobody else claims or holds a number of these; `sims` are their SIMs, of which that is not certain.
    """

    desired: Sequence[DesiredService]
    live: Sequence[LiveService]
    unchanged: Sequence[Service]
    sims: Sequence[str | None]


def set_aside(
    fleet: DesiredFleet, snapshot: Snapshot, on_order: Container[str], shared: frozenset[str | None] = frozenset()
) -> Rest:
    """Return both sides without the pairs by number of which there is nothing to do and nothing to say.

    What has no number, or one that is there twice on a side, is left, and so is what is one of `on_order`, by live id.
    `shared` are numbers that are known to be declared twice: these are found out on the way, which hardly ever happens.
    """
    held = _held(snapshot, on_order, ignored_users(fleet.config, (item.service.user for item in fleet.services)))
    held |= dict.fromkeys(shared)
    twice, left, unchanged, sims = set[str | None](), list[DesiredService](), list[Service](), list[str | None]()
    for item in fleet.services:
        wanted = item.service
        number = wanted.number
        live = held.get(number)
        if live is _ASIDE:
            twice.add(number)
        elif live is not None and _is_as_declared(live, wanted):
            unchanged.append(live)
            sims.append(live.sim.iccid)
            held[number] = _ASIDE
        else:
            left.append(item)
            held[number] = None
    if twice:
        return set_aside(fleet, snapshot, on_order, shared | twice)
    return Rest(left, [item for item in snapshot.services if held[item.service.number] is not _ASIDE], unchanged, sims)


def _held(snapshot: Snapshot, on_order: Container[str], ignored: Container[str]) -> dict[str | None, Service | None]:
    """Return what is there by its number; None for what several have, and for what is not simply there."""
    held: dict[str | None, Service | None] = {None: None}
    for item in snapshot.services:
        service = item.service
        number = service.number
        alone = number not in held and item.presence is _PRESENT
        held[number] = service if alone and item.id not in on_order and service.user not in ignored else None
    return held


def _is_as_declared(live: Service, wanted: Service) -> bool:
    """Tell whether a service is as it should be, without a block that nobody declared and that is to be said."""
    return satisfies(live, wanted) and (live.state is not _BLOCKED or wanted.state is not None)
