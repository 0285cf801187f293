"""Find what the files would have to declare for a plan to have nothing to do: the way back from live to the files.

Services are paired as planning pairs them. What is on order is left as it is until the order ends; what starts on a
later day stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from reconciler.desired.adaptation import Adapter, centres
from reconciler.desired.declared import DeclaredService, DeclaredUser
from reconciler.desired.labels import labels
from reconciler.desired.live import Declarer, LeftOut, by_age, declarable
from reconciler.desired.load import Documents
from reconciler.desired.profiles import Offer, by_offer, with_profile
from reconciler.desired.resolve import resolve
from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredService
from reconciler.model.snapshot import DoubtKind, LiveService, Presence, Snapshot
from reconciler.planning.match import Matching
from reconciler.planning.scope import Scope
from reconciler.planning.uncertain import NO_ADDRESS, Sorted, sort_sides

#: A service by its user and its label.
Key: TypeAlias = tuple[str, str]
#: A service as it would be declared, and the cost centre it is booked at.
Booked: TypeAlias = tuple[DeclaredService, str | None]


@dataclass(frozen=True, slots=True)
class Adoption:
    """Everybody the files should declare, and who cannot be declared.

    `moves` says which services came from another user, `fresh` which ones no file has declared so far.
    """

    users: tuple[DeclaredUser, ...]
    moves: Mapping[Key, Key]
    fresh: frozenset[Key]
    left_out: tuple[LeftOut, ...]


def adopt(documents: Documents, snapshot: Snapshot, declarer: Declarer) -> Adoption:
    """Return what the files should declare; raises InvalidInput where they contradict themselves."""
    desired = resolve(documents, declarer.day)
    sides = sort_sides(desired, snapshot, desired.services, snapshot.services)
    pairing = _pairing(sides.matching, snapshot)
    declared = {user.key for user in documents.users}
    strangers = _strangers(sides.within, pairing, declared, documents.config.ownership)
    newcomers = _newcomers(strangers, sides, snapshot)
    fresh = declarer.declare(newcomers.services)
    adopter = _Adopter.of(documents, declarer, pairing)
    users = [adopter.user(user) for user in documents.users]
    users += [
        user._replace(services=tuple(with_profile(service, adopter.names) for service in user.services))
        for user in fresh.users
    ]
    users.sort(key=lambda user: user.key)
    left_out = (*fresh.left_out, *newcomers.left_out)
    return Adoption(tuple(users), adopter.moves, frozenset(adopter.fresh), left_out)


@dataclass(slots=True)
class _Pairing:
    """Which live service each declared one is, which are none any more, and which are declared by nobody."""

    kept: dict[Key, tuple[DesiredService, LiveService]] = field(default_factory=dict)
    named: set[Key] = field(default_factory=set)
    dropped: set[Key] = field(default_factory=set)
    extra: dict[str, list[LiveService]] = field(default_factory=lambda: defaultdict(list))


def _pairing(matching: Matching, snapshot: Snapshot) -> _Pairing:
    pairing = _Pairing()
    busy = {live_id for order in snapshot.open_orders for live_id in order.live_ids}
    ordered = {address for order in snapshot.open_orders for address in order.addresses}
    for desired, live in (*matching.pairs, *matching.adopted):
        if live.presence is Presence.GOING:
            pairing.dropped.add(_key(desired))
        elif live.presence is not Presence.COMING and live.id not in busy:
            pairing.kept[_key(desired)] = desired, live
    wanted = (item for item in matching.desired if item.starts is None and item.service.address not in ordered)
    pairing.dropped.update(map(_key, wanted))
    candidates = (item for unclear in matching.unclear for item in unclear.candidates)
    spare = {
        item.id: item
        for item in (*matching.live, *candidates)
        if item.presence is not Presence.GOING and item.id not in busy
    }
    for unclear in matching.unclear:
        _settle(pairing, unclear.desired, [item for item in unclear.candidates if item.id in spare], spare)
    for item in spare.values():
        pairing.extra[item.service.user].append(item)
    return pairing


def _settle(
    pairing: _Pairing, desired: DesiredService, candidates: Sequence[LiveService], spare: dict[str, LiveService]
) -> None:
    """Let a service that could be any of several be the first of them, to be declared so that it is that one."""
    if not candidates:
        pairing.dropped.add(_key(desired))
        return
    pairing.kept[_key(desired)] = desired, spare.pop(candidates[0].id)
    pairing.named.add(_key(desired))


def _strangers(within: Scope, pairing: _Pairing, declared: set[str], ownership: Ownership) -> list[LiveService]:
    """Return the live services of users whom no file declares."""
    if ownership is Ownership.DECLARED_USERS:
        return list(within.unmanaged)
    moved = [item for _, item in pairing.kept.values() if item.service.user not in declared]
    return [*moved, *(item for user, items in pairing.extra.items() if user not in declared for item in items)]


class _Newcomers(NamedTuple):
    """The services of users whom no file declares yet, and whose services are left out, declared or not."""

    services: list[LiveService]
    left_out: list[LeftOut]


def _newcomers(strangers: Sequence[LiveService], sides: Sorted, snapshot: Snapshot) -> _Newcomers:
    """Return who is new, each with all services or not at all: what is told in part today is told in full tomorrow.

    A service that is not declared of a user who is would be removed then. Users without an address are like others
    where fleet.yaml expects them, and no declared service waits that may be theirs.
    """
    doubts = snapshot.doubts
    strange = {each.user for each in doubts if each.kind is DoubtKind.USER and (sides.held or not each.expected)}
    found, doubtful = {item.id: item for item in strangers}, dict[str, str]()
    for identity, (item, reason) in sorted(sides.uncertain.items()):
        user = item.service.user
        if reason.code == NO_ADDRESS and user not in strange:
            found[identity] = item
        else:
            doubtful.setdefault(user, f"live service {identity} is told in part: {reason.words}")
    services = [item for item in found.values() if item.service.user not in doubtful]
    held = (item for item in sides.held if not item.is_coming)
    waiting = {item.desired.service.user: f"{item.live.id} may be theirs, and {item.words}" for item in held}
    return _Newcomers(services, [LeftOut(*each) for each in sorted((doubtful | waiting).items())])


@dataclass(slots=True)
class _Adopter:
    """Declares users as they are live."""

    documents: Documents
    declarer: Declarer
    pairing: _Pairing
    adapter: Adapter
    names: Mapping[Offer, str]
    arrivals: Mapping[str, Sequence[Key]]
    services: Mapping[Key, DeclaredService]
    moves: dict[Key, Key] = field(default_factory=dict)
    fresh: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, documents: Documents, declarer: Declarer, pairing: _Pairing) -> _Adopter:
        """Return the one for a whole fleet."""
        arrivals: dict[str, list[Key]] = defaultdict(list)
        for key, (_, item) in sorted(pairing.kept.items()):
            if item.service.user != key[0]:
                arrivals[item.service.user].append(key)
        services = {(user.key, held.label): held for user in documents.users for held in user.services}
        adapter, names = Adapter(declarer, documents.profiles), by_offer(documents.profiles)
        return cls(documents, declarer, pairing, adapter, names, arrivals, services)

    def user(self, user: DeclaredUser) -> DeclaredUser:
        """Return a user as declared once live was adopted."""
        stay = list(self._staying(user))
        revived, extra = self._revived(user)
        stay = [revived.get(service.label, (service, booked)) for service, booked in stay]
        stay += self._moved_here(user, [service.label for service, _ in stay])
        stay += self._added(user, extra, [service.label for service, _ in stay])
        centre, owns = centres(user.cost_centre, stay)
        services = (service._replace(cost_centre=own) for (service, _), own in zip(stay, owns, strict=True))
        return user._replace(cost_centre=centre, services=tuple(services))

    def _staying(self, user: DeclaredUser) -> Iterator[Booked]:
        """Yield the services that remain this user's, as they are live."""
        for service in user.services:
            key = (user.key, service.label)
            if key in self.pairing.kept:
                desired, item = self.pairing.kept[key]
                if item.service.user == user.key:
                    yield self._adapted(service, desired, item, named=key in self.pairing.named)
            elif key not in self.pairing.dropped:
                yield service, service.cost_centre or user.cost_centre

    def _adapted(self, held: DeclaredService, desired: DesiredService, item: LiveService, *, named: bool) -> Booked:
        after = self.adapter.adapted(held, desired.service, item)
        if named:
            after = self.adapter.identified(after, item) or after
        return after, item.service.cost_centre

    def _revived(self, user: DeclaredUser) -> tuple[dict[str, Booked], list[LiveService]]:
        """Return services whose last day is over and which are live all the same, and the others that are live."""
        over = {held.number: held for held in user.services if held.until and held.until < self.declarer.day}
        found: dict[str, Booked] = {}
        extra: list[LiveService] = []
        for item in self.pairing.extra.get(user.key, ()):
            held = over.get(item.service.number) if item.service.number else None
            if held is None:
                extra.append(item)
                continue
            held = held._replace(until=self.declarer.still_ahead(item.ends))
            [desired] = resolve(self._alone(user, held), self.declarer.day).services
            found[held.label] = self._adapted(held, desired, item, named=False)
        return found, extra

    def _moved_here(self, user: DeclaredUser, used: list[str]) -> list[Booked]:
        """Return the services that are declared for others and are this user's now."""
        found = []
        for before, label in self.arrivals.get(user.key, ()):
            desired, item = self.pairing.kept[before, label]
            held = self.services[before, label]
            if label in used:
                [name] = labels([item], self.declarer.catalogue, used)
                held = held._replace(label=name)
            after, booked = self._adapted(held, desired, item, named=False)
            centre = declarable(booked) if booked != self._centre(user) else None
            found.append((after._replace(cost_centre=centre), booked))
            used.append(after.label)
            self.moves[user.key, after.label] = before, label
        return found

    def _added(self, user: DeclaredUser, items: Iterable[LiveService], used: Sequence[str]) -> list[Booked]:
        """Return the services that no file declares yet."""
        held = sorted(items, key=by_age)
        found = []
        for item, label in zip(held, labels(held, self.declarer.catalogue, used), strict=True):
            service = self.declarer.service(item, label, self._centre(user))
            found.append((with_profile(service, self.names), item.service.cost_centre))
            self.fresh.add((user.key, label))
        return found

    def _centre(self, user: DeclaredUser) -> str | None:
        """Return where a service of a user is booked that says nothing of it: as declared, else as it is live."""
        live = self.declarer.users.get(user.key)
        return user.cost_centre or (live.cost_centre if live else None)

    def _alone(self, user: DeclaredUser, service: DeclaredService) -> Documents:
        return replace(self.documents, users=(user._replace(services=(service,)),))


def _key(desired: DesiredService) -> Key:
    return desired.service.user, str(desired.service.label)
