"""Name who made live what it is, where that differs from the files and we did not: the order, as the operator tells it.

What differs was either changed in the files or at the operator; without a state file a plan cannot tell which came
first. It can tell which order last touched just that: one of somebody else's is drift, one of our own is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from reconciler.model.fleet import State
from reconciler.model.plan import Action, Inquiry, Kind, Plan, Status
from reconciler.model.snapshot import ADDED, REMOVED, LiveService, PlacedOrder, Snapshot

#: About how many services the operator is asked for one plan.
MOST_ASKED = 50
BLOCKED = "blocked-at-operator"


class Suspect(NamedTuple):
    """A live service that differs, or one that is gone, and what of it an order must have touched.

    It is what the action or the finding at that place of the plan is about.
    """

    live: LiveService
    paths: frozenset[str]
    action: int | None = None
    finding: int | None = None


def suspects(plan: Plan, snapshot: Snapshot) -> list[Suspect]:
    """Return what to ask about: what actions are about that no open order explains, and what is blocked (R8)."""
    about = {action.live_id for action in plan.actions}
    held = {item.id: item for item in snapshot.services if item.id in about}
    gone = _last_gone(snapshot) if any(action.kind is Kind.ADD for action in plan.actions) else {}
    found = [
        suspect._replace(action=at)
        for at, action in enumerate(plan.actions)
        if action.status is not Status.IN_FLIGHT
        for suspect in _suspects(action, held, gone)
    ]
    return [*found, *_blocked(plan, snapshot)]


def questions(found: Sequence[Suspect], snapshot: Snapshot) -> tuple[list[LiveService], dict[str, frozenset[str]]]:
    """Return the services of everybody concerned, and what is asked of which, by live id.

    The other services of the same users come along so that orders about them are recognised without asking.
    """
    touching: dict[str, frozenset[str]] = {}
    for each in found:
        touching[each.live.id] = touching.get(each.live.id, frozenset()) | each.paths
    users = {each.live.service.user for each in found}
    beside = (item for item in snapshot.services if item.service.user in users and item.id not in touching)
    return [*{each.live.id: each.live for each in found}.values(), *beside], touching


def told(plan: Plan, found: Sequence[Suspect], orders: Mapping[str, PlacedOrder], inquiry: Inquiry) -> Plan:
    """Return the plan with the orders of others that made live differ, by live id in `orders`, and what was asked."""
    actions, findings = list(plan.actions), list(plan.findings)
    for suspect in found:
        order = orders.get(suspect.live.id)
        if order is None or order.run is not None:
            continue
        if suspect.action is not None:
            # Notes are free text of people, and a plan is shown to many.
            actions[suspect.action] = actions[suspect.action]._replace(drift=order._replace(notes=()))
        if suspect.finding is not None:
            blocked = findings[suspect.finding]
            findings[suspect.finding] = blocked._replace(message=f"{blocked.message}; blocked by {order.words}")
    return replace(plan, actions=tuple(actions), findings=tuple(findings), inquiry=inquiry)


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


def _blocked(plan: Plan, snapshot: Snapshot) -> Iterator[Suspect]:
    """Yield what is blocked without the files saying so, which is nobody's action."""
    named = {(found.user, found.label): at for at, found in enumerate(plan.findings) if found.code == BLOCKED}
    blocked = State.BLOCKED
    for item in (each for each in snapshot.services if each.service.state is blocked) if named else ():
        at = named.get((item.service.user, item.service.label))
        if at is not None:
            yield Suspect(item, frozenset({"state"}), finding=at)
