"""Turn what matched, and what did not, into actions with what they change and cost.

Every action starts as ready, deferred or in flight by its own facts; the checks and guards that follow can only
take readiness away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import TypeAlias

from reconciler.model.contract import add_months
from reconciler.model.fleet import DesiredService, DesiredUser, Ending, Service
from reconciler.model.identifiers import address
from reconciler.model.plan import Action, Cost, Kind, Status
from reconciler.model.snapshot import UNNAMED, Doubt, DoubtKind, LiveService, OpenOrder, Presence, Snapshot
from reconciler.planning import billing, diff
from reconciler.planning.derived import takes_quota
from reconciler.planning.match import Matching
from reconciler.planning.uncertain import Held

#: A bundle and options, which say what a service costs.
_Offer: TypeAlias = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class Maker:
    """Makes actions against one snapshot as of one day."""

    snapshot: Snapshot
    users: Mapping[str, DesiredUser]
    day: date
    currency: str
    ended: Mapping[str, Ending]
    _costs: dict[tuple[_Offer | None, _Offer | None, date], Cost] = field(default_factory=dict, repr=False)

    @cached_property
    def on_order(self) -> Mapping[str, OpenOrder]:
        """The first open order of each service that has one, by live id."""
        return {live_id: order for order in reversed(self.snapshot.open_orders) for live_id in order.live_ids}

    def actions(self, matching: Matching, held: Iterable[Held] = ()) -> list[Action]:
        """Return an action for everything that differs, is on its way or is unclear, in order.

        Of what is `held` only what is being activated is one.
        """
        found = chain(self._clear(matching), self._unclear(matching), self._activated(held))
        return in_order(map(self._waiting, found) if self._untold else found)

    @cached_property
    def _untold(self) -> list[Doubt]:
        """The open orders that do not tell what they are about."""
        return [each for each in self.snapshot.doubts if each.kind is DoubtKind.ORDER and not each.ended]

    def _waiting(self, action: Action) -> Action:
        """Return an action, in flight where an open order may be about it."""
        if action.status not in (Status.READY, Status.DEFERRED):
            return action
        users = {None, action.user, action.before.user if action.before else None}
        for doubt in self._untold:
            if doubt.user in users:
                reason = f"order {doubt.id} is open and may be about it: {doubt.words}"
                return action._replace(status=Status.IN_FLIGHT, not_before=None, reason=reason)
        return action

    def _activated(self, held: Iterable[Held]) -> Iterator[Action]:
        """Yield the additions that may be on their way already."""
        for item in held:
            if item.is_coming:
                reason = f"it may be live service {item.live.id}: {item.words}"
                yield self._added(item.desired)._replace(status=Status.IN_FLIGHT, not_before=None, reason=reason)

    def _clear(self, matching: Matching) -> Iterator[Action]:
        for desired, live in chain(matching.pairs, matching.adopted):
            yield from self._paired(desired, live)
        for desired in matching.desired:
            yield self._added(desired)
        for live in matching.live:
            yield self._removed(live)

    def _unclear(self, matching: Matching) -> Iterator[Action]:
        """Yield the additions that wait for somebody to say which live service is meant."""
        for item in matching.unclear:
            yield self._added(item.desired)._replace(status=Status.BLOCKED)

    def _paired(self, desired: DesiredService, live: LiveService) -> Iterator[Action]:
        before = live.service
        alike = diff.satisfies(before, desired.service)
        if alike and live.presence is Presence.PRESENT and live.id not in self.on_order:
            return
        after = diff.target(desired.service, before)
        if live.presence is Presence.GOING:
            yield self._removed(live)._replace(place=desired.place, label=after.label, id=after.address)
        elif alike:
            open_order = self._open_order(live)
            if live.presence is Presence.COMING:
                yield self._coming(desired, live)
            elif open_order:  # what it does may show already, as an option that is on its way does
                action = self._action(Kind.CHANGE, live, before, before, place=desired)
                yield action._replace(status=Status.IN_FLIGHT, reason=open_order)
        else:
            yield self._changed(desired, live, after)

    def _coming(self, desired: DesiredService, live: LiveService) -> Action:
        return self._action(Kind.ADD, live, None, live.service, place=desired)._replace(
            status=Status.IN_FLIGHT, cost=self._cost(None, None), reason="ordered, not active yet"
        )

    def _changed(self, desired: DesiredService, live: LiveService, after: Service) -> Action:
        before = live.service
        open_order = self._open_order(live)
        if open_order:
            action = self._action(Kind.CHANGE, live, before, after, place=desired)
            return action._replace(status=Status.IN_FLIGHT, reason=open_order)
        changed = self.snapshot.bundle_changes.get(live.id)
        if before.bundle == after.bundle or changed is None or not _same_month(changed, self.day):
            return self._action(Kind.CHANGE, live, before, after, place=desired)
        return self._second_bundle_change(desired, live, after, changed)

    def _second_bundle_change(
        self, desired: DesiredService, live: LiveService, after: Service, changed: date
    ) -> Action:
        """Carry out what can be now; the bundle waits for the first of next month (R5)."""
        before = live.service
        now = after._replace(bundle=before.bundle)
        bundle = self.snapshot.catalogue.bundles.get(before.bundle)
        if bundle is None or not now.options <= bundle.options:
            now = now._replace(options=before.options)
        opens = add_months(self.day.replace(day=1), 1)
        reason = f"its bundle was changed on {changed}; the change to {after.bundle} waits for {opens} (R5)"
        if not diff.same(before, now):
            return self._action(Kind.CHANGE, live, before, now, place=desired)._replace(reason=reason)
        action = self._action(Kind.CHANGE, live, before, after, place=desired, day=opens)
        return action._replace(status=Status.DEFERRED, not_before=opens, reason=reason)

    def _added(self, desired: DesiredService) -> Action:
        service = desired.service
        later = desired.starts is not None and desired.starts > self.day
        day = desired.starts if desired.starts is not None and later else self.day
        action = self._action(Kind.ADD, None, None, service, place=desired, day=max(day, _ported(service) or day))
        if later:
            return action._replace(status=Status.DEFERRED, not_before=day, reason=f"starts on {day}")
        names = possible_names(service)
        on_order = next((order for order in self.snapshot.open_orders if not names.isdisjoint(order.addresses)), None)
        if on_order:
            return action._replace(status=Status.IN_FLIGHT, reason=f"order {on_order.id} is {on_order.state}")
        return action

    def _removed(self, live: LiveService) -> Action:
        user = self.users.get(live.service.user)
        action = self._action(Kind.REMOVE, live, live.service, None, place=user)._replace(
            counts_against_quota=takes_quota(Kind.REMOVE)
        )
        if live.presence is Presence.GOING:
            return action._replace(
                status=Status.IN_FLIGHT, reason="its removal is on order", cost=self._cost(None, None)
            )
        open_order = self._open_order(live)
        if open_order:
            return action._replace(status=Status.IN_FLIGHT, reason=open_order)
        ending = self.ended.get(live.service.address) or self.ended.get(live.service.number or "")
        return action._replace(reason=f"ended on {ending.day}", place=ending.place) if ending else action

    def _open_order(self, live: LiveService) -> str | None:
        order = self.on_order.get(live.id)
        if order:
            return f"order {order.id} is {order.state}"
        return "ordered, not active yet" if live.presence is Presence.COMING else None

    def _action(
        self,
        kind: Kind,
        live: LiveService | None,
        before: Service | None,
        after: Service | None,
        *,
        place: DesiredService | DesiredUser | None,
        day: date | None = None,
    ) -> Action:
        subject = after or before
        assert subject is not None, "an action has a service before it or after it"
        return Action(
            id=subject.address,
            kind=kind,
            status=Status.READY,
            user=subject.user,
            label=subject.label,
            live_id=live.id if live else None,
            before=before,
            after=after,
            changes=diff.changes(before, after),
            cost=self._cost(before, after, day=day),
            place=place.place if place else None,
        )

    def _cost(self, before: Service | None, after: Service | None, *, day: date | None = None) -> Cost:
        """Return what an action costs that takes effect on `day`; worked out once for all that change in one way."""
        effect = day or self.day
        way = _offer(before), _offer(after), effect
        if way not in self._costs:
            self._costs[way] = self._worked_out(before, after, effect)
        return self._costs[way]

    def _worked_out(self, before: Service | None, after: Service | None, effect: date) -> Cost:
        """Return the cost of taking effect on a day; past this month the next bill is not touched (R4)."""
        found = billing.cost(before, after, self.snapshot.catalogue, day=effect, currency=self.currency)
        if _same_month(effect, self.day):
            return found
        return Cost(found.monthly_delta, found.monthly_delta - found.monthly_delta, ())


def in_order(actions: Iterable[Action]) -> list[Action]:
    """Return actions by user, then label, each with an id of its own.

    A live service whose label another one has too goes by its number, or else by the operator's id of it.
    """
    found = sorted(actions, key=lambda action: (action.user, action.label or "", action.kind, action.live_id or ""))
    counts = Counter(action.id for action in found)
    for index, action in enumerate(found):
        if counts[action.id] > 1 and action.kind is Kind.REMOVE and action.before is not None:
            name = action.before.number or str(action.live_id)
            found[index] = action._replace(id=address(action.user, name))
    return found


def possible_names(service: Service) -> frozenset[str]:
    """Return by what an open order may name a service that it adds: its label, its number, or nothing."""
    names = {service.address, address(service.user, UNNAMED)}
    return frozenset(names | ({address(service.user, service.number)} if service.number else set()))


def _offer(service: Service | None) -> _Offer | None:
    return (service.bundle, service.options) if service else None


def _ported(service: Service) -> date | None:
    """Return the day on which a service begins because its number does (R7)."""
    return service.port_in.date if service.port_in else None


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)
