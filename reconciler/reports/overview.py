"""What a reader sees of services and users, built once: plain values under stable names, for tables, JSON and CSV.

A service is shown as it is at the operator, and as declared where it is not there; `changes` says what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from reconciler.errors import Place
from reconciler.model.fleet import Ending, SimType
from reconciler.model.money import Money, total
from reconciler.model.overview import Overview, ServicePair, Sides, Standing, UserPair
from reconciler.model.plan import Change
from reconciler.model.snapshot import Presence
from reconciler.reports.rows import change_line

#: What services can be put in order by → the attribute of a row that decides.
SORTS = MappingProxyType(
    {
        "user": "user",
        "cost": "monthly",
        "bundle": "bundle",
        "since": "since",
        "ending": "ending",
        "cost-centre": "cost_centre",
    }
)
_MARKS = {
    Standing.CHANGED: "~",
    Standing.ONLY_DESIRED: "+",
    Standing.ONLY_LIVE: "-",
    Standing.IN_FLIGHT: "…",
    Standing.UNCLEAR: "!",
}


class ServiceRow(NamedTuple):
    """One service; money is None where nobody knows a price."""

    user: str
    label: str | None
    name: str | None
    bundle: str
    options: tuple[str, ...]
    number: str | None
    sim: SimType | None
    iccid: str | None
    eid: str | None
    state: str | None
    since: date | None
    ending: date | None
    ends: tuple[Ending, ...]
    monthly: Money | None
    desired_monthly: Money | None
    currency: str
    cost_centre: str | None
    standing: Standing | None
    changes: tuple[Change, ...]
    orders: tuple[str, ...]
    live_id: str | None
    declared: Place | None


class UserRow(NamedTuple):
    """One user, with what the operator has and, beside it, what is declared."""

    user: str
    name: str | None
    cost_centre: str | None
    state: str
    services: int
    blocked: int
    monthly: Money | None
    desired_services: int | None
    desired_monthly: Money | None
    currency: str
    standing: Standing | None
    changes: tuple[str, ...]
    declared: Place | None


def service_rows(pairs: Iterable[ServicePair], overview: Overview) -> list[ServiceRow]:
    """Return the rows of `pairs`, which are some of an overview's."""
    names = {user.key: user.name for user in overview.users}
    return [service_row(pair, name=names.get(pair.shown.user), currency=overview.currency) for pair in pairs]


def service_row(pair: ServicePair, *, name: str | None, currency: str) -> ServiceRow:
    """Return the row of one service."""
    service, live, desired = pair.shown, pair.live, pair.desired
    ends = tuple(sorted(desired.endings, key=attrgetter("day"))) if desired else ()
    return ServiceRow(
        user=service.user,
        label=service.label or (desired.service.label if desired else None),
        name=name,
        bundle=service.bundle,
        options=tuple(sorted(service.options)),
        number=service.number,
        sim=service.sim.type,
        iccid=service.sim.iccid,
        eid=service.sim.eid,
        state=_state(pair),
        since=live.started if live else desired.starts if desired else None,
        ending=ends[0].day if ends else None,
        ends=ends,
        monthly=pair.monthly if live else pair.desired_monthly,
        desired_monthly=pair.desired_monthly,
        currency=currency,
        cost_centre=service.cost_centre,
        standing=pair.standing,
        changes=pair.changes,
        orders=tuple(order.id for order in pair.orders),
        live_id=live.id if live else None,
        declared=desired.place if desired else None,
    )


def user_rows(users: Iterable[UserPair], overview: Overview) -> list[UserRow]:
    """Return the rows of `users`, which are some of an overview's."""
    return [user_row(user, overview) for user in users]


def user_row(user: UserPair, overview: Overview) -> UserRow:
    """Return the row of one user: services, state and cost are the operator's, where the operator was read."""
    held = [pair for pair in user.pairs if pair.is_held and pair.shown.user == user.key]
    due = [pair for pair in user.pairs if pair.is_due(overview.day) and pair.wanted.user == user.key]
    declared = _sum((pair.desired_monthly for pair in due), overview) if user.desired else None
    offline = overview.sides is Sides.DESIRED
    shown = due if offline else held
    return UserRow(
        user=user.key,
        name=user.name,
        cost_centre=user.cost_centre,
        state="active" if shown else "inactive",
        services=len(shown),
        blocked=sum(1 for pair in shown if pair.shown.state == "blocked"),
        monthly=declared if offline else _sum((pair.monthly for pair in held), overview),
        desired_services=len(due) if user.desired else None,
        desired_monthly=declared,
        currency=overview.currency,
        standing=user.standing,
        changes=tuple(line for pair in user.pairs for line in _differences(pair)),
        declared=user.desired.place if user.desired else None,
    )


def in_order(rows: Sequence[ServiceRow], *, by: str, descending: bool) -> list[ServiceRow]:
    """Return `rows` by one of `SORTS`, then by user and label; what has no value there comes last either way."""
    value = attrgetter(SORTS[by])
    first = sorted(rows, key=lambda row: (row.user, row.label or "", row.number or ""))
    with_value = [row for row in first if value(row) is not None]
    return [
        *sorted(with_value, key=value, reverse=descending),
        *(row for row in first if value(row) is None),
    ]


def mark(row: ServiceRow | UserRow) -> str:
    """Return the sign of what differs, as in a plan; nothing where nothing does."""
    if any(isinstance(change, Change) and change.path == "user" for change in row.changes):
        return ">" if row.standing is Standing.CHANGED else "…"
    return _MARKS.get(row.standing, "") if row.standing else ""


def total_of(rows: Iterable[ServiceRow | UserRow], *, currency: str) -> Money:
    """Return what `rows` cost a month together, as far as it is known."""
    return total((row.monthly for row in rows if row.monthly is not None), currency=currency)


def words(standing: Standing | None) -> str:
    """Return a standing as one reads it."""
    return standing.value.replace("-", " ") if standing else ""


def _sum(fees: Iterable[Money | None], overview: Overview) -> Money | None:
    found = list(fees)
    if overview.catalogue is None or None in found:
        return None
    return total((fee for fee in found if fee is not None), currency=overview.currency)


def _state(pair: ServicePair) -> str | None:
    if pair.live is not None and pair.live.presence is not Presence.PRESENT:
        return pair.live.presence.value
    state = pair.shown.state
    return state.value if state else None


def _differences(pair: ServicePair) -> Iterable[str]:
    """Yield what differs in a service, in the words of a plan."""
    name = pair.shown.label or pair.shown.number or pair.shown.address
    if pair.changes:
        yield f"{name}: {', '.join(map(change_line, pair.changes))}"
    elif pair.standing not in (Standing.SAME, Standing.UNMANAGED, Standing.IGNORED, None):
        yield f"{name}: {words(pair.standing)}"
