"""Put rows of products and orders together: services with their options, and orders with the services they touch."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from reconciler.model.fleet import Service, option_set
from reconciler.model.snapshot import (
    NOBODY,
    Doubt,
    DoubtKind,
    EndedOption,
    LiveOption,
    LiveService,
    LiveUser,
    OpenOrder,
    Presence,
)
from reconciler.providers.tmf.order_rows import OrderRow
from reconciler.providers.tmf.wire import ProductRow

# Looking up a member of an enumeration takes longer than comparing it, and there are a million products.
_GONE, _IN_FORCE = Presence.GONE, (Presence.PRESENT, Presence.COMING)
_NO_OPTIONS: frozenset[str] = frozenset()
#: What a class of named values makes of their tuple, without the call that sorts out their names.
_new = tuple.__new__


@dataclass(slots=True)
class Assembly:
    """Products put together as their rows come, so that no row is kept; `users` by their ids.

    Options stand alone or nested in their service. The service of each option in `touched` is told in `parents`.
    """

    users: Mapping[str, LiveUser]
    touched: frozenset[str] = frozenset()
    #: What the catalogue has as an option: such a product is never a service, whatever it lost.
    add_ons: Container[str] = ()
    #: What was left out on purpose, by its id, with everything that relies on it.
    skipped: Container[str] = ()
    #: The services by their ids, as yet without the options that are kept beside them.
    services: dict[str, LiveService] = field(default_factory=dict)
    options: dict[str, list[LiveOption]] = field(default_factory=dict)
    ended: list[EndedOption] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    #: Which of what is `touched` was read as an option, gone or not.
    seen: set[str] = field(default_factory=set)
    #: Users of orders who are there and were not read, where only a part was.
    others: set[str] = field(default_factory=set)
    #: What was told in part.
    doubts: list[Doubt] = field(default_factory=list)

    def extend(self, rows: Iterable[ProductRow]) -> None:
        """Take in more products."""
        services, users, add_ons = self.services, self.users, self.add_ons
        for row in rows:
            for option in row.nested:
                self._option(option, option.relies_on)
            if row.relies_on is not None or row.offering in add_ons:
                self._option(row, row.relies_on)
                continue
            services[row.id] = live_service(row, users.get(row.user or ""))
            if row.flaws and row.presence is not _GONE:
                self.doubts.append(Doubt(DoubtKind.SERVICE, row.id, "; ".join(row.flaws), self._key(row.user)))

    def everything(self) -> list[LiveService]:
        """Return the services with their options, those that are gone too."""
        for identity in self.options.keys() & self.services.keys():
            self.services[identity] = _with_options(self.services[identity], self.options[identity])
        return list(self.services.values())

    def knows(self, product: str) -> bool:
        """Tell whether a service was read, or one of the options that are `touched`."""
        return product in self.services or product in self.seen

    def all_doubts(self) -> Iterator[Doubt]:
        """Yield what was told in part, options of services that were not read among it."""
        yield from self.doubts
        for service in sorted(self.options.keys() - self.services.keys()):
            if service not in self.skipped:
                for option in self.options[service]:
                    yield _loose(option, service, None)

    def open_orders(self, rows: Iterable[OrderRow], elsewhere: Set[str]) -> tuple[OpenOrder, ...]:
        """Return orders that have not ended; `elsewhere` are the services they touch of those not read."""
        return tuple(self._open_order(row, elsewhere) for row in rows)

    def _option(self, row: ProductRow, service: str | None) -> None:
        if row.id in self.touched:
            self.seen.add(row.id)
            if service:
                self.parents[row.id] = service
        if row.presence in _IN_FORCE:
            option = LiveOption(row.offering, row.id, row.ends, row.started)
            if service:
                self.options.setdefault(service, []).append(option)
            else:
                self.doubts.append(_loose(option, None, self._key(row.user)))
        elif row.presence is _GONE and row.started and service:
            self.ended.append(EndedOption(row.offering, service, row.started, row.terminated))

    def _key(self, identity: str | None) -> str | None:
        """Return the key of a user by the operator's id; None where nobody of that id was read."""
        user = self.users.get(identity or "")
        return user.key if user is not None else None

    def _open_order(self, row: OrderRow, elsewhere: Set[str]) -> OpenOrder:
        """Return an open order; what it does to an option it does to the option's service."""
        user, parents = self.users.get(row.user or ""), self.parents
        return OpenOrder(
            id=row.id,
            state=row.state,
            reference=row.reference,
            placed=row.placed,
            requester=row.requester,
            live_ids=row.touched | {parents[option] for option in row.touched & parents.keys()},
            addresses=frozenset(f"{user.key}/{label}" for label in row.added) if user else frozenset(),
            removals=sum(1 for each in row.deleted if each in self.services or each in elsewhere),
        )


def _loose(option: LiveOption, service: str | None, user: str | None) -> Doubt:
    words = "its service is not told" if service is None else f"its service {service} was not read"
    return Doubt(DoubtKind.OPTION, option.id, words, user, option.option, service)


def live_service(row: ProductRow, user: LiveUser | None) -> LiveService:
    """Return a service of a user as live, without its options; None for a user who is not known."""
    identity, presence, offering, user_id, _, number, sim, label, centre, state, started, terminated, _, ends, _ = row
    if user is None:
        key = user_id or NOBODY
    else:
        key, centre = user.key, centre or user.cost_centre
    service = _new(Service, (key, label, offering, _NO_OPTIONS, number, sim, state, centre, None, None))
    return _new(LiveService, (identity, service, presence, (), started, terminated, ends))


def _with_options(live: LiveService, options: Sequence[LiveOption]) -> LiveService:
    held = tuple(sorted(options, key=_by_name)) if len(options) > 1 else tuple(options)
    identity, service, presence, _, *days = live
    user, label, bundle, _, *others = service
    names = option_set(tuple([option.option for option in held]))
    return _new(LiveService, (identity, _new(Service, (user, label, bundle, names, *others)), presence, held, *days))


def _by_name(option: LiveOption) -> tuple[str, str]:
    return option.option, option.id
