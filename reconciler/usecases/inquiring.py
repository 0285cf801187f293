"""Ask the operator whose orders made live differ from the files: reading only, and never at the cost of a plan."""

from __future__ import annotations

import asyncio

from reconciler.model.plan import Inquiry, Plan
from reconciler.model.snapshot import Snapshot
from reconciler.planning.drift import MOST_ASKED, questions, suspects, told
from reconciler.ports import Reader

#: How long a plan waits for the answer, in seconds.
_PATIENCE = 15


async def with_drift(plan: Plan, snapshot: Snapshot, reader: Reader, *, patience: float = _PATIENCE) -> Plan:
    """Return the plan with the orders of others behind what differs, and for how many services that was asked."""
    everything = suspects(plan, snapshot)
    asked = everything[:MOST_ASKED]
    if not asked:
        return plan
    services, touching = questions(asked, snapshot)
    left = len(everything) - len(asked)
    try:
        async with asyncio.timeout(patience):
            orders = await reader.last_orders(services, touching)
    except TimeoutError:
        failure = f"the operator did not say within {patience:g} seconds"
        return told(plan, asked, {}, Inquiry(len(asked), left, failure))
    except Exception as error:  # whatever a server's history of orders holds, the plan is made without it
        return told(plan, asked, {}, Inquiry(len(asked), left, str(error) or type(error).__name__))
    return told(plan, asked, orders, Inquiry(len(asked), left))
