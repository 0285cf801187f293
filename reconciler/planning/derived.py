"""What follows from what an action does, and is never taken from anybody's word: its kind, its changes, the counts.

A plan is made with these, and a saved one is read with them: so what is shown of it is what would be ordered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from reconciler.model.fleet import Service
from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Kind, Status, Summary


def kind_of(before: Service | None, after: Service | None) -> Kind:
    """Return what it is that turns `before` into `after`; with neither, a user is created."""
    if before is None:
        return Kind.CREATE if after is None else Kind.ADD
    return Kind.REMOVE if after is None else Kind.CHANGE


def takes_quota(kind: Kind) -> bool:
    """Tell whether an action of a kind counts against the removal quota once it is ordered (R2)."""
    return kind is Kind.REMOVE


def ready_removals(actions: Iterable[Action]) -> int:
    """Return how many removals would be ordered."""
    return sum(1 for action in actions if action.kind is Kind.REMOVE and action.status is Status.READY)


def monthly_delta(actions: Iterable[Action], *, currency: str) -> Money:
    """Return what a month costs more once what is ready is carried out."""
    ready = (action.cost.monthly_delta for action in actions if action.status is Status.READY)
    return total(ready, currency=currency)


def next_bill_delta(actions: Iterable[Action], *, currency: str) -> Money:
    """Return what the next bill is higher by once what is ready is carried out (R4)."""
    ready = (action.cost.next_bill_delta for action in actions if action.status is Status.READY)
    return total(ready, currency=currency)


def summary_of(actions: Collection[Action], *, unchanged: int, unmanaged: int) -> Summary:
    """Return the counts of `actions`, and beside them those of the services that no action is about."""
    ready = [action for action in actions if action.status is Status.READY]
    kinds = Counter(action.kind for action in ready)
    statuses = Counter(action.status for action in actions)
    return Summary(
        add=kinds[Kind.ADD],
        change=kinds[Kind.CHANGE],
        transfer=sum(1 for action in ready if action.is_transfer),
        remove=kinds[Kind.REMOVE],
        unchanged=unchanged,
        deferred=statuses[Status.DEFERRED],
        in_flight=statuses[Status.IN_FLIGHT],
        blocked=statuses[Status.BLOCKED],
        unmanaged=unmanaged,
        create=kinds[Kind.CREATE],
    )
