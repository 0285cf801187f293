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
from reconciler.applying import approval, readback, verify
from reconciler.applying.executor import Executor, Run
from reconciler.applying.journal import history, lease
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.rate import SharedRate
from reconciler.applying.journal.runs import RunJournal, RunRecord, RunState
from reconciler.applying.settle import Settler, Unsettled
from reconciler.applying.signatures import Signed
from reconciler.desired.load import Documents, load
from reconciler.errors import ApprovalMissing, Exit, FleetError, IncompleteSnapshot, OperatorError, StalePlan, worst
from reconciler.model.config import FleetConfig
from reconciler.model.plan import Plan
from reconciler.planning.document import digest
from reconciler.ports import Ordering, Outcome, Progress, Reader, Result, World
from reconciler.usecases.planning import Planned, PlanRequest, make_plan, plan_again
from reconciler.usecases.saving import parse_plan, plan_text
from reconciler.usecases.signed import require_signed


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the plan carried out, its run, the outcome of each of its ready actions, and who left work.

    `unread` is why live could not be read afterwards; the outcomes are then by the operator's word alone.
    """

    plan: Plan
    outcomes: Mapping[str, Outcome]
    run_id: str | None = None
    taken_over: str | None = None
    unread: FleetError | None = None

    @property
    def exit_code(self) -> Exit:
        """What the outcomes and the blocked actions together mean for a pipeline."""
        results = {outcome.result for outcome in self.outcomes.values()}
        codes = [Exit.ERROR if self.unread else Exit.DONE]
        if results & {Result.FAILED, Result.PARTIAL, Result.UNKNOWN, Result.NOT_STARTED}:
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
        rate = SharedRate(self.database, _account(config), _rate_limit(config), clock)
        async with self.world.provider(config).ordering(rate) as ordering:
            journal.close_left_runs()
            follows = self.request.timeout if self.request.resume and self.request.wait else 0.0
            settler = Settler(self.database, journal, ordering.orderer, clock, config.journal.patience, follows)
            unsettled = await settler.settle(config.organisation)
            fresh = await plan_again(self.world, self.documents, ordering.reader, self._planning())
            self._require_approved(fresh.plan)
            if not fresh.plan.ready and not self.request.resume:
                return Applied(fresh.plan, {})
            plan = self.approved if self.request.resume and self.approved else fresh.plan
            journal.begin(self._record(plan))
            doubtful = _doubtful(fresh.plan, unsettled)
            executor = self._executor(fresh, ordering, journal, rate)
            await executor.execute([action for action in fresh.plan.ready if action.id not in doubtful])
            outcomes = journal.outcomes() | doubtful
            revised = readback.unordered(plan, outcomes, fresh.plan)
            differing, unread = await self._look_back(plan, outcomes, ordering.reader)
            revised |= differing
            journal.revise(revised)
        outcomes |= revised
        in_order = {action.id: outcomes[action.id] for action in plan.ready}
        applied = Applied(plan, in_order, journal.run_id, unread=unread)
        results = {outcome.result for outcome in applied.outcomes.values()}
        finished = not unread and not results & {Result.NOT_STARTED, Result.UNKNOWN}
        journal.end(RunState.FINISHED if finished else RunState.INTERRUPTED, applied.exit_code)
        return applied

    async def _look_back(
        self, plan: Plan, outcomes: Mapping[str, Outcome], reader: Reader
    ) -> tuple[dict[str, Outcome], FleetError | None]:
        """Read live once more, and return what is not as the operator said; where that fails, why."""
        claimed = {outcome.result for outcome in outcomes.values()} & readback.CLAIMED
        if not self.request.wait or not claimed:
            return {}, None
        try:
            after = await plan_again(self.world, self.documents, reader, self._planning())
        except (OperatorError, IncompleteSnapshot) as error:
            return {}, error
        return readback.differing(plan, outcomes, after.plan), None

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


def _account(config: FleetConfig) -> str:
    """Return what the operator's limit is counted by: the place that is called."""
    return f"{config.provider.type} {config.provider.settings.get('url') or config.organisation}"


def _rate_limit(config: FleetConfig) -> float | None:
    limit = config.provider.settings.get("rate_limit")
    return float(str(limit)) if limit is not None else None


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


def _doubtful(plan: Plan, unsettled: Sequence[Unsettled]) -> dict[str, Outcome]:
    """Return the ready actions that an order is about which is not over; they are left alone."""
    about = {address: order.outcome for order in unsettled for address in order.actions}
    return {action.id: about[action.id] for action in plan.ready if action.id in about}
