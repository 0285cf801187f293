"""Carry out the plan that was reviewed, once its pull request is merged: what `fleet ci apply` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.applying.signatures import Signed
from reconciler.errors import Exit, FleetError, InvalidInput, LockedError, Problem, StalePlan, problem_of_its_own
from reconciler.model.plan import Finding, Plan
from reconciler.model.saved import SavedPlan
from reconciler.planning.document import digest
from reconciler.ports import Progress, World
from reconciler.reports.junit import junit
from reconciler.reports.markdown.marker import Topic
from reconciler.reports.markdown.reports import failure_comment, outcome_comment
from reconciler.reports.redaction import redacted_outcomes
from reconciler.reports.rows import row
from reconciler.usecases import sticky
from reconciler.usecases.application import ALONE, Applied, ApplyRequest, Front
from reconciler.usecases.applying import apply
from reconciler.usecases.journal_place import require_no_old_journal
from reconciler.usecases.past import left_by_this_job
from reconciler.usecases.reviewed import Reviewed, pull_request_of, reviewed
from reconciler.usecases.saving import plan_text
from reconciler.usecases.signed import holding
from reconciler.usecases.telling import (
    COMMENT_FILE,
    PLAN_FILE,
    TESTS_FILE,
    Difference,
    Telling,
    Told,
    Trouble,
    leave,
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What whoever runs it may choose: where the reviewed plan lies, further approvals, and how it is carried out."""

    place: Path | None = None
    approvals: Sequence[Signed] = ()
    how: ApplyRequest = field(default_factory=ApplyRequest)


async def deliver(world: World, telling: Telling, request: Delivery, progress: Progress) -> Told:
    """Return what became of the plan that was reviewed, told everywhere it should be.

    It is carried out where the same actions or fewer would be planned now, and where its approvals hold by the rules
    of the base branch.
    """
    attempt = _Attempt(world, telling, request, progress)
    try:
        told = await attempt.carry_out()
    except FleetError as error:
        told = attempt.failed(error)
    except Exception as error:
        await _tell(attempt, attempt.failed(problem_of_its_own(error)))
        raise
    return await _tell(attempt, told)


async def _tell(attempt: _Attempt, told: Told) -> Told:
    """Tell it; where nothing was left to do, what an earlier attempt had to tell stays.

    What cannot be written or posted is a warning: what was ordered stands, and the exit code is the run's.
    """
    told = replace(told, warnings=tuple(map(attempt.telling.words, attempt.warnings)))
    unwritten = leave(attempt.telling, told, spared=PLAN_FILE)
    nothing_left = told.error is None and not told.outcomes
    body = told.files[COMMENT_FILE]
    try:
        posted = await sticky.comment(attempt.telling, attempt.pull_request, Topic.APPLY, body, keep=nothing_left)
    except Exception as error:
        posted = (f"the comment was not posted: {type(error).__name__}: {error}",)
    return replace(told, warnings=(*told.warnings, *unwritten, *posted))


@dataclass(slots=True)
class _Attempt:
    """One attempt, with what was learnt until it ended or failed."""

    world: World
    telling: Telling
    request: Delivery
    progress: Progress
    pull_request: int | None = None
    saved: SavedPlan | None = None
    stale: Difference | None = None
    warnings: list[str] = field(default_factory=list)

    async def carry_out(self) -> Told:
        """Find what was reviewed, and have it applied."""
        require_no_old_journal(self.world.root)
        self.pull_request = await pull_request_of(self.telling)
        found = await reviewed(self.telling, self.pull_request, self.request.place)
        self.saved = found.saved
        if left_by_this_job(self.world, digest(found.saved.plan)):
            request = replace(self.request.how, resume=True)
        else:
            approvals = (*self.request.approvals, *self._posted(found))
            request = replace(self.request.how, approved=found.saved, approvals=approvals)
        front = Front(lambda _: False, lambda _: None, self._differs, self.progress, self._notice)
        applied = await apply(self.world, request, front)
        try:
            return self._told(applied)
        except Exception as error:  # what was ordered is told all the same
            return self._told_plainly(applied, problem_of_its_own(error))

    @property
    def plan(self) -> Plan | None:
        """The plan that was reviewed, as far as it was found."""
        return self.saved.plan if self.saved is not None else None

    def _notice(self, found: Finding) -> None:
        self.warnings.append(f"{found.code}: {found.message}" + (f". {found.hint}" if found.hint else ""))

    def _posted(self, found: Reviewed) -> Sequence[Signed]:
        """Return the posted approvals that hold. One that does not is passed over, since anybody can post one."""
        if found.truncated and found.posted:
            self.warnings.append(_TRUNCATED)
            return ()
        kept, refused = holding(self.world, found.saved, found.posted)
        self.warnings += refused
        return kept

    def _differs(self, new: Plan, gone: Sequence[str]) -> None:
        shown = self.telling.shown(new)
        self.stale = Difference(shown, tuple(map(self.telling.words, gone)))

    def _told(self, applied: Applied) -> Told:
        telling, plan, approved = self.telling, applied.plan, self.plan or applied.plan
        shown, publication = telling.shown(plan), telling.publication(approved)
        outcomes = redacted_outcomes(plan, applied.outcomes) if telling.redact else dict(applied.outcomes)
        read_back = applied.unread is None and applied.broken is None
        text = outcome_comment(shown, outcomes, publication, read_back=read_back).text
        if plan.live.provider == "file" and applied.run_id and applied.outcomes:
            self.warnings.append(f"somebody has to click; for the checklist: fleet checklist write {applied.run_id}")
        if applied.alone and applied.outcomes:
            self.warnings.append(ALONE)
        if applied.taken_over:
            self.warnings.append(f"took over from {applied.taken_over}; what it had ordered was settled first")
        code = applied.exit_code
        return Told(
            code,
            trouble=_trouble(applied.broken) if applied.broken else _TROUBLES.get(code),
            plan=shown,
            plan_id=digest(approved),
            outcomes=outcomes,
            files={
                PLAN_FILE: self.saved.text if self.saved else plan_text(approved, self.world),
                COMMENT_FILE: text,
                TESTS_FILE: junit(shown, outcomes),
            },
            summary=text,
            error=applied.broken or applied.unread,
        )

    def _told_plainly(self, applied: Applied, error: FleetError) -> Told:
        """Return what is told of an outcome of which no report can be made."""
        words = self.telling.words
        lines = [words(f"{address}: {outcome.result}") for address, outcome in applied.outcomes.items()]
        text = "\n".join(["What was ordered:", "", *(f"- `{line}`" for line in lines), ""])
        files = {COMMENT_FILE: text}
        self.warnings.append(text)
        return Told(applied.exit_code, Trouble.APPLY_FAILED, files=files, summary=text, error=error)

    def failed(self, error: FleetError) -> Told:
        """Return what is told of a refusal or a failure, with what differs where that is why."""
        telling, plan = self.telling, self.plan
        if self.stale is not None and self.pull_request is not None:
            error = StalePlan(str(error), hint=_STALE)
        messages = [*telling.problems(error), *_differing(self.stale), *map(telling.words, self.warnings)]
        publication = telling.publication(plan)
        refused = error.exit_code is Exit.NOT_APPROVED
        text = failure_comment(messages, publication, topic=Topic.APPLY, refused=refused).text
        return Told(
            error.exit_code,
            trouble=_trouble(error),
            plan=telling.shown(plan) if plan is not None else None,
            plan_id=publication.plan_id,
            files={COMMENT_FILE: text},
            summary=text,
            stale=self.stale,
            error=error,
        )


def _differing(stale: Difference | None) -> Iterator[Problem | str]:
    """Yield what would be done that nobody has approved, and what was approved and is not needed."""
    if stale is None:
        return
    for action in stale.new.actions:
        shown = row(action)
        message = f"not approved, and to be done now: {shown.symbol} {shown.address}"
        yield Problem(message, action.place, hint="; ".join(shown.lines) or None)
    for address in stale.gone:
        yield f"approved, and not to be done any more: {address}"


def _trouble(error: FleetError) -> Trouble:
    if isinstance(error, InvalidInput):
        return Trouble.INVALID_INPUT
    if isinstance(error, StalePlan):
        return Trouble.PLAN_CHANGED
    if isinstance(error, LockedError):
        return Trouble.STATE_LOCKED
    return _TROUBLES.get(error.exit_code, Trouble.APPLY_FAILED)


_TROUBLES = {
    Exit.ERROR: Trouble.APPLY_FAILED,
    Exit.PARTIAL: Trouble.APPLY_FAILED,
    Exit.NOT_APPROVED: Trouble.NOT_APPROVED,
    Exit.BLOCKED: Trouble.BLOCKED,
}
_STALE = "Live or another merge has moved. Open a pull request, if only to plan again."
_TRUNCATED = (
    "approvals in comments do not count here, since the comment with the plan had no room for all of it; "
    "give them as files, with --approval"
)
