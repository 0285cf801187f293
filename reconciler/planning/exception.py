"""Find what the account manager is to be asked for: the removals that the quota leaves no room for (R2).

Which ones those are is what `--fit-quota` says: the removals that save most keep the room there is.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.exception import ExceptionRequest, Wanted
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Action, Kind, Plan, Status


def exception_request(
    fitted: Plan, desired: DesiredFleet, *, bundles: Mapping[str, str], otherwise: str | None = None
) -> ExceptionRequest:
    """Return the request that follows from a plan made with `--fit-quota`; without removals there is nothing to ask.

    `bundles` has the names of bundles; `otherwise` is the reason of what has none in the files.
    """
    removals = (action for action in fitted.actions if is_beyond(action))
    wanted = tuple(Wanted(each, _bundle(each, bundles), _reason(each, desired) or otherwise) for each in removals)
    return ExceptionRequest(fitted, wanted, fitted.quota.planned)


def is_beyond(action: Action) -> bool:
    """Tell whether a removal waits for the next period; nothing but the quota defers one."""
    return action.kind is Kind.REMOVE and action.status is Status.DEFERRED


def _bundle(action: Action, bundles: Mapping[str, str]) -> str:
    word = action.before.bundle if action.before else ""
    return bundles.get(word, word)


def _reason(action: Action, desired: DesiredFleet) -> str | None:
    """Return why a service goes: its own word where it came to its end, else its user's."""
    number = action.before.number if action.before else None
    ending = desired.ended.get(action.id) or desired.ended.get(number or "")
    user = desired.users.get(action.user)
    return (ending.reason if ending else None) or (user.reason if user else None)
