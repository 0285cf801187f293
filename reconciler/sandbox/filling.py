"""Put a fleet into empty tables, in bulk: a million services in well under a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, select

from reconciler.sandbox import prepared, state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.schema import bundle_changes, fees, individuals, metadata, products
from reconciler.sandbox.seeds import FleetSeed, ServiceSeed

Row = tuple[Any, ...]


def fill(connection: Connection, seed: FleetSeed, now: datetime) -> None:
    """Forget everything and start with `seed` at `now`; settings go back to their defaults."""
    metadata.drop_all(connection)  # the tables may be those of an earlier version
    metadata.create_all(connection)
    state.set_now(connection, now)
    ids = {user.email: f"ind-{index:07d}" for index, user in enumerate(seed.users, start=1)}
    _insert(
        connection,
        individuals,
        (
            (
                n,
                ids[user.email],
                user.email,
                user.given_name,
                user.family_name,
                user.cost_centre,
                user.employee_id,
                user.team,
            )
            for n, user in enumerate(seed.users, start=1)
        ),
    )
    _insert(connection, products, _product_rows(seed.services, ids))
    _insert(connection, fees, _fee_rows(seed.services))
    changed = (
        (f"prd-{first:08d}", service.bundle_changed.isoformat()[:7], None)
        for first, service in zip(_first_ids(seed.services), seed.services, strict=True)
        if service.bundle_changed
    )
    _insert(connection, bundle_changes, changed)
    state.put(connection, "counter product", str(sum(1 + len(service.options) for service in seed.services)))
    prepared.prepare(connection)
    _contract(connection, seed)


def _contract(connection: Connection, seed: FleetSeed) -> None:
    contract = seed.contract
    base = contract.removal_base
    if base is None:
        base = in_force_at(connection, contract.period_start)
    state.set_contract(
        connection,
        state.ContractState(
            id=contract.id,
            organisation=seed.organisation,
            period_start=contract.period_start.isoformat(),
            period_end=contract.period_end.isoformat(),
            initial_start=contract.initial_start.isoformat(),
            ratio=contract.removal_ratio,
            base=base,
            used_offset=contract.removals_used_offset,
            granted=contract.removals_granted,
        ),
    )


def in_force_at(connection: Connection, start: date) -> int:
    """Return how many services were in force when `start` began."""
    begins = state.day_begins(start).isoformat()
    ended = products.c.terminated
    statement = select(func.count()).where(
        products.c.parent.is_(None),
        products.c.started < begins,
        products.c.status.not_in(("cancelled", "pendingActive")),
        (ended.is_(None)) | (ended >= begins),
    )
    return connection.execute(statement).scalar_one()


def _first_ids(services: Iterable[ServiceSeed]) -> list[int]:
    """Return the number of each service's product; its options follow it."""
    firsts, serial = [], 1
    for service in services:
        firsts.append(serial)
        serial += 1 + len(service.options)
    return firsts


def _product_rows(services: Iterable[ServiceSeed], ids: dict[str, str]) -> Iterator[Row]:
    serial = 0
    for service in services:
        serial += 1
        identity, user = f"prd-{serial:08d}", ids[service.user_email]
        started = f"{service.started.isoformat()}T09:00:00+00:00"
        ended = f"{service.terminated.isoformat()}T09:00:00+00:00" if service.terminated else None
        status = "terminated" if ended else service.state
        sim = (service.number, service.iccid, service.eid, service.sim_type, service.label, service.cost_centre)
        yield (serial, identity, None, service.bundle, user, status, *sim, None, started, ended)
        last_days = dict(service.temporary)
        for option in service.options:
            serial += 1
            nothing = (None,) * 6
            status = "terminated" if ended else "active"
            ends = ended or (_over(last_days[option]) if option in last_days else None)
            yield (serial, f"prd-{serial:08d}", identity, option, user, status, *nothing, None, started, ends)


def _over(last_day: date) -> str:
    """Return the moment at which something is over whose last day is `last_day`."""
    return state.day_begins(last_day + timedelta(days=1)).isoformat()


def _fee_rows(services: Iterable[ServiceSeed]) -> Iterator[Row]:
    serial = 0
    for service in services:
        ended = service.terminated.isoformat() if service.terminated else None
        for word in (service.bundle, *service.options):
            serial += 1
            monthly = str(OFFERINGS[word].monthly)
            yield (serial, f"prd-{serial:08d}", word, monthly, service.started.isoformat(), ended)


def _insert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows as the driver takes them fastest."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    iterator = iter(rows)
    while batch := list(islice(iterator, 10_000)):
        connection.exec_driver_sql(statement, batch)
