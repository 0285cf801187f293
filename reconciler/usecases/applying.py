"""Apply a plan: exactly what was approved, once, whatever happens around it.

Have it approved, take the lease, settle what an earlier run left, make sure the plan still is what was approved, carry
it out, and read back what came of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler import __version__
from reconciler.applying import approval, verify
from reconciler.applying.executor import Executor, Run, worded
from reconciler.applying.journal import history, lease
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.rate import SharedRate
from reconciler.applying.journal.runs import RunJournal, RunRecord, RunState
from reconciler.applying.settle import Settler
from reconciler.applying.signatures import Signed
from reconciler.desired.load import Documents, load
from reconciler.errors import ApprovalMissing, Exit, StalePlan, worst
from reconciler.model.config import FleetConfig
from reconciler.model.plan import Action, Plan
from reconciler.planning.document import digest
from reconciler.ports import Ordering, Outcome, Progress, Result, World
from reconciler.usecases.limits import shared_rate
from reconciler.usecases.planning import Planned, PlanRequest, make_plan, plan_again
from reconciler.usecases.saving import parse_plan, plan_text
from reconciler.usecases.signed import require_signed

_UNSTARTED = Outcome(Result.NOT_STARTED, "the run was stopped before it was ordered")


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the plan carried out, its run, the outcome of each of its ready actions, and who left work."""

    plan: Plan
    outcomes: Mapping[str, Outcome]
    run_id: str | None = None
    taken_over: str | None = None

    @property
    def exit_code(self) -> Exit:
        """What the outcomes and the blocked actions together mean for a pipeline."""
        results = {outcome.result for outcome in self.outcomes.values()}
        codes = [Exit.DONE]
        if results & {Result.FAILED, Result.PARTIAL, Result.CANCELLED, Result.UNKNOWN, Result.NOT_STARTED}:
            codes.append(Exit.PARTIAL)
        if Result.WAITING in results:
            codes.append(Exit.WAITING)
        if self.plan.is_blocked:
            codes.append(Exit.BLOCKED)
        return worst(*codes)


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What whoever applies may choose.

    `approved` is a saved plan; without it, and without `auto_approve` and `resume`, `confirm` is asked about a new one.
    """

    planning: PlanRequest = field(default_factory=PlanRequest)
    approved: Plan | None = None
    approvals: Sequence[Signed] = ()
    auto_approve: bool = False
    allow_removals: int = 0
    resume: bool = False
    parallelism: int = 8
    wait: bool = True
    timeout: float = 600.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)


#: Shows a plan of what nobody has approved, and which approved actions are not needed any more.
Stale: TypeAlias = Callable[[Plan, Sequence[str]], None]


async def apply(
    world: World, request: ApplyRequest, *, confirm: Callable[[Plan], bool], stale: Stale, progress: Progress
) -> Applied:
    """Carry out what is approved, exactly that and once.

    Raises what planning raises, ApprovalMissing where nobody said yes, StalePlan where other actions than the approved
    ones would be carried out now, LockedError while another run writes, JournalError where nothing can be recorded.
    """
    documents = load(world.root)
    database = Database.open(world.journal_url(documents.config))
    try:
        approved, run_id = request.approved, world.run_id()
        if request.resume:
            left = history.last_run(database, documents.config.organisation)
            if left is None or left.exit_code == Exit.DONE:
                raise ApprovalMissing("there is no run to go on with", hint="Make a plan and apply it.")
            approved, run_id = parse_plan(left.plan, name=f"the plan of run {left.id}"), left.id
        elif approved is None and not request.auto_approve:
            approved = (await make_plan(world, request.planning)).plan
            if not approved.ready:
                return Applied(approved, {})
            verify.require(approved.approvals, ())
            if not confirm(approved):
                raise ApprovalMissing("nothing was ordered: the answer was not 'yes'")
        held, before = lease.acquire(
            database,
            documents.config.organisation,
            run_id=run_id,
            who=world.requester(),
            place=world.place(),
            seconds=documents.config.journal.lease,
        )
        with held:
            run = _Apply(world, request, documents, database, held, approved, stale, progress)
            return replace(await run.carry_out(), taken_over=str(before) if before else None)
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class _Apply:
    """One run that holds the lease; `approved` None means that whatever is planned now was approved beforehand."""

    world: World
    request: ApplyRequest
    documents: Documents
    database: Database
    lease: lease.Lease
    approved: Plan | None
    stale: Stale
    progress: Progress

    async def carry_out(self) -> Applied:
        """Settle, plan again, compare, order, read back."""
        journal = RunJournal(self.database, self.lease)
        config, clock = self.config, self.world.clock
        rate = shared_rate(self.world, config, self.database)
        async with self.world.provider(config).ordering(rate) as ordering:
            journal.close_left_runs()
            patience, stop = config.journal.patience, self.request.stop
            settler = Settler(self.database, journal, ordering.orderer, clock, patience, stop)
            unsettled = await settler.settle(config.organisation)
            planning = self._planning()
            fresh = await plan_again(self.world, self.documents, ordering.reader, planning)
            self._require_approved(fresh.plan)
            if not fresh.plan.ready and not self.request.resume:
                return Applied(fresh.plan, {})
            plan = self.approved if self.request.resume and self.approved else fresh.plan
            journal.begin(self._record(plan))
            needed = {action.id for action in fresh.plan.ready}
            left_alone = _withdrawn(journal.outcomes()) | {at: unsettled[at] for at in unsettled if at in needed}
            executor = self._executor(fresh, ordering, journal, rate)
            await executor.execute([action for action in fresh.plan.ready if action.id not in left_alone])
            outcomes = journal.outcomes() | left_alone
            if self.request.wait and any(outcome.result is Result.DONE for outcome in outcomes.values()):
                after = (await plan_again(self.world, self.documents, ordering.reader, planning)).plan
                wrong = _not_as_ordered(outcomes, after)
                journal.revise(wrong)
                outcomes |= wrong
        applied = Applied(plan, _in_order(plan, fresh.plan, outcomes), journal.run_id)
        results = {outcome.result for outcome in applied.outcomes.values()}
        finished = not results & {Result.NOT_STARTED, Result.UNKNOWN}
        journal.end(RunState.FINISHED if finished else RunState.INTERRUPTED, applied.exit_code)
        return applied

    @property
    def config(self) -> FleetConfig:
        """The configuration of the fleet."""
        return self.documents.config

    def _planning(self) -> PlanRequest:
        """Return how to plan again: an approved plan is compared with one made by the same choices, as of today."""
        if self.approved is None:
            return self.request.planning
        return replace(self.request.planning, choices=self.approved.choices, day=None)

    def _require_approved(self, fresh: Plan) -> None:
        """Return where `fresh` may be carried out; raises where it may not. What is resumed was approved before."""
        if not self.request.resume:
            require_signed(self.world, self.approved or fresh, fresh, self.request.approvals)
        if self.approved is None:
            approval.require_removals_allowed(fresh.ready, self.request.allow_removals)
        else:
            _require_covered(self.approved, fresh, self.stale)

    def _record(self, plan: Plan) -> RunRecord:
        approvals = [verify.facts(each) for each in self.request.approvals]
        approvals = approvals or [{"kind": _kind(self.request), "who": self.world.requester()}]
        return RunRecord(
            id=self.lease.run_id,
            organisation=plan.organisation,
            account=plan.live.account,
            who=self.world.requester(),
            place=self.world.place(),
            commit=plan.desired.commit,
            digest=digest(plan),
            plan=plan_text(plan, self.world),
            approvals=approvals,
            tool_version=__version__,
        )

    def _executor(self, fresh: Planned, ordering: Ordering, journal: RunJournal, rate: SharedRate) -> Executor:
        commit, request = fresh.plan.desired.commit, self.request
        run = Run(
            id=journal.run_id,
            day=fresh.plan.day,
            note=f"commit {commit}" if commit else "no commit",
            parallelism=request.parallelism,
            wait=request.wait,
            timeout=request.timeout,
        )
        return Executor(
            run, ordering, fresh.snapshot, journal, self.lease, rate, self.world.clock, self.progress, request.stop
        )


def _kind(request: ApplyRequest) -> str:
    if request.approved is not None:
        return "saved plan"
    return "--auto-approve" if request.auto_approve else "yes at the prompt"


def _require_covered(approved: Plan, fresh: Plan, stale: Stale) -> None:
    if not approval.same_target(approved, fresh):
        message = (
            f"the plan is for {approved.organisation}, contract {approved.contract} at {approved.live.provider}/"
            f"{approved.live.account}; this is {fresh.organisation}, contract {fresh.contract} at "
            f"{fresh.live.provider}/{fresh.live.account}"
        )
        raise StalePlan(message, hint="Plan again, with the fleet's folder the plan was made from.")
    new = approval.uncovered(approved, fresh)
    if new:
        stale(replace(fresh, actions=new), tuple(action.id for action in approval.withdrawn(approved, fresh)))
        count = f"{len(new)} actions" if len(new) > 1 else "1 action"
        message = f"the plan is stale: {count} would be carried out now that nobody has approved"
        raise StalePlan(message, hint="Plan again and have that plan approved: fleet plan -o FILE.")


def _difference(action: Action) -> str:
    words = [f"{change.path} {change.before or '(none)'} → {change.after or '(none)'}" for change in action.changes]
    return f" ({', '.join(words)})" if words else ""


def _withdrawn(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return what was cancelled of this run; going on with it does not order that again."""
    return {address: outcome for address, outcome in outcomes.items() if outcome.result is Result.CANCELLED}


def _not_as_ordered(outcomes: Mapping[str, Outcome], after: Plan) -> dict[str, Outcome]:
    """Return what is said to be done and is still to do: it is not done at all."""
    still = {action.id: action for action in after.ready}
    return {
        address: Outcome(
            Result.FAILED,
            f"the operator completed order {outcome.order} and live is not as ordered{_difference(still[address])}",
            outcome.order,
        )
        for address, outcome in outcomes.items()
        if outcome.result is Result.DONE and address in still
    }


def _in_order(plan: Plan, fresh: Plan, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return the outcomes in the plan's order; what live had no more need of is done."""
    needed = {action.id for action in fresh.ready}
    met = Outcome(Result.DONE, "live was so already")
    return {
        action.id: worded(action, outcomes.get(action.id, _UNSTARTED if action.id in needed else met))
        for action in plan.ready
    }
