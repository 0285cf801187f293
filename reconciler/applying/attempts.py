"""Find what an attempt of this run ordered whose journal is gone, by its references, and which actions that was.

A CI job that is repeated has the run id of the one before, and so the same references. Some of them lead to nothing:
users who were created, orders that were refused, and those that do not show yet. So all that may have been planned are
asked for, and as many again beyond the highest that is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.applying.executor import reference
from reconciler.model.plan import Action, Kind
from reconciler.model.snapshot import LiveService, LiveUser
from reconciler.ports import Handle, Orderer, Outcome

#: How many references are asked for at least: an attempt that got far leaves a small plan behind and high numbers.
FEWEST = 100


class EarlierOrder(NamedTuple):
    """An order of an earlier attempt that this journal does not know, the actions it was for, and what became of it."""

    number: int
    reference: str
    handles: Sequence[Handle]
    actions: Sequence[Action]
    outcome: Outcome


async def orders_of_attempts(orderer: Orderer, run_id: str, *, planned: int) -> dict[int, Sequence[Handle]]:
    """Return the orders that carry references of a run, by their numbers; `planned` is how many it may have planned.

    Raises OperatorError where the operator cannot be asked.
    """
    found: dict[int, Sequence[Handle]] = {}
    width, asked = max(planned, FEWEST), 0
    while asked < (end := max(found, default=0) + width):
        numbers = {reference(run_id, number): number for number in range(asked + 1, end + 1)}
        handles = await orderer.find_each(tuple(numbers))
        found |= {numbers[each]: orders for each, orders in handles.items() if orders}
        asked = end
    return found


def actions_ordered(
    handles: Sequence[Handle],
    actions: Sequence[Action],
    *,
    users: Mapping[str, LiveUser],
    services: Mapping[str, LiveService],
) -> list[Action]:
    """Return which of `actions` some orders were for: by the products they name, or the user and label they add for.

    `users` by their keys, `services` by their live ids. An operator that repeats no labels is taken to have been
    ordered every addition for the user.
    """
    products = frozenset[str]().union(*(each.products for each in handles))
    added = {(each.user, label) for each in handles for label in each.added}

    def is_ordered(action: Action) -> bool:
        if action.kind is Kind.ADD:
            user = users.get(action.user)
            return user is not None and not added.isdisjoint({(user.id, action.label), (user.id, None)})
        service = services.get(action.live_id or "")
        options = {option.id for option in service.options} if service else set()
        return not products.isdisjoint({action.live_id} | options)

    return [action for action in actions if is_ordered(action)]
