"""Users and services as JSON text that the database makes and keeps: lists of them are most of what a plan reads.

Beside each row of `products` and `individuals` lies its text, written by a trigger whenever the row is, so that a page
of a list is one concatenation. It has what depends on the row; what is the same for all of them is put between. They
are the same documents as `documents` makes, and a test holds the two together.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from reconciler.sandbox import documents, state
from reconciler.sandbox.catalogue import OFFERINGS

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Attributes by name, each as SQL over a row or as text.
Parts = Mapping[str, str]
_ALWAYS = ("id", "href", "@type")


class Page(NamedTuple):
    """A page of a list as JSON, and how many items it has."""

    body: bytes
    items: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """How the rows of a table become text: `kept` lies beside each row, `made` is made for who asks and stands before.

    `closing` gives what ends every item. What is made has commas behind it, everything else but `id` one before it.
    """

    table: str
    texts: str
    kept: Parts
    made: Parts
    closing: Callable[[sqlite3.Connection], Parts]

    @property
    def text(self) -> str:
        """The SQL of all that is kept."""
        return _concatenated(list(self.kept.values()))

    def page(self, driver: sqlite3.Connection, fields: frozenset[str], chosen: str, parameters: Sequence[Any]) -> Page:
        """Return the rows that a clause chooses, with the attributes of `fields`; all for none."""
        end = "".join(_wanted(self.closing(driver), fields)) + "}"
        rows = f"SELECT {self._sql(fields)} AS text FROM {self.table} JOIN {self.texts} USING (n) {chosen}"
        statement = f"SELECT CAST(group_concat(text, ?) AS BLOB), count(*) FROM ({rows})"
        body, items = driver.execute(statement, (f"{end},{{", *parameters)).fetchone()
        return Page(b"[]" if body is None else b"[{%b%b]" % (body, end.encode()), items)

    def _sql(self, fields: frozenset[str]) -> str:
        """Return the SQL of an item without its end: as it lies there, unless not all of it is wanted."""
        made, kept = _wanted(self.made, fields), _wanted(self.kept, fields)
        return _concatenated([*made, *(["text"] if len(kept) == len(self.kept) else kept)])


def prepare(connection: Connection) -> None:
    """Write the texts of all rows, and have the database write those of every row that is written from now on."""
    for each in (PRODUCTS, INDIVIDUALS):
        rows, texts = each.table, each.texts
        write = f"INSERT OR REPLACE INTO {texts} SELECT n, CAST({each.text} AS BLOB) FROM {rows}"
        connection.exec_driver_sql(f"DELETE FROM {texts}")
        connection.exec_driver_sql(write)
        for event in ("INSERT", "UPDATE"):
            name = f"{texts}_{event}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} AFTER {event} ON {rows} BEGIN {write} WHERE n = NEW.n; END"
            )


def _wanted(parts: Parts, fields: frozenset[str]) -> list[str]:
    everything = not fields
    fields = frozenset() if "none" in fields else fields
    return [part for name, part in parts.items() if everything or name in fields or name in _ALWAYS]


def _concatenated(parts: list[str]) -> str:
    return f"({' || '.join(parts)})"


def _sql(template: str) -> str:
    """Return the SQL of a text in which SQL stands between angle brackets."""
    literal, *rest = re.split("<(.+?)>", template)
    pieces = [_literal(literal)]
    for sql, text in zip(rest[::2], rest[1::2], strict=True):
        pieces += [sql, _literal(text)]
    return _concatenated([piece for piece in pieces if piece != "''"])


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def _if(column: str, template: str) -> str:
    """Return the SQL of a text that stands only where a column has something."""
    return f"CASE WHEN coalesce({column}, '') = '' THEN '' ELSE {_sql(template)} END"


def _moment(name: str, column: str) -> str:
    """Return the SQL of a time as servers write it; in the table it stands in UTC, with `+00:00` at the end."""
    thousandths = f"CASE substr({column}, 20, 1) WHEN '.' THEN substr({column}, 20, 4) ELSE '.000' END"
    return _if(column, f',"{name}":"<substr({column}, 1, 19)><{thousandths}>Z"')


def _characteristics(**columns: str) -> str:
    """Return the SQL of those characteristics that a row has, between commas."""
    named = '{{"name":"{}","valueType":"string","value":<json_quote({})>}},'
    every = [_if(column, named.format(name, column)) for name, column in columns.items()]
    return f"rtrim({_concatenated(every)}, ',')"


def _by_offering(template: str) -> str:
    """Return the SQL of a text that names an offering: its id, then its name."""
    texts = ((each.id, template % (each.id, json.dumps(each.name))) for each in OFFERINGS.values())
    cases = (f"WHEN '{identity}' THEN {_literal(text)}" for identity, text in texts)
    return f"CASE offering {' '.join(cases)} END"


def _closing(driver: sqlite3.Connection) -> Parts:
    contract = state.contract(driver)
    return {
        "relatedParty": f"{json.dumps(documents.customer(contract))}]",
        "isBundle": ',"isBundle":false',
        "billingAccount": f',"billingAccount":{json.dumps({"id": f"ba-{contract.organisation}"})}',
        "agreement": f',"agreement":{json.dumps([{"id": contract.id}])}',
    }


_PRODUCT_CHARACTERISTICS = _characteristics(
    msisdn="number", iccid="iccid", eid="eid", simType="sim_type", label="label", costCentre="cost_centre"
)
_INDIVIDUAL_CHARACTERISTICS = _characteristics(costCentre="cost_centre", team="team")
_RELIES = ',"productRelationship":[{"relationshipType":"reliesOn","product":{"id":"<parent>"}}]'
_USER = ',"relatedParty":[{"id":"<user_id>","role":"user","@referredType":"Individual"},'
_WORK = '{"contactType":"work","emailAddress":<json_quote(email)>}'
_EMPLOYEE = ',"externalReference":[{"externalReferenceType":"employeeId","name":<json_quote(employee_id)>}]'
PRODUCTS = Prepared(
    "products",
    "product_texts",
    kept={  # ids and states are the operator's own, and have nothing to escape
        "id": _sql('"id":"<id>"'),
        "href": _sql(f',"href":"{documents.INVENTORY}/product/<id>"'),
        "status": _sql(',"status":"<status>"'),
        "productOffering": _by_offering(',"productOffering":{"id":"%s","name":%s}'),
        "productCharacteristic": _sql(f',"productCharacteristic":[<{_PRODUCT_CHARACTERISTICS}>]'),
        "startDate": _moment("startDate", "started"),
        "terminationDate": _moment("terminationDate", "terminated"),
        "productRelationship": _if("parent", _RELIES),
        "relatedParty": _sql(_USER),  # the customer, who is the same everywhere, follows
    },
    made={"name": _by_offering('"name":%.0s%s,')},
    closing=_closing,
)
INDIVIDUALS = Prepared(
    "individuals",
    "individual_texts",
    kept={
        "id": _sql('"id":"<id>"'),
        "href": _sql(f',"href":"{documents.PARTY}/individual/<id>"'),
        "givenName": _sql(',"givenName":<json_quote(given_name)>'),
        "familyName": _sql(',"familyName":<json_quote(family_name)>'),
        "fullName": _sql(",\"fullName\":<json_quote(given_name || ' ' || family_name)>"),
        "contactMedium": _sql(f',"contactMedium":[{{"mediumType":"email","preferred":true,"characteristic":{_WORK}}}]'),
        "externalReference": _if("employee_id", _EMPLOYEE),
        "partyCharacteristic": _if(
            "coalesce(cost_centre, '') || coalesce(team, '')",
            f',"partyCharacteristic":[<{_INDIVIDUAL_CHARACTERISTICS}>]',
        ),
    },
    made={},
    closing=lambda _: {"status": ',"status":"validated"'},
)
#: What a file says of itself whose texts are these.
VERSION = crc32(f"{PRODUCTS.text} {INDIVIDUALS.text}".encode()) & 0x7FFFFFFF
