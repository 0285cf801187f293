"""Put rows of products and orders together: services with their options, and orders with the services they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from reconciler.model.fleet import Service, option_set
from reconciler.model.snapshot import EndedOption, LiveOption, LiveService, LiveUser, OpenOrder, Presence
from reconciler.providers.tmf.order_documents import OrderRow
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
    #: The services by their ids, as yet without the options that are kept beside them.
    services: dict[str, LiveService] = field(default_factory=dict)
    options: dict[str, list[LiveOption]] = field(default_factory=dict)
    ended: list[EndedOption] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    #: Who has services and is none of `users`, by the operator's ids.
    strangers: set[str] = field(default_factory=set)

    def extend(self, rows: Iterable[ProductRow]) -> None:
        """Take in more products."""
        services, users = self.services, self.users
        for row in rows:
            for option in row.nested:
                self._option(option, option.relies_on)
            if row.relies_on is not None:
                self._option(row, row.relies_on)
                continue
            user = users.get(row.user or "")
            services[row.id] = live_service(row, user)
            if user is None and row.user and row.presence is not _GONE:
                self.strangers.add(row.user)

    def everything(self) -> list[LiveService]:
        """Return the services with their options, those that are gone too."""
        for identity in self.options.keys() & self.services.keys():
            self.services[identity] = _with_options(self.services[identity], self.options[identity])
        return list(self.services.values())

    def gaps(self) -> Iterator[str]:
        """Yield what is missing beside the products."""
        services = self.options.keys() - self.services.keys()
        if services:
            yield f"{len(services)} options rely on services that were not read, {min(services)} among them"
        if self.strangers:
            yield f"{len(self.strangers)} users of services were not read, {min(self.strangers)} among them"

    def open_orders(self, rows: Iterable[OrderRow], elsewhere: Set[str]) -> tuple[OpenOrder, ...]:
        """Return orders that have not ended; `elsewhere` are the services they touch of those not read."""
        return tuple(self._open_order(row, elsewhere) for row in rows)

    def _option(self, row: ProductRow, service: str | None) -> None:
        if not service:
            return
        if row.presence in _IN_FORCE:
            option = LiveOption(row.offering, row.id, row.ends, row.started)
            self.options.setdefault(service, []).append(option)
        elif row.presence is _GONE and row.started:
            self.ended.append(EndedOption(row.offering, service, row.started, row.terminated))
        if row.id in self.touched:
            self.parents[row.id] = service

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


def live_service(row: ProductRow, user: LiveUser | None) -> LiveService:
    """Return a service of a user as live, without its options; None for a user who is not known."""
    identity, presence, offering, user_id, _, number, sim, label, cost_centre, state, started, terminated, _, ends = row
    if user is None:
        key = user_id or "(no user)"
    else:
        key, cost_centre = user.key, cost_centre or user.cost_centre
    service = _new(Service, (key, label, offering, _NO_OPTIONS, number, sim, state, cost_centre, None, None))
    return _new(LiveService, (identity, service, presence, (), started, terminated, ends))


def _with_options(live: LiveService, options: Sequence[LiveOption]) -> LiveService:
    held = tuple(sorted(options, key=_by_name)) if len(options) > 1 else tuple(options)
    identity, service, presence, _, *days = live
    user, label, bundle, _, *others = service
    names = option_set(tuple([option.option for option in held]))
    return _new(LiveService, (identity, _new(Service, (user, label, bundle, names, *others)), presence, held, *days))


def _by_name(option: LiveOption) -> tuple[str, str]:
    return option.option, option.id
