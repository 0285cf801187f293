"""Hold what the operator says it did against what is live: some complete an order and change nothing.

What counts is live. An action is done where nothing of it is left to do, whatever became of its order, and is not where
something is; so a run that goes on ends well once live is as approved.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.plan import Action, Change, Kind, Plan, Status
from reconciler.ports import Outcome, Result

#: What an operator says of orders that have ended as meant, or in part.
CLAIMED = frozenset({Result.DONE, Result.PARTIAL})
#: What has ended otherwise.
OVER = frozenset({Result.FAILED, Result.PARTIAL, Result.CANCELLED})
_WAY_ON = "it is not ordered again by this run: make a new plan"
_NOT_DONE = frozenset({Result.FAILED, Result.PARTIAL, Result.UNKNOWN, Result.NOT_STARTED})


def unordered(plan: Plan, outcomes: Mapping[str, Outcome], fresh: Plan) -> dict[str, Outcome]:
    """Return the outcomes of actions of `plan` that live has no need of, or that were left alone, as `fresh` tells."""
    needed = {action.id: action for action in fresh.actions}
    found = {}
    for action in plan.ready:
        said = outcomes.get(action.id)
        if action.id not in needed and (said is None or said.result in _NOT_DONE):
            found[action.id] = Outcome(Result.DONE, "live was so already", said.order if said else None)
        elif said is None:
            found[action.id] = _left_alone(needed[action.id])
    return found


def differing(plan: Plan, outcomes: Mapping[str, Outcome], after: Plan) -> dict[str, Outcome]:
    """Return the outcomes that are others than the operator said of `plan`; `after` is what is left to do."""
    services = {action.live_id: action for action in after.actions if action.live_id}
    addresses = {action.id: action for action in after.actions}
    found = {}
    for action in plan.ready:
        outcome = outcomes.get(action.id)
        if outcome is not None and outcome.result in CLAIMED:
            left = services.get(action.live_id) if action.live_id else addresses.get(action.id)
            found[action.id] = _judged(action, outcome, left)
    return {address: outcome for address, outcome in found.items() if outcome != outcomes[address]}


def over(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return the outcomes of what was placed and is over without having been done, with the way on in their reasons.

    An order is placed once: whatever the operator made of it, only another plan orders its action again.
    """
    ended = {address: said for address, said in outcomes.items() if said.order and said.result in OVER}
    return {
        address: said._replace(reason=f"{said.reason}; {_WAY_ON}" if said.reason else _WAY_ON)
        for address, said in ended.items()
        if not (said.reason or "").endswith(_WAY_ON)
    }


def placed(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return the outcomes of what the operator has taken, whatever became of it: it has a number there."""
    return {address: said for address, said in outcomes.items() if said.order}


def _left_alone(action: Action) -> Outcome:
    if action.status is Status.READY:
        return Outcome(Result.NOT_STARTED, "the run was stopped before it was ordered")
    result = Result.WAITING if action.status is Status.IN_FLIGHT else Result.NOT_STARTED
    return Outcome(result, action.reason or f"it is {action.status}")


def _judged(action: Action, said: Outcome, left: Action | None) -> Outcome:
    """Return what became of an action, given what the operator said and what is left to do about its service."""
    still = _still(action, left)
    if left is None or not still:
        ended = f"order {said.order} ended in part, and this was done"
        return said if said.result is Result.DONE else Outcome(Result.DONE, ended, said.order)
    words = _words(left, still)
    if said.result is Result.DONE:
        reason = f"the operator completed order {said.order} and live is not as ordered: {words}"
        return Outcome(Result.FAILED, reason, said.order)
    whole = len(still) == len(action.changes)
    return Outcome(Result.FAILED if whole else Result.PARTIAL, f"{said.reason}; {words}", said.order)


def _still(action: Action, left: Action | None) -> tuple[Change, ...]:
    """Return what is left to do and was to be done by `action`; what waits for another day for itself is not."""
    if left is None or left.status is Status.IN_FLIGHT:
        return ()
    ordered = {_aim(change) for change in action.changes}
    return tuple(change for change in left.changes if _aim(change) in ordered)


def _aim(change: Change) -> tuple[str, str | None]:
    return change.path, change.after or change.before


def _words(left: Action, still: tuple[Change, ...]) -> str:
    if left.kind is Kind.CREATE:
        return "the user is not there"
    if left.kind is Kind.ADD:
        return "there is no such service"
    if left.kind is Kind.REMOVE:
        return "the service is still there"
    words = (
        f"{change.path} is {change.before or 'not there'}, ordered was {change.after or 'none'}" for change in still
    )
    return ", ".join(words)
