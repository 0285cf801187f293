"""Which resources there are, and how a page of each is read without touching more rows than it has."""

from __future__ import annotations

import json
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from reconciler.sandbox import documents, prepared, rules, state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.listing import Query, matches, selected
from reconciler.sandbox.prepared import Page, Prepared
from reconciler.sandbox.schema import bill_lines, bills, cancellations, individuals, orders, products
from reconciler.sandbox.standing import Standing

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
    #: How its lists are made where they are long.
    prepared: Prepared | None = None

    @property
    def listed(self) -> list[ColumnElement[Any]]:
        """The columns that lists are made of."""
        return [column for column in self.table.c if column.name not in self.secret]


def page(connection: Connection, resource: Resource, query: Query, standing: Standing) -> tuple[Page, int]:
    """Return a page of a list, and how many resources there are in all."""
    table, (conditions, rest) = resource.table, _split(resource, query.filters)
    nested = resource.table is products and standing.settings.nested_options
    if nested:
        conditions.append(products.c.parent.is_(None))
    statement = select(*resource.listed).where(*conditions).order_by(table.c.n)
    if rest:
        found = resource.convert(connection, _rows(connection, statement))
        kept = [document for document in found if matches(document, rest)]
        return page_of(kept, query), len(kept)
    total = _total(connection, resource, conditions, standing if not query.filters else None)
    ready = None if nested else resource.prepared
    if ready and resource.dense and not conditions:
        return ready.stretch(connection, query.fields, offset=query.offset, limit=query.limit), total
    statement = statement.offset(query.offset).limit(query.limit)
    if ready:
        return ready.page(connection, query.fields, statement), total
    return _written(resource.convert(connection, _rows(connection, statement)), query), total


def _total(
    connection: Connection, resource: Resource, conditions: list[ColumnElement[bool]], standing: Standing | None
) -> int:
    """Return how long a list is; that of everything is counted once for each state of the database."""
    totals = standing.totals if standing else {}
    if resource.path not in totals:
        statement = select(func.count()).select_from(resource.table).where(*conditions)
        totals[resource.path] = connection.execute(statement).scalar_one()
    return totals[resource.path]


def page_of(found: Sequence[Document], query: Query) -> Page:
    """Return the part of a list that was asked for."""
    return _written(found[query.offset : query.offset + query.limit], query)


def _written(found: Sequence[Document], query: Query) -> Page:
    return Page(json.dumps([selected(document, query.fields) for document in found]).encode(), len(found))


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
    prepared=prepared.INDIVIDUALS,
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
        prepared=prepared.PRODUCTS,
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
