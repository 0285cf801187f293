"""Users and services as JSON text straight from their rows: lists of them are most of what a plan reads.

The same documents as `documents` makes, and a test holds the two together; a hundred thousand of them take a fifth of
the time this way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Row

from reconciler.sandbox import documents, state
from reconciler.sandbox.catalogue import OFFERINGS

#: Makes the text of one attribute of a row, empty for one it has not.
Part = Callable[[Any], str]
Writer = Callable[[Row[Any]], str]
_ALWAYS = ("id", "href", "@type")
_quoted = json.encoder.encode_basestring_ascii
_NAMED = ("msisdn", "iccid", "eid", "simType", "label", "costCentre")


def products(contract: state.ContractState, fields: frozenset[str]) -> Writer:
    """Return what writes a product, an option beside its service, with the attributes of `fields`; all for none."""
    customer = json.dumps(documents.customer(contract))
    account, agreement = json.dumps({"id": f"ba-{contract.organisation}"}), json.dumps([{"id": contract.id}])

    @cache
    def offering(identity: str) -> str:
        return json.dumps({"id": identity, "name": OFFERINGS[identity].name})

    def parties(row: Any) -> str:
        return f'[{{"id": {_quoted(row.user_id)}, "role": "user", "@referredType": "Individual"}}, {customer}]'

    def relies(row: Any) -> str:
        if not row.parent:
            return ""
        return f'[{{"relationshipType": "reliesOn", "product": {{"id": {_quoted(row.parent)}}}}}]'

    return _writer(
        {
            "id": lambda row: _quoted(row.id),
            "href": lambda row: f'"{documents.INVENTORY}/product/{row.id}"',
            "name": lambda row: _quoted(OFFERINGS[row.offering].name),
            "status": lambda row: _quoted(row.status),
            "isBundle": lambda _: "false",
            "productOffering": lambda row: offering(row.offering),
            "productCharacteristic": _characteristics,
            "relatedParty": parties,
            "billingAccount": lambda _: account,
            "agreement": lambda _: agreement,
            "startDate": lambda row: _moment(row.started),
            "terminationDate": lambda row: _moment(row.terminated),
            "productRelationship": relies,
        },
        fields,
    )


def individuals(fields: frozenset[str]) -> Writer:
    """Return what writes a user."""

    def medium(row: Any) -> str:
        work = f'{{"contactType": "work", "emailAddress": {_quoted(row.email)}}}'
        return f'[{{"mediumType": "email", "preferred": true, "characteristic": {work}}}]'

    def reference(row: Any) -> str:
        if not row.employee_id:
            return ""
        return f'[{{"externalReferenceType": "employeeId", "name": {_quoted(row.employee_id)}}}]'

    def characteristics(row: Any) -> str:
        named = (("costCentre", row.cost_centre), ("team", row.team))
        words = [_named(name, value) for name, value in named if value]
        return f"[{', '.join(words)}]" if words else ""

    return _writer(
        {
            "id": lambda row: _quoted(row.id),
            "href": lambda row: f'"{documents.PARTY}/individual/{row.id}"',
            "givenName": lambda row: _quoted(row.given_name),
            "familyName": lambda row: _quoted(row.family_name),
            "fullName": lambda row: _quoted(f"{row.given_name} {row.family_name}"),
            "status": lambda _: '"validated"',
            "contactMedium": medium,
            "externalReference": reference,
            "partyCharacteristic": characteristics,
        },
        fields,
    )


def _writer(parts: Mapping[str, Part], fields: frozenset[str]) -> Writer:
    fields = frozenset({"none"}) if "none" in fields else fields
    wanted = [(f'"{name}": ', part) for name, part in parts.items() if not fields or name in fields or name in _ALWAYS]

    def write(row: Any) -> str:
        return "{" + ", ".join([head + text for head, part in wanted if (text := part(row))]) + "}"

    return write


def _characteristics(row: Any) -> str:
    values = (row.number, row.iccid, row.eid, row.sim_type, row.label, row.cost_centre)
    named = [_named(name, value) for name, value in zip(_NAMED, values, strict=True) if value]
    return f"[{', '.join(named)}]"


def _named(name: str, value: str) -> str:
    return f'{{"name": "{name}", "valueType": "string", "value": {_quoted(value)}}}'


@lru_cache(maxsize=4096)
def _moment(text: str | None) -> str:
    moment = documents.moment(text)
    return "" if moment is None else f'"{moment}"'
