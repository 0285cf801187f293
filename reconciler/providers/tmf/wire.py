"""Documents of the TM Forum APIs to values; no network, no decision.

Read defensively: dates come back rewritten, money as floats, names we do not manage are the operator's. What cannot be
understood raises UnreadableAnswer with the resource's id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from sys import intern
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reconciler.errors import UnreadableAnswer
from reconciler.model.fleet import Sim, SimType, State
from reconciler.model.identifiers import user_key
from reconciler.model.secret import Secret
from reconciler.model.snapshot import LiveUser, Presence
from reconciler.providers.tmf.fields import (
    Document,
    characteristics,
    compact,
    identifier,
    identity_of,
    is_eid,
    is_iccid,
    is_number,
    listed,
    mail_address,
    mapping_of,
    objects,
    telephone_number,
    text_of,
    values_of,
)

_PRESENCE = {
    "created": Presence.COMING,
    "pendingactive": Presence.COMING,
    "active": Presence.PRESENT,
    "suspended": Presence.PRESENT,
    "pendingterminate": Presence.GOING,
    "terminated": Presence.GONE,
    "cancelled": Presence.GONE,
    "aborted": Presence.GONE,
}
#: A status in small letters → where a product is in its life, and whether it can be used.
LIVES = {
    status: (presence, State.BLOCKED if status == "suspended" else State.ACTIVE)
    for status, presence in _PRESENCE.items()
}
SIM_TYPES = {str(kind): kind for kind in SimType}
# Members of an enumeration are slow to look up, and there are a million products.
_GONE, _PRESENT = Presence.GONE, Presence.PRESENT
#: Activation code version 1 (GSMA SGP.22) as a QR code carries it: printable, without spaces.
_ACTIVATION_CODE = re.compile(r"LPA:1\$[!-~]+", re.IGNORECASE)


class ProductRow(NamedTuple):
    """What matters of a product: a service, or an option where `relies_on` names one ("" where it names none).

    `flaws` say what of it cannot be understood; such a value is None, and the product is not to be relied on.
    """

    id: str
    presence: Presence
    offering: str
    user: str | None
    relies_on: str | None
    number: str | None
    sim: Sim
    label: str | None
    cost_centre: str | None
    state: State
    started: date | None
    terminated: date | None
    nested: tuple[ProductRow, ...] = ()
    ends: date | None = None
    flaws: tuple[str, ...] = ()


def product_row(
    document: Document, zone: ZoneInfo, *, relies_on: str | None = None, customer: str | None = None
) -> ProductRow:
    """Return the row of a product, with the options nested in it; `customer` is ours by the operator's id.

    What cannot be understood of who has it and what it has becomes a flaw of this product alone. Raises
    UnreadableAnswer where not even its id, its status, its offering or its days are told.
    """
    get = document.get
    identity = identity_of(document, "a product")
    status = str(get("status", "")).strip().lower()  # the published enumeration has "aborted " with a space
    if status not in LIVES:
        raise UnreadableAnswer(f"product {identity} has a status nobody knows: '{get('status', '')}'")
    presence, state = LIVES[status]
    offering = identifier(mapping_of(get("productOffering")).get("id"))
    if not offering and presence is not _GONE:
        raise UnreadableAnswer(f"product {identity} has no productOffering")
    flaws: list[str] = []
    held = _holding(document, flaws)
    user = _user(document, flaws, customer)
    relied = relies_on if relies_on is not None else _relies_on(document, flaws)
    nested = listed(document, "product", flaws)
    label, cost_centre, ended = held.get("label"), held.get("costCentre"), get("terminationDate")
    return ProductRow(
        identity,
        presence,
        intern(str(offering)),
        user,
        relied,
        _number(held, flaws),
        _sim(held, flaws),
        intern(label) if label else None,
        intern(cost_centre) if cost_centre else None,
        state,
        local_day(get("startDate"), zone),
        local_day(ended, zone) if ended else None,
        tuple(product_row(item, zone, relies_on=identity) for item in nested),
        last_day(ended, zone) if ended and presence is _PRESENT else None,
        tuple(flaws),
    )


def is_of(document: Document, customer: str | None) -> bool:
    """Tell whether a product is a customer's, by the operator's id of it, or nobody's in particular.

    One whose customer cannot be understood may be ours: `product_row` finds the flaw in it.
    """
    customers = _customers(document, customer)
    return not customers or not customer or customer in customers or None in customers


def _customers(document: Document, ours: str | None) -> list[str | None]:
    """Return the ids of a product's customers; None for one that is not told, or no text where ours is one."""
    parties = [party for party in listed(document, "relatedParty", []) if party.get("role") == "customer"]
    told = [party.get("id") for party in parties]
    numeric = ours is None or ours.isdecimal()
    return [identifier(each) if numeric or isinstance(each, str) else None for each in told]


def activation_code(document: Document) -> Secret | None:
    """Return the activation code of a product; it is never quoted, not even where it is none that can be used."""
    code = characteristics(objects(document, "productCharacteristic")).get("activationCode")
    if not code:
        return None
    if not _ACTIVATION_CODE.fullmatch(code):
        raise UnreadableAnswer(f"product {document.get('id')} has an activation code that is none; expected LPA:1$…")
    return Secret(code)


def live_user(document: Document) -> LiveUser:
    """Return the user an individual is; its key is its e-mail address, or its id where it has none."""
    identity = identity_of(document, "an individual")
    mails = (
        mail_address(mapping_of(medium.get("characteristic")).get("emailAddress"))
        for medium in listed(document, "contactMedium", [])
        if str(medium.get("mediumType", "")).lower() == "email"
    )
    mail = next((mail for mail in mails if mail), None) or identity
    name = f"{text_of(document.get('givenName')) or ''} {text_of(document.get('familyName')) or ''}".strip()
    named = values_of(listed(document, "partyCharacteristic", []), ("costCentre", "team"), [])
    cost_centre, team = named.get("costCentre"), named.get("team")
    return LiveUser(
        user_key(mail),
        identity,
        name or mail,
        intern(cost_centre) if cost_centre else None,
        intern(team) if team else None,
    )


def has_address(user: LiveUser) -> bool:
    """Tell whether a user is known by an e-mail address; else only by the operator's id."""
    return "@" in user.key


def instant(value: object) -> datetime | None:
    """Return the moment a date-time of the wire names, whatever its precision; None where there is none."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise UnreadableAnswer(f"'{value}' is no date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))


def local_day(value: object, zone: ZoneInfo) -> date | None:
    """Return the day a moment falls on where the fleet is."""
    return day_of(str(value), zone) if value else None


@lru_cache(maxsize=4096)
def day_of(value: str, zone: ZoneInfo) -> date | None:
    """Return the day of a moment as text; a fleet has few of them."""
    moment = instant(value)
    return moment.astimezone(zone).date() if moment else None


def last_day(value: object, zone: ZoneInfo) -> date | None:
    """Return the last day of what ends at a moment: one that ends at midnight is not there on the day that begins."""
    moment = instant(value)
    return (moment.astimezone(zone) - timedelta(microseconds=1)).date() if moment else None


_MANAGED = ("msisdn", "iccid", "eid", "simType", "label", "costCentre")


def _holding(document: Document, flaws: list[str]) -> dict[str, str]:
    return values_of(listed(document, "productCharacteristic", flaws), _MANAGED, flaws)


def _user(document: Document, flaws: list[str], customer: str | None) -> str | None:
    """Return the operator's id of the user of a product; None where none is named."""
    parties = listed(document, "relatedParty", flaws)
    if any(not isinstance(party.get("role"), str | None) for party in parties):
        flaws.append("the role of a party is no text")
    customers = _customers(document, customer) if customer else []
    if None in customers and customer not in customers:
        flaws.append("its customer is not told")
    users = dict.fromkeys(identifier(party.get("id")) for party in parties if party.get("role") == "user")
    if len(users) > 1:
        flaws.append("it has several users")
        return None
    return next(iter(users), None)


def _relies_on(document: Document, flaws: list[str]) -> str | None:
    """Return the id of what an option relies on, "" where it relies on something untold; None for a service."""
    for relation in listed(document, "productRelationship", flaws):
        if relation.get("relationshipType") == "reliesOn":
            return identifier(mapping_of(relation.get("product")).get("id")) or ""
    return None


def _number(named: Mapping[str, str], flaws: list[str]) -> str | None:
    number = telephone_number(named.get("msisdn"))
    if number is None or is_number(number):
        return number
    flaws.append("msisdn is no telephone number")
    return None


def _sim(named: Mapping[str, str], flaws: list[str]) -> Sim:
    kind, iccid, eid = named.get("simType"), compact(named.get("iccid")), compact(named.get("eid"))
    if iccid and not is_iccid(iccid):
        flaws.append("iccid is no ICCID")
        iccid = None
    if eid and not is_eid(eid):
        flaws.append("eid is no EID")
        eid = None
    return Sim(SIM_TYPES.get(kind.lower()) if kind else None, iccid or None, eid or None)
