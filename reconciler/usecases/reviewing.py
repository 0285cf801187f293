"""Plan a change under review, and tell its reviewers: what `fleet ci plan` does."""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import Exit, FleetError, InvalidInput, problem_of_its_own
from reconciler.model.plan import Plan
from reconciler.planning.document import digest
from reconciler.ports import World
from reconciler.reports.annotations import workflow_commands
from reconciler.reports.html.plan import page
from reconciler.reports.markdown.marker import Topic
from reconciler.reports.markdown.reports import comment, failure_comment
from reconciler.reports.sarif import sarif
from reconciler.usecases import sticky
from reconciler.usecases.planning import PlanRequest, exit_code, make_plan
from reconciler.usecases.saving import save
from reconciler.usecases.telling import (
    COMMENT_FILE,
    FINDINGS_FILE,
    PAGE_FILE,
    PLAN_FILE,
    Telling,
    Told,
    Trouble,
    incomplete,
    leave,
    summary_of,
)
from reconciler.usecases.validating import validate


async def review(world: World, telling: Telling, request: PlanRequest, *, detailed: bool = False) -> Told:
    """Return what a plan came to, told everywhere it should be; a failure too, so that no old plan is left to approve.

    A change from a fork is planned against a snapshot that was given, or else only validated: nothing of it may reach
    the operator, and nothing is published. One that is closed is not planned any more.
    """
    job = telling.pipeline
    if job.is_closed:
        warnings = leave(telling, Told(Exit.DONE))
        return Told(
            Exit.DONE,
            warnings=warnings if job.is_merged else warnings + await sticky.close(telling, job.pull_request),
        )
    try:
        if job.is_fork and request.live is None:
            told = _valid(world, telling)
        else:
            told = planned(world, telling, (await make_plan(world, request)).plan, detailed=detailed)
    except FleetError as error:
        told = failed(telling, error)
    except Exception as error:
        await _tell(telling, failed(telling, problem_of_its_own(error)))
        raise
    return await _tell(telling, told)


async def _tell(telling: Telling, told: Told) -> Told:
    told = incomplete(told, leave(telling, told))
    if telling.pipeline.is_fork:
        return told
    warnings = await sticky.comment(telling, telling.pipeline.pull_request, Topic.PLAN, told.files[COMMENT_FILE])
    return replace(told, warnings=told.warnings + warnings)


def planned(world: World, telling: Telling, made: Plan, *, detailed: bool) -> Told:
    """Return what is told of a plan; only its own file, which an apply takes, shows numbers and SIMs."""
    saved = save(made, world)
    publication = telling.publication(made, checksum=saved.checksum)
    shown, root = telling.shown(made), telling.root
    code = exit_code(made, detailed=detailed)
    return Told(
        code,
        trouble=Trouble.BLOCKED if code is Exit.BLOCKED else None,
        plan=shown,
        plan_id=digest(made),
        files={
            PLAN_FILE: saved.text,
            COMMENT_FILE: comment(shown, publication).text,
            PAGE_FILE: page(shown, publication),
            FINDINGS_FILE: sarif(shown.findings, root=root),
        },
        summary=summary_of(telling, shown, publication),
        annotations=workflow_commands(shown.findings, root=root),
    )


def failed(telling: Telling, error: FleetError, topic: Topic = Topic.PLAN) -> Told:
    """Return what is told where no plan could be made."""
    invalid = isinstance(error, InvalidInput)
    shown = telling.problems(error)
    text = failure_comment(shown, telling.publication(), topic=topic).text
    return Told(
        error.exit_code,
        trouble=Trouble.INVALID_INPUT if invalid else Trouble.PLAN_FAILED,
        files={COMMENT_FILE: text, FINDINGS_FILE: sarif(shown if invalid else (), root=telling.root)},
        summary=text,
        annotations=workflow_commands(shown, root=telling.root),
        error=error,
    )


def _valid(world: World, telling: Telling) -> Told:
    fleet = validate(world)
    text = f"The files are valid. {_NOT_PLANNED}\n"
    return Told(
        Exit.DONE,
        files={COMMENT_FILE: text, FINDINGS_FILE: sarif(fleet.warnings, root=telling.root)},
        summary=text,
        annotations=workflow_commands(fleet.warnings, root=telling.root),
        warnings=(_NOT_PLANNED,),
    )


_NOT_PLANNED = "This change comes from a fork, so it was not planned: that would need a snapshot, with --live FILE."
