"""Take a new user: an individual with a name of its own and an e-mail address nobody else has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from reconciler.sandbox import state
from reconciler.sandbox.items import Malformed
from reconciler.sandbox.schema import individuals


class Known(Exception):
    """Somebody else has that e-mail address."""


def create(connection: Connection, body: Any) -> str:
    """Write a user and return the id.

    Raises Malformed for a body that is no individual, Known where the address is taken and addresses are unique here.
    """
    if not isinstance(body, Mapping):
        raise Malformed("the body is no object")
    given, family = (str(body.get(name) or "").strip() for name in ("givenName", "familyName"))
    if not given or not family:
        raise Malformed("givenName and familyName are needed")
    email = _email(body)
    taken = connection.execute(select(individuals.c.n).where(func.lower(individuals.c.email) == email.lower())).first()
    if taken and state.settings(connection).unique_external_id:
        raise Known(f"there is an individual with the address {email}")
    number = connection.execute(select(func.coalesce(func.max(individuals.c.n), 0))).scalar_one() + 1
    identity = f"ind-{number:07d}"
    connection.execute(
        insert(individuals).values(
            n=number,
            id=identity,
            email=email,
            given_name=given,
            family_name=family,
            cost_centre=_cost_centre(body),
        )
    )
    return identity


def _email(body: Mapping[str, Any]) -> str:
    for medium in body.get("contactMedium") or ():
        address = (medium.get("characteristic") or {}).get("emailAddress") if isinstance(medium, Mapping) else None
        if address and "@" in str(address):
            return str(address)
    raise Malformed("contactMedium has no emailAddress")


def _cost_centre(body: Mapping[str, Any]) -> str | None:
    found = body.get("partyCharacteristic") or ()
    named = {each.get("name"): each.get("value") for each in found if isinstance(each, Mapping)}
    return str(named["costCentre"]) if named.get("costCentre") else None
