"""What an apply is asked to do, whom it asks meanwhile, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.applying.signatures import Signed
from reconciler.errors import Exit, FleetError, worst
from reconciler.model.plan import Finding, Plan
from reconciler.model.saved import SavedPlan
from reconciler.ports import Outcome, Progress, Result
from reconciler.usecases.covering import Stale
from reconciler.usecases.planning import PlanRequest


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the plan carried out, its run, the outcome of each of its ready actions, and who left work.

    `unread` is why live could not be read afterwards; the outcomes are then by the operator's word alone. `broken` is
    what ended the run after something was ordered; the outcomes are what was known then. `alone` is whether the journal
    is known to this machine only.
    """

    plan: Plan
    outcomes: Mapping[str, Outcome]
    run_id: str | None = None
    taken_over: str | None = None
    unread: FleetError | None = None
    broken: FleetError | None = None
    alone: bool = False

    @property
    def exit_code(self) -> Exit:
        """What the outcomes and the blocked actions together mean for a pipeline."""
        if self.broken is not None:
            return self.broken.exit_code
        results = {outcome.result for outcome in self.outcomes.values()}
        codes = [Exit.ERROR if self.unread else Exit.DONE]
        if results & {Result.FAILED, Result.PARTIAL, Result.CANCELLED, Result.UNKNOWN, Result.NOT_STARTED}:
            codes.append(Exit.PARTIAL)
        if Result.WAITING in results:
            codes.append(Exit.WAITING)
        if self.plan.is_blocked:
            codes.append(Exit.BLOCKED)
        return worst(*codes)


#: What is said after an apply whose journal is `alone`.
ALONE = (
    "the journal of this apply is on this machine only: other machines and CI jobs do not know what was ordered here; "
    "journal.url_env in fleet.yaml shares one"
)


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What whoever applies may choose.

    `approved` is a saved plan; without it, and without `auto_approve` and `resume`, `confirm` is asked about a new one.
    `askers` asked for it before, where a run is gone on with.
    """

    planning: PlanRequest = field(default_factory=PlanRequest)
    approved: SavedPlan | None = None
    approvals: Sequence[Signed] = ()
    askers: Collection[str] = ()
    auto_approve: bool = False
    allow_removals: int = 0
    resume: bool = False
    parallelism: int = 8
    wait: bool = True
    timeout: float = 600.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Front:
    """What whoever applies is shown and asked.

    `confirm` shows a plan and asks for a yes, `show` shows one that was approved beforehand, unseen. `notice` is told
    what is found before the first order that is no matter of the plan.
    """

    confirm: Callable[[Plan], bool]
    show: Callable[[Plan], None]
    stale: Stale
    progress: Progress
    notice: Callable[[Finding], None] = lambda _: None
