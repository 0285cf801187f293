"""Apply a plan: exactly what was approved, once, whatever happens around it.

Have it approved, take the lease, settle what an earlier run left, make sure the plan still is what was approved, carry
it out, and read back what came of it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import ascii_lowercase

from reconciler import __version__
from reconciler.applying import approval, readback, verify
from reconciler.applying.attempts import EarlierOrder
from reconciler.applying.executor import Executor, Run
from reconciler.applying.following import pause, worded
from reconciler.applying.journal import history, lease
from reconciler.applying.journal.adoption import require_not_void
from reconciler.applying.journal.database import Database
from reconciler.applying.journal.orders import doubts
from reconciler.applying.journal.rate import SharedRate
from reconciler.applying.journal.runs import RunJournal, RunRecord, RunState
from reconciler.applying.settle import OPEN, Settler
from reconciler.applying.stopping import Stop, StoppableClock, stoppable
from reconciler.errors import ApprovalMissing, Exit, FleetError, problem_of_its_own
from reconciler.model.config import FleetConfig
from reconciler.model.order_origin import connection_origin
from reconciler.model.plan import Choices, Plan
from reconciler.model.run import PastRun
from reconciler.planning.document import digest
from reconciler.ports import Orderer, Ordering, Outcome, Reader, Result, World
from reconciler.usecases.application import Applied, ApplyRequest, Front
from reconciler.usecases.changed import Files
from reconciler.usecases.covering import covered, require_connection, require_covered
from reconciler.usecases.journal_place import require_no_old_journal
from reconciler.usecases.limits import shared_rate
from reconciler.usecases.planning import Planned, PlanRequest, files_for, make_plan, plan_again
from reconciler.usecases.proving import proofs, settled
from reconciler.usecases.recorded import recorded_approvals, recorded_plan
from reconciler.usecases.saving import plan_text
from reconciler.usecases.signed import require_signed
from reconciler.usecases.unrecorded import Unrecorded, ended_by_job, is_shared, require_shared


async def apply(world: World, request: ApplyRequest, front: Front) -> Applied:
    """Carry out what is approved, exactly that and once.

    Raises what planning raises, ApprovalMissing where nobody said yes, StalePlan where other actions than the approved
    ones would be carried out now, LockedError while another run writes, JournalError where nothing can be recorded.
    """
    require_no_old_journal(world.root)
    files = files_for(world, _choices(request))
    journal_url = world.journal_url(files.config)
    require_shared(files.config.journal, journal_url)
    database = Database.open(journal_url, seconds=files.config.journal.timeout)
    try:
        run_id = _fresh_id(database, world.run_id())
        if request.resume:
            left = _left(database, files.config.organisation)
            require_not_void(left)
            request, run_id = _resumed(request, left), left.id
        approved = request.approved.plan if request.approved else None
        if approved is not None:
            require_connection(approved, connection_origin(files.config))
        elif not request.auto_approve:
            approved = (await make_plan(world, request.planning)).plan
            if not approved.ready:
                return Applied(approved, {})
            verify.require(approved.approvals, ())
            if not front.confirm(approved):
                raise ApprovalMissing("nothing was ordered: the answer was not 'yes'")
        held, before = lease.acquire(
            database,
            files.config.organisation,
            run_id=run_id,
            who=world.requester(),
            place=world.place(),
            seconds=files.config.journal.lease,
        )
        with held:
            run = _Apply(world, request, files, database, held, approved, front, RunJournal(database, held))
            try:
                applied = await run.carry_out()
            except Exception as error:
                applied = run.broken_off(error)
            alone = files.config.journal.url_env is None
            return replace(applied, taken_over=str(before) if before else None, alone=alone)
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class _Apply:
    """One run that holds the lease; `approved` None means that whatever is planned now was approved beforehand."""

    world: World
    request: ApplyRequest
    files: Files
    database: Database
    lease: lease.Lease
    approved: Plan | None
    front: Front
    journal: RunJournal
    #: The plan, once the run has begun to carry it out.
    begun: list[Plan] = field(default_factory=list)

    async def carry_out(self) -> Applied:
        """Settle, plan again, compare, order, read back."""
        journal, config = self.journal, self.config
        stop = Stop(self.request.stop)
        rate = shared_rate(replace(self.world, clock=StoppableClock(self.world.clock, stop)), config, self.database)
        async with self.world.provider(config).ordering(rate) as opened:
            ordering = stoppable(opened, stop)
            journal.close_left_runs()
            settler = self._settler(journal, ordering.orderer)
            unsettled = await settled(
                settler, ordering.reader, journal, organisation=config.organisation, database=self.database
            )
            unrecorded = self._unrecorded(settler, ordering)
            fresh, earlier = await unrecorded.read(
                lambda: plan_again(self.world, self.files, ordering.reader, self._planning()),
                self.approved,
                self.front.notice,
            )
            await journal.prove(proofs(fresh))
            plan = self.approved or fresh.plan
            adopted = await unrecorded.adoptable(earlier, plan.ready, fresh.snapshot)
            left_alone = self._left_alone(journal, adopted, unsettled)
            self._require_approved(fresh.plan, left_alone)
            if not fresh.plan.ready and not self.request.resume:
                return Applied(fresh.plan, {})
            if self.approved is None:
                self.front.show(fresh.plan)
            meant = covered(self.approved, fresh.plan)
            journal.begin(self._record(plan))
            self.begun.append(plan)
            for order in adopted:
                await journal.adopt(order, ended=order.outcome.result not in OPEN)
            executor = self._executor(fresh, ordering, journal, rate, max(earlier, default=0) + 1)
            await executor.execute([action for action in meant if action.id not in left_alone])
            needed = {action.id for action in meant}
            known = journal.outcomes()
            outcomes = known | {each: said for each, said in left_alone.items() if each in needed or each in known}
            revised = readback.unordered(plan, outcomes, fresh.plan)
            differing, unread = await self._look_back(plan, outcomes, ordering.reader)
            revised |= differing
            revised |= readback.over(outcomes | revised)
            journal.revise(revised)
        outcomes |= revised
        in_order = {action.id: worded(action, outcomes[action.id]) for action in plan.ready}
        applied = Applied(plan, in_order, journal.run_id, unread=unread)
        results = {outcome.result for outcome in applied.outcomes.values()}
        finished = not unread and not results & {Result.NOT_STARTED, Result.UNKNOWN}
        journal.end(RunState.FINISHED if finished else RunState.INTERRUPTED, applied.exit_code)
        return applied

    def broken_off(self, error: Exception) -> Applied:
        """Return what was done until an error ended the run; raises it again where nothing was ordered."""
        known = self.journal.begun
        if not self.begun or not known:
            raise error
        plan = self.begun[0]
        outcomes = {action.id: known.get(action.id, _NOT_BEGUN) for action in plan.ready}
        broken = error if isinstance(error, FleetError) else problem_of_its_own(error)
        return Applied(plan, outcomes, self.journal.run_id, broken=broken)

    async def _look_back(
        self, plan: Plan, outcomes: Mapping[str, Outcome], reader: Reader
    ) -> tuple[dict[str, Outcome], FleetError | None]:
        """Read live once more, and return what is not as the operator said; where that fails, why."""
        claimed = {outcome.result for outcome in outcomes.values()} & readback.CLAIMED
        if not self.request.wait or not claimed:
            return {}, None
        can, patience = reader.capabilities(), self.config.journal.patience
        try:
            after = await plan_again(self.world, self.files, reader, self._planning())
            differing = readback.differing(plan, outcomes, after.plan)
            if differing and not can.by_hand and not can.shows_orders_at_once:  # it may show a little later
                await pause(self.world.clock, patience, self.request.stop)
                after = await plan_again(self.world, self.files, reader, self._planning())
        except FleetError as error:  # whatever it is, what was ordered is told
            return {}, error
        return readback.differing(plan, outcomes, after.plan), None

    def _left_alone(
        self, journal: RunJournal, adopted: Sequence[EarlierOrder], unsettled: Mapping[str, Outcome]
    ) -> dict[str, Outcome]:
        """Return, by address, what is not ordered by this run: it is at the operator already, or may still get there.

        What the operator has taken is never ordered again by this run, nor by another attempt at the same CI job.
        """
        left = ended_by_job(self.database, self.world.run_id(), self.config.organisation) if self._is_repeated else {}
        left |= {action.id: order.outcome for order in adopted for action in order.actions}
        return left | readback.placed(journal.outcomes()) | dict(unsettled)

    def _unrecorded(self, settler: Settler, ordering: Ordering) -> Unrecorded:
        config = self.config
        shared = is_shared(self.world.journal_url(config))
        run_id, organisation = self.lease.run_id, config.organisation
        return Unrecorded(
            self.database, ordering, settler, organisation, run_id, config.journal, shared, self._is_repeated
        )

    @property
    def _is_repeated(self) -> bool:
        """Whether another attempt of the CI job that runs this has, or had, the same run id."""
        return self.world.run_repeats and not self.request.resume

    def _settler(self, journal: RunJournal, orderer: Orderer) -> Settler:
        """Return who settles what earlier runs left; only a run that goes on waits for the end of its orders."""
        timeout = self.request.timeout if self.request.resume and self.request.wait else 0.0
        patience = self.config.journal.patience
        clock = StoppableClock(self.world.clock, Stop(self.request.stop))
        return Settler(self.database, journal, orderer, clock, patience, timeout, self.request.stop)

    @property
    def config(self) -> FleetConfig:
        """The configuration of the fleet."""
        return self.files.config

    def _planning(self) -> PlanRequest:
        """Return how to plan again: an approved plan is compared with one made by the same choices, as of today."""
        if self.approved is None:
            return self.request.planning
        return replace(self.request.planning, choices=self.approved.choices, day=None)

    def _require_approved(self, fresh: Plan, left_alone: Container[str]) -> None:
        """Return where `fresh` may be carried out but for what is left alone; raises where it may not.

        What was approved when a run began is held against the rules again before it orders more.
        """
        request = self.request
        ordered = replace(fresh, actions=tuple(each for each in fresh.actions if each.id not in left_alone))
        if not request.resume or covered(self.approved, ordered):
            require_signed(self.world, request.approved, fresh, request.approvals, also=request.askers)
        if self.approved is None:
            approval.require_removals_allowed(ordered.ready, self.request.allow_removals)
        else:
            require_covered(self.approved, ordered, self.front.stale, resumed=self.request.resume)

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
            plan=self.request.approved.text if self.request.approved else plan_text(plan, self.world),
            approvals=approvals,
            tool_version=__version__,
        )

    def _executor(
        self, fresh: Planned, ordering: Ordering, journal: RunJournal, rate: SharedRate, first: int
    ) -> Executor:
        commit, request = fresh.plan.desired.commit, self.request
        run = Run(
            id=journal.run_id,
            day=fresh.plan.day,
            note=f"commit {commit}" if commit else "no commit",
            parallelism=request.parallelism,
            wait=request.wait,
            timeout=request.timeout,
            first=first,
        )
        clock, progress = self.world.clock, self.front.progress
        return Executor(run, ordering, fresh.snapshot, journal, self.lease, rate, clock, progress, request.stop)


_NOT_BEGUN = Outcome(Result.NOT_STARTED, "the run ended before it was ordered")


def _choices(request: ApplyRequest) -> Choices:
    """Return the choices of what is to be carried out; those of a run that goes on are known to its journal alone."""
    if request.resume:
        return Choices()
    return request.approved.plan.choices if request.approved is not None else request.planning.choices


def _fresh_id(database: Database, run_id: str) -> str:
    """Return the id of a new run: with a letter more where an earlier apply of the same CI job is over."""
    for letter in ("", *ascii_lowercase):
        known = history.one_run(database, f"{run_id}{letter}")
        if known is None or known.state != RunState.FINISHED:
            return f"{run_id}{letter}"
    return run_id


def _resumed(request: ApplyRequest, left: PastRun) -> ApplyRequest:
    """Return the request to go on with a run: its plan to the letter, what it was approved by, and who asked for it."""
    return replace(request, approved=recorded_plan(left), approvals=recorded_approvals(left), askers=(left.who,))


def _left(database: Database, organisation: str) -> PastRun:
    """Return the last run, which is not over or has orders that are not; ApprovalMissing where there is none."""
    left = history.last_run(database, organisation)
    if left is None or (left.exit_code == Exit.DONE and not doubts(database, organisation)):
        raise ApprovalMissing("there is no run to go on with", hint="Make a plan and apply it.")
    return left


def _kind(request: ApplyRequest) -> str:
    if request.approved is not None:
        return "saved plan"
    return "--auto-approve" if request.auto_approve else "yes at the prompt"
