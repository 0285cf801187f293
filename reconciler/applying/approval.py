"""Whether an approval of one plan still covers another: the same actions or fewer do, anything new does not."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import ApprovalMissing
from reconciler.model.plan import Action, Kind, Plan
from reconciler.planning.document import approved


def uncovered(approved_plan: Plan, fresh: Plan) -> tuple[Action, ...]:
    """Return the ready actions of `fresh` that `approved_plan` does not contain word for word."""
    covered = {_key(action) for action in approved_plan.ready}
    return tuple(action for action in fresh.ready if _key(action) not in covered)


def withdrawn(approved_plan: Plan, fresh: Plan) -> tuple[Action, ...]:
    """Return the approved ready actions that `fresh` has no need of any more."""
    needed = {_key(action) for action in fresh.ready}
    return tuple(action for action in approved_plan.ready if _key(action) not in needed)


def same_target(approved_plan: Plan, fresh: Plan) -> bool:
    """Tell whether both plans are for the same organisation, contract, provider and account, over one connection."""
    one, other = approved_plan, fresh
    return (one.organisation, one.contract, one.live.provider, one.live.account, one.live.origin) == (
        other.organisation,
        other.contract,
        other.live.provider,
        other.live.account,
        other.live.origin,
    )


def require_removals_allowed(actions: Sequence[Action], allowed: int) -> None:
    """Raise ApprovalMissing where an automatic approval meets more removals than were allowed by number."""
    removals = [action.id for action in actions if action.kind is Kind.REMOVE]
    if len(removals) > allowed:
        named = ", ".join(removals[:5]) + (", …" if len(removals) > 5 else "")
        message = f"--auto-approve alone does not cover removals, and {len(removals)} are planned: {named}"
        raise ApprovalMissing(message, hint=f"Add --allow-removals {len(removals)} if all of them are meant.")


def _key(action: Action) -> str:
    return repr(sorted(approved(action).items()))
