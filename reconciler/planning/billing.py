"""What an action costs a month and on the next bill, line by line (R4).

Fees are billed in advance at the start of the month; a start or stop on day `d` of a month of `N` days is settled on
the next bill with `(N - d) / N` of the fee, the day itself not counted, rounded half up to cents per line.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from reconciler.model.catalogue import Catalogue
from reconciler.model.contract import add_months
from reconciler.model.fleet import Service
from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Bill, Cost, CostLine, LineKind, Status
from reconciler.model.snapshot import Presence, Sort
from reconciler.planning import derived

UNASSIGNED = "(none)"


def remaining_share(fee: Money, day: date) -> Money:
    """Return what is left of this month's `fee` after `day` (R4): `fee × (N - d) / N`, in cents."""
    days = monthrange(day.year, day.month)[1]
    return fee.share(days - day.day, days)


def cost(before: Service | None, after: Service | None, catalogue: Catalogue, *, day: date, currency: str) -> Cost:
    """Return the cost of `before` becoming `after` on `day`; fees both have cost nothing.

    A word the catalogue does not know costs nothing here; a check blocks its action.
    """
    old, new = _fees(before, catalogue), _fees(after, catalogue)
    lines: list[CostLine] = []
    for word in sorted(old.keys() - new.keys()):
        lines.append(CostLine(word, LineKind.RECURRING, -old[word]))
        lines.append(CostLine(word, LineKind.CREDIT, -remaining_share(old[word], day)))
    for word in sorted(new.keys() - old.keys()):
        lines.append(CostLine(word, LineKind.RECURRING, new[word]))
        lines.append(CostLine(word, LineKind.PRORATA, remaining_share(new[word], day)))
    recurring = (line.amount for line in lines if line.kind is LineKind.RECURRING)
    return Cost(
        monthly_delta=total(recurring, currency=currency),
        next_bill_delta=total((line.amount for line in lines), currency=currency),
        lines=tuple(lines),
    )


def bill(
    actions: Iterable[Action], live: Mapping[Sort, int], catalogue: Catalogue, *, day: date, currency: str
) -> Bill:
    """Return the effect of the ready `actions` on the next bill, and what `live` costs a month before them.

    What is going is left out: it will not be billed any more.
    """
    ready = [action for action in actions if action.status is Status.READY]
    centres: dict[str, Money] = defaultdict(lambda: Money(Decimal("0.00"), currency))
    for action in ready:
        _book(action, centres, catalogue)
    return Bill(
        month=f"{add_months(day.replace(day=1), 1):%Y-%m}",
        monthly_before=_steady(live, catalogue, currency=currency),
        monthly_delta=derived.monthly_delta(ready, currency=currency),
        next_bill_delta=derived.next_bill_delta(ready, currency=currency),
        by_cost_centre={centre: centres[centre] for centre in sorted(centres)},
    )


def monthly(service: Service, catalogue: Catalogue, *, currency: str) -> Money:
    """Return the monthly fee of `service`: its bundle and its options."""
    return total(_fees(service, catalogue).values(), currency=currency)


def _steady(live: Mapping[Sort, int], catalogue: Catalogue, *, currency: str) -> Money:
    """Return what services cost a month, worked out once for each sort of them."""
    fees = (
        monthly(Service("", None, sort.bundle, sort.options), catalogue, currency=currency) * count
        for sort, count in live.items()
        if sort.presence is not Presence.GOING
    )
    return total(fees, currency=currency)


def _fees(service: Service | None, catalogue: Catalogue) -> dict[str, Money]:
    if service is None:
        return {}
    return {word: catalogue.fee(word).cents() for word in (service.bundle, *service.options) if catalogue.knows(word)}


def _book(action: Action, centres: dict[str, Money], catalogue: Catalogue) -> None:
    """Book an action on its cost centre; one that moves takes its running fees along, which adds up to nothing."""
    before, after = action.before or action.after, action.after or action.before
    if before is None or after is None:
        return
    old, new = before.cost_centre or UNASSIGNED, after.cost_centre or UNASSIGNED
    centres[new] += action.cost.next_bill_delta
    if old != new:
        moved = monthly(before, catalogue, currency=action.cost.monthly_delta.currency)
        centres[old] -= moved
        centres[new] += moved
