"""What the files say of the services that the operator has: declared, left, ended, or none of their business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.model.fleet import DesiredFleet, Service, Turn
from reconciler.model.snapshot import Snapshot
from reconciler.planning.uncertain import sort_sides

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Declared:
    """The files' side: services by the operator's id, which of them are the files' business, and what ended."""

    services: Mapping[str, Service]
    ours: frozenset[str]
    left_alone: frozenset[str]
    leavers: frozenset[str]
    #: (address, option) → its last day
    ended: Mapping[tuple[str, str], date]


def declared_side(fleet: DesiredFleet, snapshot: Snapshot, turned: Iterable[Turn]) -> Declared:
    """Return what `fleet` declares of each service in `snapshot`; `turned` is what dates changed before."""
    sides = sort_sides(fleet, snapshot, fleet.services, snapshot.services)
    within, matching = sides.within, sides.matching
    pairs = (*matching.pairs, *matching.adopted)
    busy = {item.service.user for item in fleet.services}
    return Declared(
        services={live.id: wanted.service for wanted, live in pairs},
        ours=frozenset({live.id for _, live in pairs} | {live.id for live in matching.live}),
        left_alone=frozenset(live.id for live in (*within.unmanaged, *within.ignored)) | sides.uncertain.keys(),
        leavers=frozenset(fleet.users.keys() - busy),
        ended=dict(_ended(turned)),
    )


def _ended(turned: Iterable[Turn]) -> Iterable[tuple[tuple[str, str], date]]:
    for turn in turned:
        if turn.before is not None and turn.after is not None:
            for option in turn.before.options - turn.after.options:
                yield (turn.before.address, option), turn.day - _DAY
