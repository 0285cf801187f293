"""Set aside what is as declared, in one look, so that everything after it looks at the rest only.

Nearly all services of a large fleet are as declared, and have a number that is declared once and held once. A number
decides before anything else does, so whatever is found out about the others cannot touch such a pair: it is counted and
not looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

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
    fleet: DesiredFleet, snapshot: Snapshot, on_order: Collection[str], shared: frozenset[str | None] = frozenset()
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
    states = islice(held.values(), 1, None)  # numbers that are only declared follow those that are held
    live_left = [item for item, state in zip(snapshot.services, states, strict=False) if state is not _ASIDE]
    return Rest(left, live_left, unchanged, sims)


def _held(
    snapshot: Snapshot, on_order: Collection[str], ignored: Collection[str]
) -> dict[str | int | None, Service | None]:
    """Return what is there by its number; None for what several have, and for what is not simply there.

    After the first, which stands for no number, there is one entry for each service, in the same order.
    """
    held: dict[str | int | None, Service | None] = {None: None}
    for item in snapshot.services:
        service = item.service
        number = service.number
        if number in held:
            held[number] = held[len(held)] = None
        elif (
            item.presence is not _PRESENT or (on_order and item.id in on_order) or (ignored and service.user in ignored)
        ):
            held[number] = None
        else:
            held[number] = service
    return held


def _is_as_declared(live: Service, wanted: Service) -> bool:
    """Tell whether a service is as it should be, without a block that nobody declared and that is to be said."""
    return satisfies(live, wanted) and (live.state is not _BLOCKED or wanted.state is not None)
