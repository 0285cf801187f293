"""Which resources there are, and how a page of each is read without touching more rows than it has."""

from __future__ import annotations

import json
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from reconciler.sandbox import documents, prepared, rules, state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.listing import Query, matches, selected
from reconciler.sandbox.schema import bill_lines, bills, cancellations, individuals, orders, products

#: What stands in more places of a resource than in its columns: the customer's id, and the kinds of a SIM.
_BEYOND = re.compile(r"org-|eSIM$|physical$")
_BOUNDS = {"startDate.lt": operator.lt, "startDate.gte": operator.ge}
Document = dict[str, Any]
Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource over a table: its path, how rows become documents, and which filters SQL can do."""

    path: str
    table: Table
    convert: Callable[[Connection, Rows], list[Document]]
    columns: Mapping[str, tuple[str, ...]]
    #: Whether the numbers of its rows have no holes, so that an offset is a number.
    dense: bool = False
    #: Columns that no list shows, only the answer to who asks for one resource.
    secret: tuple[str, ...] = ()

    @property
    def listed(self) -> list[ColumnElement[Any]]:
        """The columns that lists are made of."""
        return [column for column in self.table.c if column.name not in self.secret]


def page(connection: Connection, resource: Resource, query: Query) -> tuple[list[str], int]:
    """Return a page of a list, each resource as JSON text, and how many there are in all."""
    table, (conditions, rest) = resource.table, _split(resource, query.filters)
    if resource.table is products and state.settings(connection).nested_options:
        conditions.append(products.c.parent.is_(None))
    statement = select(*resource.listed).where(*conditions).order_by(table.c.n)
    if rest:
        found = resource.convert(connection, _rows(connection, statement))
        kept = [document for document in found if matches(document, rest)]
        return _texts(kept[query.offset : query.offset + query.limit], query), len(kept)
    total = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    if resource.dense and not conditions:
        statement = statement.where(table.c.n > query.offset).limit(query.limit)
    else:
        statement = statement.offset(query.offset).limit(query.limit)
    write = _prepared(connection, resource, query.fields)
    if write is not None:
        return [write(row) for row in connection.execute(statement).all()], total
    return _texts(resource.convert(connection, _rows(connection, statement)), query), total


def _texts(found: Iterable[Document], query: Query) -> list[str]:
    return [json.dumps(selected(document, query.fields)) for document in found]


def _prepared(connection: Connection, resource: Resource, fields: frozenset[str]) -> prepared.Writer | None:
    """Return what writes rows as text at once, where there is such a thing."""
    if resource.table is individuals:
        return prepared.individuals(fields)
    if resource.table is products and not state.settings(connection).nested_options:
        return prepared.products(state.contract(connection), fields)
    return None


def one(connection: Connection, resource: Resource, identity: str) -> Document | None:
    """Return a resource by its id."""
    rows = _rows(connection, select(resource.table).where(resource.table.c.id == identity))
    return resource.convert(connection, rows)[0] if rows else None


def fixed(connection: Connection, path: str) -> list[Document] | None:
    """Return the whole of a list that is not in a table; None where `path` is none of those."""
    if path == f"{documents.CATALOGUE}/productOffering":
        return [documents.offering(each) for each in OFFERINGS.values()]
    if path == f"{documents.CATALOGUE}/productOfferingPrice":
        return [documents.price(each) for each in OFFERINGS.values()]
    if path == f"{documents.PARTY}/organization":
        return [documents.organisation(state.contract(connection))]
    if path == f"{documents.AGREEMENT}/agreement":
        return [documents.agreement(state.contract(connection), rules.quota(connection)[1])]
    return None


def _split(
    resource: Resource, filters: Iterable[tuple[str, str]]
) -> tuple[list[ColumnElement[bool]], list[tuple[str, str]]]:
    """Return the filters SQL can do, and those that are left for the documents."""
    conditions: list[ColumnElement[bool]] = []
    rest: list[tuple[str, str]] = []
    for name, wanted in filters:
        words, moment = wanted.split(","), _moment(wanted)
        if name in _BOUNDS and resource.table is products and moment is not None:
            conditions.append(_BOUNDS[name](products.c.started, moment))
            continue
        if name in resource.columns and not any(_BEYOND.match(word) for word in words):
            conditions.append(or_(*(resource.table.c[column].in_(words) for column in resource.columns[name])))
        else:
            rest.append((name, wanted))
    return conditions, rest


def _moment(text: str) -> str | None:
    """Return a moment as it stands in a table; None for what is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except ValueError:
        return None


def _rows(connection: Connection, statement: Any) -> Rows:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _products(connection: Connection, rows: Rows) -> list[Document]:
    contract = state.contract(connection)
    if not state.settings(connection).nested_options:
        return [documents.product(row, contract) for row in rows]
    services = [row for row in rows if row["parent"] is None]
    inside: dict[str, list[Document]] = defaultdict(list)
    for row in _rows(connection, select(products).where(products.c.parent.in_([each["id"] for each in services]))):
        inside[row["parent"]].append(documents.product(row, contract))
    return [documents.product(row, contract, inside[row["id"]]) for row in services]


def _bills(connection: Connection, rows: Rows) -> list[Document]:
    contract = state.contract(connection)
    return [documents.bill(row, contract) for row in rows]


def _each(convert: Callable[[Mapping[str, Any]], Document]) -> Callable[[Connection, Rows], list[Document]]:
    return lambda _connection, rows: [convert(row) for row in rows]


_PRODUCT = {
    "id": ("id",),
    "status": ("status",),
    "productOffering.id": ("offering",),
    "relatedParty.id": ("user_id",),
    "productRelationship.product.id": ("parent",),
    "productCharacteristic.value": ("number", "iccid", "eid", "label", "cost_centre"),
}
INDIVIDUALS = Resource(
    f"{documents.PARTY}/individual",
    individuals,
    _each(documents.individual),
    {"id": ("id",), "contactMedium.characteristic.emailAddress": ("email",)},
    dense=True,
)
TABLES = (
    INDIVIDUALS,
    Resource(
        f"{documents.INVENTORY}/product",
        products,
        _products,
        _PRODUCT,
        dense=True,
        secret=("activation_code",),
    ),
    Resource(
        f"{documents.ORDERING}/productOrder",
        orders,
        _each(documents.order),
        {"id": ("id",), "externalId": ("external_id",), "state": ("state",)},
    ),
    Resource(f"{documents.ORDERING}/cancelProductOrder", cancellations, _each(documents.cancellation), {"id": ("id",)}),
    Resource(f"{documents.BILLING}/customerBill", bills, _bills, {"id": ("id",)}),
    Resource(
        f"{documents.BILLING}/appliedCustomerBillingRate",
        bill_lines,
        _each(documents.rate),
        {"id": ("id",), "bill.id": ("bill_id",)},
    ),
)
