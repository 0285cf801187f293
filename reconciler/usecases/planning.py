"""Make a plan: read the files, read live, and compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler import __version__
from reconciler.desired.load import Documents, load
from reconciler.desired.resolve import resolve
from reconciler.desired.turns import turns
from reconciler.errors import Exit, UsageError, worst
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Choices, Plan
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import plan
from reconciler.planning.scope import idle_targets
from reconciler.planning.upcoming import AHEAD, ahead
from reconciler.ports import Reader, World
from reconciler.usecases.inquiring import with_drift


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What whoever asks for a plan may choose; without a `day` it is the operator's today.

    `drift` is whether the operator is asked whose orders made live differ.
    """

    choices: Choices = field(default_factory=Choices)
    day: date | None = None
    live: Path | None = None
    drift: bool = True


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with both sides it was made from, and the files before they were resolved."""

    plan: Plan
    desired: DesiredFleet
    snapshot: Snapshot
    documents: Documents


async def make_plan(world: World, request: PlanRequest) -> Planned:
    """Read both sides and return the plan.

    Raises InvalidInput for the files, OperatorError or IncompleteSnapshot for live, UsageError for a target that is
    nothing.
    """
    documents = load(world.root)
    if request.live is not None:
        from reconciler.usecases.snapshots import read_live

        made = planned(world, documents, read_live(request.live), request)
    else:
        async with world.provider(documents.config).reading() as reader:
            made = await plan_again(world, documents, reader, request)
            if request.drift:
                made = dataclasses.replace(made, plan=await with_drift(made.plan, made.snapshot, reader))
    _require_targets(made, request.choices.targets)
    return made


async def plan_again(world: World, documents: Documents, reader: Reader, request: PlanRequest) -> Planned:
    """Read live over `reader` and return the plan of documents that were read already."""
    return planned(world, documents, await reader.snapshot(), request)


def planned(world: World, documents: Documents, snapshot: Snapshot, request: PlanRequest) -> Planned:
    """Return the plan of two sides that were read already."""
    day = request.day or operators_today(snapshot, documents.config.timezone)
    dated = tuple(turns(documents, day, ahead(day, AHEAD)))
    desired = dataclasses.replace(resolve(documents, day), commit=world.commit(), turns=dated)
    made = plan(desired, snapshot, day, tool_version=__version__, choices=request.choices)
    return Planned(made, desired, snapshot, documents)


def exit_code(made: Plan, *, detailed: bool) -> Exit:
    """Return what a plan means for a pipeline."""
    changes = Exit.CHANGES if detailed and made.ready else Exit.DONE
    return worst(changes, Exit.BLOCKED if made.is_blocked else Exit.DONE)


def _require_targets(made: Planned, targets: Sequence[str]) -> None:
    idle = idle_targets(made.desired, made.snapshot, targets)
    if idle:
        near = get_close_matches(idle[0], [*made.desired.users, *made.snapshot.users], n=1)
        guess = f"; did you mean '{near[0]}'?" if near else ""
        message = f"no user, service or cost centre goes by '{idle[0]}'{guess}"
        raise UsageError(message, hint="--target takes one of these; * stands for any characters.")


def operators_today(snapshot: Snapshot, timezone: str) -> date:
    """Return the day it is at the operator, where the fleet is: the operator's clock decides what is billed."""
    return snapshot.read_at.astimezone(ZoneInfo(timezone)).date()
