"""Lay both sides beside each other, paired and judged as a plan does, for those who want to look and not to change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from reconciler.model.catalogue import Catalogue
from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredFleet, DesiredService, Service
from reconciler.model.money import Money
from reconciler.model.overview import Overview, ServicePair, Sides, Standing, UserPair
from reconciler.model.snapshot import LiveService, LiveUser, OpenOrder, Presence, Snapshot
from reconciler.planning import billing, diff
from reconciler.planning.actions import possible_names
from reconciler.planning.match import Matching, match
from reconciler.planning.scope import is_ignored
from reconciler.planning.uncertain import Sorted, sort_sides

#: What a user's services say of the user: the first of these that one of them has.
_LOUDEST = (
    (Standing.CHANGED, frozenset({Standing.CHANGED, Standing.ONLY_DESIRED, Standing.ONLY_LIVE})),
    (Standing.UNCLEAR, frozenset({Standing.UNCLEAR})),
    (Standing.IN_FLIGHT, frozenset({Standing.IN_FLIGHT})),
)


def overview(fleet: DesiredFleet, snapshot: Snapshot, *, day: date) -> Overview:
    """Return every service of either side once, and every user; `snapshot` is a complete one."""
    sides = sort_sides(fleet, snapshot, fleet.services, snapshot.services)
    within = sides.within
    judge = _Judge.of(snapshot, day, fleet.config.currency)
    pairs = [*judge.judged(sides.matching), *judge.uncertain(sides)]
    unmanaged = (live for live in within.unmanaged if live.id not in sides.uncertain)
    pairs += [judge.pair(None, live, Standing.UNMANAGED) for live in unmanaged]
    ignored = [item for item in fleet.services if is_ignored(fleet, item.service.user)] + sides.ignored
    pairs += [pair._replace(standing=Standing.IGNORED) for pair in judge.judged(match(ignored, within.ignored))]
    return _overview(Sides.BOTH, fleet, snapshot.users, snapshot.catalogue, pairs, day)


def declared(fleet: DesiredFleet, catalogue: Catalogue | None, *, day: date) -> Overview:
    """Return what the files alone say; without a `catalogue` nobody knows what it costs."""
    fees = _Fees(catalogue, fleet.config.currency)
    pairs = [ServicePair(item, None, desired_monthly=fees.of(item.service)) for item in fleet.services]
    return _overview(Sides.DESIRED, fleet, {}, catalogue, pairs, day)


def live_only(whole: Overview) -> Overview:
    """Return what `whole` says of the operator's side, and how that stands to the other."""
    pairs = tuple(_live_side(pair) for pair in whole.pairs if pair.live is not None)
    users = (user for user in whole.users if user.live is not None or _held(user))
    return replace(whole, sides=Sides.LIVE, pairs=pairs, users=tuple(_live_user(user) for user in users))


def _live_side(pair: ServicePair) -> ServicePair:
    return pair._replace(desired=None, changes=(), desired_monthly=None)


def _live_user(user: UserPair) -> UserPair:
    return user._replace(desired=None, pairs=tuple(_live_side(pair) for pair in _held(user)))


def _held(user: UserPair) -> list[ServicePair]:
    return [pair for pair in user.pairs if pair.live is not None and pair.shown.user == user.key]


def _overview(
    sides: Sides,
    fleet: DesiredFleet,
    live: Mapping[str, LiveUser],
    catalogue: Catalogue | None,
    pairs: Iterable[ServicePair],
    day: date,
) -> Overview:
    ordered = sorted(pairs, key=_by_user)
    held: dict[str, list[ServicePair]] = defaultdict(list)
    for pair in ordered:
        for user in {service.user for service in pair.services}:
            held[user].append(pair)
    keys = sorted(fleet.users.keys() | live.keys() | held.keys())
    users = (UserPair(key, fleet.users.get(key), live.get(key), None, tuple(held.get(key, ()))) for key in keys)
    if sides is not Sides.DESIRED:
        users = (user._replace(standing=_standing_of(user, fleet)) for user in users)
    return Overview(sides, day, fleet.config.currency, catalogue, tuple(ordered), tuple(users))


def _by_user(pair: ServicePair) -> tuple[str, str, str]:
    service = pair.shown
    return service.user, service.label or service.number or "", pair.live.id if pair.live else ""


def _standing_of(user: UserPair, fleet: DesiredFleet) -> Standing:
    if is_ignored(fleet, user.key):
        return Standing.IGNORED
    if user.desired is None:
        left_alone = fleet.config.ownership is Ownership.DECLARED_USERS
        return Standing.UNMANAGED if left_alone else Standing.ONLY_LIVE
    if user.live is None:
        return Standing.ONLY_DESIRED
    standings = {pair.standing for pair in user.pairs}
    return next((standing for standing, words in _LOUDEST if words & standings), Standing.SAME)


@dataclass(frozen=True, slots=True)
class _Fees:
    """Knows what services cost a month; worked out once for each bundle and its options, of which a fleet has few."""

    catalogue: Catalogue | None
    currency: str
    known: dict[tuple[str, frozenset[str]], Money | None] = field(default_factory=dict)

    def of(self, service: Service) -> Money | None:
        """Return the fee of a service; None where a word of it has no price that is known."""
        words = service.bundle, service.options
        if words not in self.known:
            self.known[words] = self._worked_out(service)
        return self.known[words]

    def _worked_out(self, service: Service) -> Money | None:
        if self.catalogue is None or not all(map(self.catalogue.knows, (service.bundle, *service.options))):
            return None
        return billing.monthly(service, self.catalogue, currency=self.currency)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Says how pairs stand against one snapshot."""

    fees: _Fees
    day: date
    by_service: Mapping[str, list[OpenOrder]]
    by_address: Mapping[str, list[OpenOrder]]

    @classmethod
    def of(cls, snapshot: Snapshot, day: date, currency: str) -> _Judge:
        """Return one that finds open orders by what they touch."""
        by_service, by_address = defaultdict(list), defaultdict(list)
        for order in snapshot.open_orders:
            for live_id in order.live_ids:
                by_service[live_id].append(order)
            for address in order.addresses:
                by_address[address].append(order)
        return cls(_Fees(snapshot.catalogue, currency), day, by_service, by_address)

    def judged(self, matching: Matching) -> Iterator[ServicePair]:
        """Yield what was matched and what was not, each as it stands."""
        for desired, live in (*matching.pairs, *matching.adopted):
            yield self._both(desired, live)
        for desired in matching.desired:
            yield self._wanted(desired)
        for live in matching.live:
            yield self.pair(None, live, Standing.IN_FLIGHT if self._flies(live) else Standing.ONLY_LIVE)
        yield from self._unclear(matching)

    def uncertain(self, sides: Sorted) -> Iterator[ServicePair]:
        """Yield what is left as it is since too little of it is told."""
        for held in sides.held:
            yield self.pair(held.desired, None, Standing.IN_FLIGHT if held.is_coming else Standing.UNCLEAR)
        for live, _ in sides.uncertain.values():
            yield self.pair(None, live, Standing.UNCLEAR)
        for held in sides.held:
            if held.is_coming and held.live.id not in sides.uncertain:
                yield self.pair(None, held.live, Standing.IN_FLIGHT)

    def pair(self, desired: DesiredService | None, live: LiveService | None, standing: Standing) -> ServicePair:
        """Return a pair with its fees and the open orders that touch it."""
        orders = self.by_service.get(live.id, []) if live else []
        if not orders and desired is not None:
            known = self.by_address.get(desired.service.address, [])
            orders = known if live else self._orders_for(desired.service)
        return ServicePair(
            desired,
            live,
            standing,
            orders=tuple(orders),
            monthly=self.fees.of(live.service) if live else None,
            desired_monthly=self.fees.of(desired.service) if desired else None,
        )

    def _both(self, desired: DesiredService, live: LiveService) -> ServicePair:
        before, after = live.service, diff.target(desired.service, live.service)
        if diff.same(before, after):
            return self.pair(desired, live, Standing.IN_FLIGHT if self._flies(live) else Standing.SAME)
        pair = self.pair(desired, live, Standing.IN_FLIGHT if self._flies(live) else Standing.CHANGED)
        return pair._replace(changes=diff.changes(before, after))

    def _flies(self, live: LiveService) -> bool:
        """Tell whether something is on order for it; what an order does may show already."""
        return live.presence is not Presence.PRESENT or live.id in self.by_service

    def _wanted(self, desired: DesiredService) -> ServicePair:
        later = desired.starts is not None and desired.starts > self.day
        flies = not later and self._orders_for(desired.service)
        return self.pair(desired, None, Standing.IN_FLIGHT if flies else Standing.ONLY_DESIRED)

    def _orders_for(self, service: Service) -> list[OpenOrder]:
        """Return the open orders that may add a service, by each name they may have for it."""
        found = (order for name in sorted(possible_names(service)) for order in self.by_address.get(name, ()))
        return list({order.id: order for order in found}.values())

    def _unclear(self, matching: Matching) -> Iterator[ServicePair]:
        for item in matching.unclear:
            yield self.pair(item.desired, None, Standing.UNCLEAR)
        candidates = {live.id: live for item in matching.unclear for live in item.candidates}
        for live in candidates.values():
            yield self.pair(None, live, Standing.UNCLEAR)
