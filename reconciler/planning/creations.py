"""Put the creation of a user before the first service of somebody whom the operator does not know (R1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reconciler.model.fleet import DesiredFleet, DesiredUser
from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Change, Cost, Kind, Status
from reconciler.model.snapshot import Snapshot


def with_creations(actions: Sequence[Action], desired: DesiredFleet, snapshot: Snapshot) -> list[Action]:
    """Return `actions` with the users they need created, each before the actions of that user.

    Where no action of a user can be carried out, now or later, nobody is created.
    """
    if not desired.config.create_users:
        return list(actions)
    needing: dict[str, list[Action]] = defaultdict(list)
    for action in actions:
        if action.after is not None and action.user not in snapshot.users:
            needing[action.user].append(action)
    nothing = total((), currency=desired.config.currency)
    made = [_creation(desired.users[user], needed, nothing) for user, needed in needing.items() if _can_go_on(needed)]
    return sorted([*made, *actions], key=lambda action: action.user)


def _can_go_on(needed: Sequence[Action]) -> bool:
    return any(action.status in (Status.READY, Status.DEFERRED) for action in needed)


def _creation(user: DesiredUser, needed: Sequence[Action], nothing: Money) -> Action:
    days = [action.not_before for action in needed if action.status is Status.DEFERRED and action.not_before]
    now = any(action.status is Status.READY for action in needed)
    facts = (("name", user.name), ("cost_centre", user.cost_centre))
    return Action(
        id=user.key,
        kind=Kind.CREATE,
        status=Status.READY if now else Status.DEFERRED,
        user=user.key,
        label=None,
        live_id=None,
        before=None,
        after=None,
        changes=tuple(Change(path, None, value) for path, value in facts if value),
        cost=Cost(nothing, nothing),
        not_before=None if now else min(days, default=None),
        reason="the operator does not know this user" if now else "created with the first service",
        place=user.place,
    )
