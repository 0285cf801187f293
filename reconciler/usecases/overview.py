"""Look at users and services: read the side or the sides asked for, and lay them beside each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler.desired.load import Documents, load
from reconciler.desired.resolve import resolve
from reconciler.model.overview import Overview, Sides, UserPair
from reconciler.model.snapshot import PlacedOrder, Snapshot
from reconciler.planning.currency import require_one_currency
from reconciler.planning.overview import declared, live_only, overview
from reconciler.planning.planner import require_complete
from reconciler.ports import Reader, World
from reconciler.usecases.planning import operators_today
from reconciler.usecases.search import the_one


@dataclass(frozen=True, slots=True)
class OverviewRequest:
    """What is looked at: which sides, as of which day, and a saved snapshot where the operator is not to be asked."""

    sides: Sides = Sides.BOTH
    day: date | None = None
    snapshot: Path | None = None


@dataclass(frozen=True, slots=True)
class OneUser:
    """A user with the last order of each service, by live id; None where nobody was asked for them."""

    user: UserPair
    overview: Overview
    last_orders: Mapping[str, PlacedOrder] | None


async def look(world: World, request: OverviewRequest) -> Overview:
    """Return every service and user.

    Raises InvalidInput for the files, OperatorError or IncompleteSnapshot for live.
    """
    documents = load(world.root, progress=world.reading.files)
    async with reading(world, documents, request) as reader:
        return await _overview(world, documents, request, reader)


async def look_at(world: World, request: OverviewRequest, text: str) -> OneUser:
    """Return the one user that `text` means; raises what `look` does, and UsageError where it means no single one."""
    documents = load(world.root, progress=world.reading.files)
    async with reading(world, documents, request) as reader:
        whole = await _overview(world, documents, request, reader)
        user = the_one(whole.users, text)
        live = [pair.live for pair in user.pairs if pair.live is not None]
        return OneUser(user, whole, await reader.last_orders(live) if reader else None)


@asynccontextmanager
async def reading(world: World, documents: Documents, request: OverviewRequest) -> AsyncIterator[Reader | None]:
    """Open a connection to the operator, where one is needed."""
    if request.sides is Sides.DESIRED or request.snapshot is not None:
        yield None
        return
    async with world.provider(documents.config).reading() as reader:
        yield reader


async def _overview(world: World, documents: Documents, request: OverviewRequest, reader: Reader | None) -> Overview:
    snapshot = await seen(documents, request, reader)
    day = request.day or today(world, documents.config.timezone, snapshot)
    fleet = resolve(documents, day)
    if request.sides is Sides.DESIRED or snapshot is None:
        return declared(fleet, snapshot.catalogue if snapshot else None, day=day)
    whole = overview(fleet, snapshot, day=day)
    return live_only(whole) if request.sides is Sides.LIVE else whole


async def seen(
    documents: Documents, request: OverviewRequest, reader: Reader | None, *, so: str = "nothing is listed"
) -> Snapshot | None:
    """Return live, read or saved and complete; None where it is not asked for."""
    snapshot = await reader.snapshot() if reader else _saved(request.snapshot)
    if snapshot is not None:
        require_complete(snapshot, documents.config.quota, so=so)
        require_one_currency(snapshot, documents.config)
    return snapshot


def _saved(path: Path | None) -> Snapshot | None:
    if path is None:
        return None
    from reconciler.usecases.snapshots import read_live  # pydantic reads it, which costs those who ask the operator

    return read_live(path)


def today(world: World, timezone: str, snapshot: Snapshot | None) -> date:
    """Return the operator's day, and where nobody asked the operator, this machine's."""
    if snapshot is not None:
        return operators_today(snapshot, timezone)
    return world.clock.now().astimezone(ZoneInfo(timezone)).date()
