"""Apply a plan: make sure it is still the approved one, carry it out, read back what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.applying.approval import require_removals_allowed, same_target, uncovered
from reconciler.applying.executor import Executor, Run
from reconciler.applying.journal import RunLog
from reconciler.desired.load import Documents, load
from reconciler.errors import ApprovalMissing, Exit, StalePlan, worst
from reconciler.model.plan import Action, Plan
from reconciler.ports import Ordering, Outcome, Progress, Result, World
from reconciler.usecases.planning import Planned, PlanRequest, plan_again


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the plan carried out, the outcome of each of its ready actions, and what is left after it."""

    plan: Plan
    outcomes: Mapping[str, Outcome]
    after: Plan | None = None

    @property
    def exit_code(self) -> Exit:
        """What the outcomes and the blocked actions together mean for a pipeline."""
        results = {outcome.result for outcome in self.outcomes.values()}
        codes = [Exit.DONE]
        if results & {Result.FAILED, Result.PARTIAL, Result.UNKNOWN, Result.NOT_STARTED}:
            codes.append(Exit.PARTIAL)
        if Result.WAITING in results:
            codes.append(Exit.WAITING)
        if self.plan.is_blocked:
            codes.append(Exit.BLOCKED)
        return worst(*codes)


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What whoever applies may choose; `approved` is a saved plan, without it `confirm` is asked about a new one."""

    planning: PlanRequest = field(default_factory=PlanRequest)
    approved: Plan | None = None
    auto_approve: bool = False
    allow_removals: int = 0
    parallelism: int = 8
    wait: bool = True
    timeout: float = 600.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def apply(world: World, request: ApplyRequest, *, confirm: Callable[[Plan], bool], progress: Progress) -> Applied:
    """Plan, have it approved, carry it out and read back.

    Raises what planning raises, ApprovalMissing where nobody said yes, StalePlan where other actions than the approved
    ones would be carried out now.
    """
    documents = load(world.root)
    _refuse_unsigned(documents)
    async with world.provider(documents.config).ordering() as ordering:
        planning = _like_approved(request)
        fresh = await plan_again(world, documents, ordering.reader, planning)
        _approve(request, fresh.plan, confirm)
        if not fresh.plan.ready:
            return Applied(fresh.plan, {}, fresh.plan)
        log = RunLog()
        executor = _executor(world, request, fresh, ordering, log, progress)
        await executor.execute(fresh.plan.ready)
        after = await _read_back(world, documents, ordering, planning, log) if request.wait else None
    return Applied(fresh.plan, _verified(log, fresh.plan, after), after)


def _like_approved(request: ApplyRequest) -> PlanRequest:
    """Return how to plan again: a saved plan is compared with one made by the same choices, as of today."""
    if request.approved is None:
        return request.planning
    return replace(request.planning, choices=request.approved.choices, day=None)


def _refuse_unsigned(documents: Documents) -> None:
    required = documents.config.approvals.required
    if required:
        message = f"fleet.yaml requires signed approvals ({required}), and none can be verified"
        raise ApprovalMissing(message, hint="This version applies only fleets with 'approvals: {required: 0}'.")


def _approve(request: ApplyRequest, fresh: Plan, confirm: Callable[[Plan], bool]) -> None:
    """Return where `fresh` may be carried out; raises where it may not."""
    if request.approved is not None:
        _require_covered(request.approved, fresh)
    elif request.auto_approve:
        require_removals_allowed(fresh.ready, request.allow_removals)
    elif fresh.ready and not confirm(fresh):
        raise ApprovalMissing("nothing was ordered: the answer was not 'yes'")


def _require_covered(approved: Plan, fresh: Plan) -> None:
    if not same_target(approved, fresh):
        message = (
            f"the plan is for {approved.organisation}, contract {approved.contract} at {approved.live.provider}/"
            f"{approved.live.account}; this is {fresh.organisation}, contract {fresh.contract} at "
            f"{fresh.live.provider}/{fresh.live.account}"
        )
        raise StalePlan(message, hint="Plan again, with the fleet's folder the plan was made from.")
    new = uncovered(approved, fresh)
    if new:
        listed = "".join(f"\n  - {action.kind} {action.id}{_difference(action)}" for action in new[:20])
        more = f"\n  … and {len(new) - 20} more" if len(new) > 20 else ""
        message = f"the plan is stale: these actions would be carried out now and are not in it:{listed}{more}"
        raise StalePlan(message, hint="Plan again and have that plan approved: fleet plan -o FILE.")


def _difference(action: Action) -> str:
    words = [f"{change.path} {change.before or '(none)'} → {change.after or '(none)'}" for change in action.changes]
    return f" ({', '.join(words)})" if words else ""


def _executor(
    world: World, request: ApplyRequest, fresh: Planned, ordering: Ordering, log: RunLog, progress: Progress
) -> Executor:
    commit = fresh.plan.desired.commit
    run = Run(
        id=world.run_id(),
        day=fresh.plan.day,
        note=f"commit {commit}" if commit else "no commit",
        parallelism=request.parallelism,
        wait=request.wait,
        timeout=request.timeout,
    )
    return Executor(run, ordering, fresh.snapshot, log, world.clock, progress, request.stop)


async def _read_back(
    world: World, documents: Documents, ordering: Ordering, planning: PlanRequest, log: RunLog
) -> Plan | None:
    """Plan once more after the orders, to see whether they did what they say; None where none of them is done."""
    if not any(outcome.result is Result.DONE for outcome in log.outcomes.values()):
        return None
    return (await plan_again(world, documents, ordering.reader, planning)).plan


def _verified(log: RunLog, plan: Plan, after: Plan | None) -> dict[str, Outcome]:
    """Return the outcomes in the plan's order; one that is done and still to do is not done at all."""
    still = {action.id: action for action in after.ready} if after else {}
    outcomes: dict[str, Outcome] = {}
    for action in plan.ready:
        outcome = log.outcomes[action.id]
        left = still.get(action.id)
        if outcome.result is Result.DONE and left is not None:
            reason = f"the operator completed order {outcome.order} and live is not as ordered{_difference(left)}"
            outcome = Outcome(Result.FAILED, reason, outcome.order)
        outcomes[action.id] = outcome
    return outcomes
