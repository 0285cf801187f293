"""Put rows of products and orders together: services with their options, and orders with the services they touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set

from reconciler.model.snapshot import EndedOption, LiveOption, LiveService, LiveUser, OpenOrder, Presence
from reconciler.providers.tmf import wire
from reconciler.providers.tmf.order_documents import OrderRow
from reconciler.providers.tmf.wire import ProductRow


def sorted_out(
    products: Iterable[ProductRow], touched: frozenset[str]
) -> tuple[dict[str, ProductRow], dict[str, list[ProductRow]], dict[str, str]]:
    """Return services by id, the options in force on each, and the service of each option in `touched`.

    Options stand alone or nested in their service.
    """
    services: dict[str, ProductRow] = {}
    options: dict[str, list[ProductRow]] = defaultdict(list)
    parents: dict[str, str] = {}
    for row in products:
        if row.relies_on is None:
            services[row.id] = row
        for option in (*row.nested, *((row,) if row.relies_on else ())):
            if option.relies_on and option.presence in (Presence.PRESENT, Presence.COMING):
                options[option.relies_on].append(option)
            if option.relies_on and option.id in touched:
                parents[option.id] = option.relies_on
    return services, options, parents


def live_service(row: ProductRow, options: Iterable[ProductRow], users: Mapping[str, LiveUser]) -> LiveService:
    """Return a service as live; `users` by their ids."""
    held = tuple(
        LiveOption(each.offering, each.id, each.ends, each.started) for each in sorted(options, key=_by_offering)
    )
    return LiveService(
        id=row.id,
        service=wire.service_of(row, (option.option for option in held), users),
        presence=row.presence,
        options=held,
        started=row.started,
        terminated=row.terminated,
        ends=row.ends,
    )


def ended_options(products: Iterable[ProductRow]) -> tuple[EndedOption, ...]:
    """Return the options that services had, those of services that are gone among them."""
    return tuple(
        EndedOption(option.offering, option.relies_on, option.started, option.terminated)
        for row in products
        for option in (*row.nested, *((row,) if row.relies_on else ()))
        if option.relies_on and option.presence is Presence.GONE and option.started
    )


def _by_offering(row: ProductRow) -> tuple[str, str]:
    return row.offering, row.id


def open_order(
    row: OrderRow, users: Mapping[str, LiveUser], services: Set[str], parents: Mapping[str, str]
) -> OpenOrder:
    """Return an open order; what it does to an option it does to the option's service, one of `services` by id."""
    user = users.get(row.user or "")
    return OpenOrder(
        id=row.id,
        state=row.state,
        reference=row.reference,
        placed=row.placed,
        requester=row.requester,
        live_ids=row.touched | {parents[option] for option in row.touched & parents.keys()},
        addresses=frozenset(f"{user.key}/{label}" for label in row.added) if user else frozenset(),
        removals=len(row.deleted & services),
    )
