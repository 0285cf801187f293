"""Which approvals a plan needs, and why: the typed rules of fleet.yaml over what an apply would carry out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from reconciler.model.config import ApprovalConfig, Trigger
from reconciler.model.money import total
from reconciler.model.plan import Action, Kind, Requirement, Status

_KINDS = {Trigger.ADDITIONS: Kind.ADD, Trigger.CHANGES: Kind.CHANGE, Trigger.REMOVALS: Kind.REMOVE}


def requirements(config: ApprovalConfig, actions: Sequence[Action], *, currency: str) -> tuple[Requirement, ...]:
    """Return the approvals that `actions` need; none where nothing of them is ready to be ordered."""
    ready = [action for action in actions if action.status is Status.READY]
    if not ready:
        return ()
    found = [Requirement(None, config.required, "approvals.required")] if config.required else []
    for rule in config.rules:
        amount = _amount(rule.when, ready, currency)
        if amount > rule.more_than:
            unit = f" of {currency}" if rule.when is Trigger.MONTHLY_INCREASE else ""
            found.append(Requirement(rule.role, 1, f"{rule.when}{unit} {amount} > {rule.more_than}"))
    return tuple(found)


def _amount(when: Trigger, ready: Sequence[Action], currency: str) -> Decimal:
    if when is Trigger.MONTHLY_INCREASE:
        return total((action.cost.monthly_delta for action in ready), currency=currency).amount
    if when is Trigger.ANY:
        return Decimal(len(ready))
    if when is Trigger.TRANSFERS:
        return Decimal(sum(1 for action in ready if action.is_transfer))
    return Decimal(sum(1 for action in ready if action.kind is _KINDS[when]))
