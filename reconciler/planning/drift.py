"""Name who made live what it is, where that differs from the files and we did not: the order, as the operator tells it.

What differs was either changed in the files or at the operator; without a state file a plan cannot tell which came
first. It can tell which order last touched just that: one of somebody else's is drift, one of our own is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from reconciler.model.plan import Action, Inquiry, Kind, Plan, Status
from reconciler.model.snapshot import ADDED, REMOVED, LiveService, PlacedOrder, Snapshot

#: About how many services the operator is asked for one plan.
MOST_ASKED = 50


class Suspect(NamedTuple):
    """A live service that an action is about, or one that is gone, and what of it an order must have touched."""

    live: LiveService
    paths: frozenset[str]


def suspects(plan: Plan, snapshot: Snapshot) -> dict[int, Suspect]:
    """Return what to ask about, by the place of its action in the plan; nothing that an open order explains."""
    held = {item.id: item for item in snapshot.services}
    gone = _last_gone(snapshot) if any(action.kind is Kind.ADD for action in plan.actions) else {}
    return {
        at: found
        for at, action in enumerate(plan.actions)
        if action.status is not Status.IN_FLIGHT
        for found in _suspects(action, held, gone)
    }


def questions(found: Mapping[int, Suspect], snapshot: Snapshot) -> tuple[list[LiveService], dict[str, frozenset[str]]]:
    """Return the services of everybody concerned, and what is asked of which, by live id.

    The other services of the same users come along so that orders about them are recognised without asking.
    """
    touching = {each.live.id: each.paths for each in found.values()}
    users = {each.live.service.user for each in found.values()}
    beside = (item for item in snapshot.services if item.service.user in users and item.id not in touching)
    return [*(each.live for each in found.values()), *beside], touching


def told(plan: Plan, found: Mapping[int, Suspect], orders: Mapping[str, PlacedOrder], inquiry: Inquiry) -> Plan:
    """Return the plan with the orders of others that made live differ, by live id in `orders`, and what was asked."""
    actions = list(plan.actions)
    for at, suspect in found.items():
        order = orders.get(suspect.live.id)
        if order is not None and order.run is None:
            # Notes are free text of people, and a plan is shown to many.
            actions[at] = actions[at]._replace(drift=order._replace(notes=()))
    return replace(plan, actions=tuple(actions), inquiry=inquiry)


def _suspects(action: Action, held: Mapping[str, LiveService], gone: Mapping[str, LiveService]) -> Iterator[Suspect]:
    live = held.get(action.live_id or "")
    if action.kind is Kind.CHANGE and live is not None:
        yield Suspect(live, frozenset(change.path for change in action.changes))
    elif action.kind is Kind.REMOVE and live is not None:
        yield Suspect(live, frozenset({ADDED, "user"}))
    elif action.kind is Kind.ADD and action.after is not None and action.status is not Status.DEFERRED:
        lost = gone.get(action.after.number or "") or gone.get(action.after.address)
        if lost is not None:
            yield Suspect(lost, frozenset({REMOVED}))


def _last_gone(snapshot: Snapshot) -> dict[str, LiveService]:
    """Return what is gone by its address and by its number, of several the one that went last."""
    by_day: Sequence[LiveService] = sorted(snapshot.gone, key=lambda item: (item.terminated or date.min, item.id))
    found = {item.service.address: item for item in by_day}
    return found | {item.service.number: item for item in by_day if item.service.number}
