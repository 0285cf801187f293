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
from reconciler.desired.partial import PartialFleet
from reconciler.desired.resolve import resolve
from reconciler.desired.turns import turns
from reconciler.errors import Exit, UsageError, quoted, worst
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Choices, Plan
from reconciler.model.snapshot import Extent, Snapshot
from reconciler.planning.planner import plan
from reconciler.planning.targets import idle_targets, named_users
from reconciler.planning.upcoming import AHEAD, ahead
from reconciler.ports import Reader, World
from reconciler.usecases.changed import Files, LoadedFiles, ReadLive, changed_since, read_about
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
    #: Plan only the users whose YAML differs from where the branch left this commit.
    changed_since: str | None = None
    #: Read all of both sides, whatever the choices need: more than a plan is made of them.
    whole: bool = False


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
    nothing, or for a commit to compare with that git does not know.
    """
    with world.phase("files"):
        files, request = _files(world, request)
    if request.live is not None:
        from reconciler.usecases.snapshots import read_live

        with world.phase("live"):
            saved = read_live(request.live)

        async def read(_extent: Extent | None) -> Snapshot:
            return saved

        made = await plan_files(world, files, read, request)
    else:
        with world.phase("live"):
            async with world.provider(files.config).reading() as reader:
                made = await plan_files(world, files, reader.snapshot, request)
                if request.drift:
                    made = dataclasses.replace(made, plan=await with_drift(made.plan, made.snapshot, reader))
    if request.choices.users is None:
        _require_targets(made, files, request.choices.targets)
    return made


async def plan_again(world: World, files: Files, reader: Reader, request: PlanRequest) -> Planned:
    """Read live over `reader` and return the plan of files that were opened already, for the users chosen then."""
    return await plan_files(world, files, reader.snapshot, request)


def planned(world: World, documents: Documents, snapshot: Snapshot, request: PlanRequest) -> Planned:
    """Return the plan of two sides that were read already."""
    with world.phase("resolve"):
        day = request.day or operators_today(snapshot, documents.config.timezone)
        dated = tuple(turns(documents, day, ahead(day, AHEAD)))
        desired = dataclasses.replace(resolve(documents, day), commit=world.commit(), turns=dated)
    with world.phase("compare"):
        made = plan(desired, snapshot, day, tool_version=__version__, choices=request.choices)
    return Planned(made, desired, snapshot, documents)


def exit_code(made: Plan, *, detailed: bool) -> Exit:
    """Return what a plan means for a pipeline."""
    changes = Exit.CHANGES if detailed and made.ready else Exit.DONE
    return worst(changes, Exit.BLOCKED if made.is_blocked else Exit.DONE)


def files_for(world: World, choices: Choices) -> Files:
    """Return the files of a fleet, of which only those are parsed that a plan with these choices is about.

    Raises InvalidInput for those that are read at once.
    """
    if _extent(choices) is None:
        return LoadedFiles(load(world.root, progress=world.reading.files))
    return PartialFleet.open(world.root, progress=world.reading.files)


def _files(world: World, request: PlanRequest) -> tuple[Files, PlanRequest]:
    """Return the files, and the request with the users to be planned where these are to be found out."""
    if request.whole:
        return files_for(world, Choices()), request
    if request.changed_since is None:
        return files_for(world, request.choices), request
    fleet = PartialFleet.open(world.root, progress=world.reading.files)
    since = changed_since(world, fleet, request.changed_since)
    return fleet, dataclasses.replace(request, choices=dataclasses.replace(request.choices, changed_since=since))


async def plan_files(world: World, files: Files, read: ReadLive, request: PlanRequest) -> Planned:
    """Return the plan of everything, or of the users chosen, for which no more is read than concerns them.

    A limit on the share of removals is a share of all services: before it blocks anything, all of them are read.
    """
    extent = None if request.whole else _extent(request.choices)
    if extent is None:
        return planned(world, files.whole(), await read(None), request)

    async def read_live(extent: Extent | None) -> Snapshot:
        with world.phase("live"):
            return await read(extent)

    with world.phase("files"):
        documents, snapshot = await read_about(files, read_live, extent)
    made = planned(world, documents, snapshot, request)
    if _is_limited(made):
        snapshot = snapshot if snapshot.counted is None else await read(None)
        made = planned(world, files.whole(), snapshot, request)
    return made


def _extent(choices: Choices) -> Extent | None:
    """Return the users that choices are about; None where only all of both sides tell."""
    return named_users(choices.targets) if choices.users is None else Extent(choices.users)


def _is_limited(made: Planned) -> bool:
    limited = any(found.code == "limit-exceeded" for found in made.plan.findings)
    return limited and made.documents.config.limits.removals_percent is not None


def _require_targets(made: Planned, files: Files, targets: Sequence[str]) -> None:
    """Raise UsageError for a target that nobody goes by, with the nearest of all names: those in files unread, too."""
    idle = idle_targets(made.desired, made.snapshot, targets)
    if idle:
        declared = (user.key for user in files.whole().users)
        near = get_close_matches(idle[0], {*declared, *made.snapshot.users}, n=1)
        guess = f"; did you mean {quoted(near[0])}?" if near else ""
        message = f"no user, service or cost centre goes by {quoted(idle[0])}{guess}"
        raise UsageError(message, hint="--target takes one of these; * stands for any characters.")


def operators_today(snapshot: Snapshot, timezone: str) -> date:
    """Return the day it is at the operator, where the fleet is: the operator's clock decides what is billed."""
    return snapshot.read_at.astimezone(ZoneInfo(timezone)).date()
