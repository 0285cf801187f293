"""Which resources there are, and how a page of each is read without touching more rows than it has."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from reconciler.sandbox import documents, prepared, state
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.listing import Query, matches, selected
from reconciler.sandbox.prepared import Page, Prepared
from reconciler.sandbox.removals import quota
from reconciler.sandbox.standing import Standing

#: What stands in more places of a resource than in its columns: the customer's id, and the kinds of a SIM.
_BEYOND = re.compile(r"org-|eSIM$|physical$")
_BOUNDS = {"startDate.lt": "<", "startDate.gte": ">="}
Document = dict[str, Any]
Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource over a table: its path, how rows become documents, and which filters SQL can do."""

    path: str
    table: str
    convert: Callable[[sqlite3.Connection, Rows], list[Document]]
    columns: Mapping[str, tuple[str, ...]]
    #: Whether the numbers of its rows have no holes, so that an offset is a number.
    dense: bool = False
    #: Columns that no list shows, only the answer to who asks for one resource.
    secret: tuple[str, ...] = ()
    #: How its lists are made where they are long.
    prepared: Prepared | None = None

    @property
    def nests(self) -> bool:
        """Whether there is an operator that shows some of its rows inside of others."""
        return self.table == "products"


class _Where(NamedTuple):
    """Conditions with their parameters, all of which have to hold."""

    conditions: list[str]
    parameters: list[Any]

    @property
    def sql(self) -> str:
        """The clause they make, empty for none."""
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def page(driver: sqlite3.Connection, resource: Resource, query: Query, standing: Standing) -> tuple[Page, int]:
    """Return a page of a list, and how many resources there are in all."""
    where, rest = _split(resource, query.filters)
    nested = resource.nests and standing.settings.nested_options
    if nested:
        where.conditions.append("parent IS NULL")
    if rest:
        found = _listed(driver, resource, f"{where.sql} ORDER BY n", where.parameters)
        kept = [document for document in found if matches(document, rest)]
        return page_of(kept, query), len(kept)
    total = _total(driver, resource, where, standing if not query.filters else None)
    if resource.dense and not where.conditions:
        chosen, parameters = "WHERE n > ? ORDER BY n LIMIT ?", [query.offset, query.limit]
    else:
        chosen, parameters = f"{where.sql} ORDER BY n LIMIT ? OFFSET ?", [*where.parameters, query.limit, query.offset]
    if resource.prepared and not nested:
        return resource.prepared.page(driver, query.fields, chosen, parameters), total
    return _written(_listed(driver, resource, chosen, parameters), query), total


def page_of(found: Sequence[Document], query: Query) -> Page:
    """Return the part of a list that was asked for."""
    return _written(found[query.offset : query.offset + query.limit], query)


def one(driver: sqlite3.Connection, resource: Resource, identity: str) -> Document | None:
    """Return a resource by its id."""
    found = resource.convert(driver, _rows(driver, f"SELECT * FROM {resource.table} WHERE id = ?", [identity]))
    return found[0] if found else None


def fixed(driver: sqlite3.Connection, path: str) -> list[Document] | None:
    """Return the whole of a list that is not in a table; None where `path` is none of those."""
    if path == f"{documents.CATALOGUE}/productOffering":
        return [documents.offering(each) for each in OFFERINGS.values()]
    if path == f"{documents.CATALOGUE}/productOfferingPrice":
        return [documents.price(each) for each in OFFERINGS.values()]
    if path == f"{documents.PARTY}/organization":
        return [documents.organisation(state.contract(driver))]
    if path == f"{documents.AGREEMENT}/agreement":
        return [documents.agreement(state.contract(driver), quota(driver)[1])]
    return None


def _total(driver: sqlite3.Connection, resource: Resource, where: _Where, standing: Standing | None) -> int:
    """Return how long a list is; that of everything is counted once for each state of the database."""
    totals = standing.totals if standing else {}
    if resource.path not in totals:
        statement = f"SELECT count(*) FROM {resource.table} {where.sql}"
        [totals[resource.path]] = driver.execute(statement, where.parameters).fetchone()
    return totals[resource.path]


def _written(found: Sequence[Document], query: Query) -> Page:
    return Page(json.dumps([selected(document, query.fields) for document in found]).encode(), len(found))


def _split(resource: Resource, filters: Iterable[tuple[str, str]]) -> tuple[_Where, list[tuple[str, str]]]:
    """Return the filters SQL can do, and those that are left for the documents."""
    where, rest = _Where([], []), list[tuple[str, str]]()
    for name, wanted in filters:
        words, moment = wanted.split(","), _moment(wanted)
        if name in _BOUNDS and resource.table == "products" and moment is not None:
            where.conditions.append(f"started {_BOUNDS[name]} ?")
            where.parameters.append(moment)
        elif name in resource.columns and not any(_BEYOND.match(word) for word in words):
            marks = ", ".join("?" for _ in words)
            each = [f"{column} IN ({marks})" for column in resource.columns[name]]
            where.conditions.append(f"({' OR '.join(each)})")
            where.parameters.extend(words * len(each))
        else:
            rest.append((name, wanted))
    return where, rest


def _moment(text: str) -> str | None:
    """Return a moment as it stands in a table; None for what is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except ValueError:
        return None


def _listed(driver: sqlite3.Connection, resource: Resource, chosen: str, parameters: Sequence[Any]) -> list[Document]:
    """Return the documents of chosen rows, without what no list shows."""
    rows = _rows(driver, f"SELECT * FROM {resource.table} {chosen}", parameters)
    return resource.convert(driver, [{name: row[name] for name in row if name not in resource.secret} for row in rows])


def _rows(driver: sqlite3.Connection, statement: str, parameters: Sequence[Any]) -> Rows:
    cursor = driver.execute(statement, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _products(driver: sqlite3.Connection, rows: Rows) -> list[Document]:
    contract = state.contract(driver)
    if not state.settings(driver).nested_options:
        return [documents.product(row, contract) for row in rows]
    services = [row for row in rows if row["parent"] is None]
    inside: dict[str, list[Document]] = defaultdict(list)
    options = f"SELECT * FROM products WHERE parent IN ({', '.join('?' for _ in services)})"
    for row in _rows(driver, options, [each["id"] for each in services]):
        inside[row["parent"]].append(documents.product(row, contract))
    return [documents.product(row, contract, inside[row["id"]]) for row in services]


def _bills(driver: sqlite3.Connection, rows: Rows) -> list[Document]:
    contract = state.contract(driver)
    return [documents.bill(row, contract) for row in rows]


def _each(convert: Callable[[Mapping[str, Any]], Document]) -> Callable[[sqlite3.Connection, Rows], list[Document]]:
    return lambda _driver, rows: [convert(row) for row in rows]


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
    "individuals",
    _each(documents.individual),
    {"id": ("id",), "contactMedium.characteristic.emailAddress": ("email",)},
    dense=True,
    prepared=prepared.INDIVIDUALS,
)
ORDERS = Resource(
    f"{documents.ORDERING}/productOrder",
    "orders",
    _each(documents.order),
    {"id": ("id",), "externalId": ("external_id",), "state": ("state",)},
)
TABLES = (
    INDIVIDUALS,
    Resource(
        f"{documents.INVENTORY}/product",
        "products",
        _products,
        _PRODUCT,
        dense=True,
        secret=("activation_code",),
        prepared=prepared.PRODUCTS,
    ),
    ORDERS,
    Resource(
        f"{documents.ORDERING}/cancelProductOrder", "cancellations", _each(documents.cancellation), {"id": ("id",)}
    ),
    Resource(f"{documents.BILLING}/customerBill", "bills", _bills, {"id": ("id",)}),
    Resource(
        f"{documents.BILLING}/appliedCustomerBillingRate",
        "bill_lines",
        _each(documents.rate),
        {"id": ("id",), "bill.id": ("bill_id",)},
    ),
)
