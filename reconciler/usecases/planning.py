"""Make a plan: read the files, read live, and compare."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler import __version__
from reconciler.desired.load import Documents, load
from reconciler.desired.resolve import resolve
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Choices, Plan
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import plan
from reconciler.ports import Reader, World


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What whoever asks for a plan may choose; without a `day` it is the operator's today."""

    choices: Choices = field(default_factory=Choices)
    day: date | None = None
    live: Path | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with both sides it was made from."""

    plan: Plan
    desired: DesiredFleet
    snapshot: Snapshot


async def make_plan(world: World, request: PlanRequest) -> Planned:
    """Read both sides and return the plan.

    Raises InvalidInput for the files, OperatorError or IncompleteSnapshot for live.
    """
    documents = load(world.root)
    if request.live is not None:
        from reconciler.usecases.snapshots import read_live

        return planned(world, documents, read_live(request.live), request)
    async with world.provider(documents.config).reading() as reader:
        return await plan_again(world, documents, reader, request)


async def plan_again(world: World, documents: Documents, reader: Reader, request: PlanRequest) -> Planned:
    """Read live over `reader` and return the plan of documents that were read already."""
    return planned(world, documents, await reader.snapshot(), request)


def planned(world: World, documents: Documents, snapshot: Snapshot, request: PlanRequest) -> Planned:
    """Return the plan of two sides that were read already."""
    day = request.day or operators_today(snapshot, documents.config.timezone)
    desired = dataclasses.replace(resolve(documents, day), commit=world.commit())
    return Planned(plan(desired, snapshot, day, tool_version=__version__, choices=request.choices), desired, snapshot)


def operators_today(snapshot: Snapshot, timezone: str) -> date:
    """Return the day it is at the operator, where the fleet is: the operator's clock decides what is billed."""
    return snapshot.read_at.astimezone(ZoneInfo(timezone)).date()
