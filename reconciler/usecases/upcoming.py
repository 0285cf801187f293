"""Look ahead: what the dates in the files will change, with the operator's prices where it is asked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date

from reconciler.desired.load import load
from reconciler.desired.resolve import resolve
from reconciler.desired.turns import turns
from reconciler.model.plan import Upcoming
from reconciler.planning.upcoming import ahead, upcoming
from reconciler.ports import World
from reconciler.usecases.overview import OverviewRequest, reading, seen, today


@dataclass(frozen=True, slots=True)
class Outlook:
    """What changes after `day`, up to and including `until`; `priced` where a catalogue says what that costs."""

    day: date
    until: date
    items: tuple[Upcoming, ...]
    currency: str
    priced: bool


async def look_ahead(world: World, request: OverviewRequest, *, days: int) -> Outlook:
    """Return what the next `days` bring.

    Raises InvalidInput for the files, OperatorError or IncompleteSnapshot for live.
    """
    documents = load(world.root, progress=world.reading.files)
    async with reading(world, documents, request) as reader:
        snapshot = await seen(documents, request, reader)
    day = request.day or today(world, documents.config.timezone, snapshot)
    until, catalogue = ahead(day, days), snapshot.catalogue if snapshot else None
    fleet = dataclasses.replace(resolve(documents, day), turns=tuple(turns(documents, day, until)))
    items = upcoming(fleet, catalogue, day=day, until=until)
    return Outlook(day, until, items, documents.config.currency, catalogue is not None)
