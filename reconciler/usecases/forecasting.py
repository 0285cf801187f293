"""Look ahead over the contract period and the one after it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from reconciler.desired.turns import turns
from reconciler.model.contract import RENEWAL_MONTHS, add_months
from reconciler.model.forecast import Forecast
from reconciler.model.plan import Plan
from reconciler.planning.forecast import forecast
from reconciler.ports import World
from reconciler.usecases.planning import PlanRequest, make_plan


async def foresee(world: World, request: PlanRequest) -> tuple[Plan, Forecast]:
    """Return the plan of now and what becomes of the quota; raises what making a plan does."""
    made = await make_plan(world, dataclasses.replace(request, drift=False, whole=True))
    until = add_months(made.plan.quota.period.resets, RENEWAL_MONTHS) - timedelta(days=1)
    dated = tuple(turns(made.documents, made.plan.day, until))
    desired = dataclasses.replace(made.desired, turns=dated)
    return made.plan, forecast(made.plan, desired, made.snapshot, until=until)
