"""See whether live still is what the files declare, and have one issue say so: what `fleet ci drift` does."""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import FleetError
from reconciler.model.plan import Plan, Status
from reconciler.ports import World
from reconciler.reports.markdown.marker import Topic
from reconciler.reports.markdown.reports import drift_issue
from reconciler.usecases import sticky
from reconciler.usecases.planning import PlanRequest, make_plan
from reconciler.usecases.reviewing import failed, planned
from reconciler.usecases.telling import COMMENT_FILE, ISSUE_FILE, Telling, Told, incomplete, leave


async def watch(world: World, telling: Telling, request: PlanRequest, *, detailed: bool = False) -> Told:
    """Return what a plan came to; where something is to be done, one issue says what, and else that issue is closed.

    Where no plan can be made the issue stays as it is: nobody knows.
    """
    try:
        made = (await make_plan(world, request)).plan
    except FleetError as error:
        told = failed(telling, error, Topic.DRIFT)
        return incomplete(told, leave(telling, told))
    told = planned(world, telling, made, detailed=detailed)
    files = {name: text for name, text in told.files.items() if name != COMMENT_FILE}
    if not _differs(made):
        clean = _clean(telling)
        told = incomplete(told, leave(telling, replace(told, files=files, summary=clean)))
        return replace(told, warnings=told.warnings + await sticky.no_drift(telling, clean))
    title, body = drift_issue(telling.shown(made), telling.publication(made))
    files |= {ISSUE_FILE: body.text}
    told = incomplete(told, leave(telling, replace(told, files=files, summary=body.text)))
    return replace(told, warnings=told.warnings + await sticky.drift(telling, title, body.text))


def _differs(made: Plan) -> bool:
    """Tell whether somebody has something to do; what is on order, or waits for its day, needs nobody."""
    return any(action.status in (Status.READY, Status.BLOCKED) for action in made.actions)


def _clean(telling: Telling) -> str:
    run = telling.pipeline.run_url
    return "The fleet matches the configuration." + (f" [Run]({run})" if run else "")
