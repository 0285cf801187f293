"""The request for an exception to the removal quota (R2): which removals beyond it are wanted, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Plan


class Wanted(NamedTuple):
    """One removal beyond the quota: the action, what the bundle is called, and why it is wanted, where that is told."""

    action: Action
    bundle: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ExceptionRequest:
    """The removals beyond the quota of a plan that was made to fit it; `fitting` removals need no exception."""

    plan: Plan
    removals: tuple[Wanted, ...]
    fitting: int

    @property
    def saving(self) -> Money:
        """What a month costs less without the services that are asked for."""
        fees = (item.action.cost.monthly_delta for item in self.removals)
        nothing = total((), currency=self.plan.currency)
        return nothing - total(fees, currency=self.plan.currency)
