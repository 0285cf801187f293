"""Hold what would be carried out now against what was approved: the same actions or fewer, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from reconciler.applying import approval
from reconciler.errors import StalePlan
from reconciler.model.plan import Action, Plan

#: Shows a plan of what nobody has approved, and which approved actions are not needed any more.
Stale: TypeAlias = Callable[[Plan, Sequence[str]], None]


def covered(approved: Plan | None, fresh: Plan) -> tuple[Action, ...]:
    """Return the ready actions of `fresh` that `approved` has; all of them where anything was approved beforehand."""
    if approved is None:
        return fresh.ready
    new = {action.id for action in approval.uncovered(approved, fresh)}
    return tuple(action for action in fresh.ready if action.id not in new)


def require_connection(approved: Plan, origin: str | None) -> None:
    """Raise StalePlan where the orders of an approved plan would go elsewhere than they went when it was made."""
    if approved.live.origin != origin:
        message = f"the plan was made for orders to '{approved.live.origin}'; this fleet's now go to '{origin}'"
        raise StalePlan(message, hint="Plan again and have that plan approved: fleet plan -o FILE.")


def require_covered(approved: Plan, fresh: Plan, stale: Stale, *, resumed: bool) -> None:
    """Raise StalePlan where `fresh` would do what nobody has approved, or is for somebody else.

    A run that is `resumed` and has nothing left to order only learns what became of it, whatever else is to be done.
    """
    require_connection(approved, fresh.live.origin)
    if not approval.same_target(approved, fresh):
        message = (
            f"the plan is for {approved.organisation}, contract {approved.contract} at {approved.live.provider}/"
            f"{approved.live.account}; this is {fresh.organisation}, contract {fresh.contract} at "
            f"{fresh.live.provider}/{fresh.live.account}"
        )
        raise StalePlan(message, hint="Plan again, with the fleet's folder the plan was made from.")
    new = approval.uncovered(approved, fresh)
    if not new or (resumed and not covered(approved, fresh)):
        return
    stale(replace(fresh, actions=new), tuple(action.id for action in approval.withdrawn(approved, fresh)))
    count = f"{len(new)} actions" if len(new) > 1 else "1 action"
    message = f"the plan is stale: {count} would be carried out now that nobody has approved"
    raise StalePlan(message, hint="Plan again and have that plan approved: fleet plan -o FILE.")
