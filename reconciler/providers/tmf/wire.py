"""Documents of the TM Forum APIs to values; no network, no decision.

Read defensively: dates come back rewritten, money as floats, names we do not manage are the operator's. What cannot be
understood raises UnreadableAnswer with the resource's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from sys import intern
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from reconciler.errors import UnreadableAnswer
from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.model.contract import Contract, Period
from reconciler.model.fleet import Sim, SimType, State
from reconciler.model.identifiers import user_key
from reconciler.model.money import Money
from reconciler.model.secret import Secret
from reconciler.model.snapshot import LiveUser, Presence

Document = Mapping[str, Any]

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
    """What matters of a product: a service, or an option where `relies_on` names one."""

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


def product_row(document: Document, zone: ZoneInfo, *, relies_on: str | None = None) -> ProductRow:
    """Return the row of a product, with the options nested in it."""
    get = document.get
    identity = str(get("id", "?"))
    status = str(get("status", "")).strip().lower()  # the published enumeration has "aborted " with a space
    if status not in LIVES:
        raise UnreadableAnswer(f"product {identity} has a status nobody knows: '{get('status', '')}'")
    presence, state = LIVES[status]
    offering = (get("productOffering") or {}).get("id")
    if not offering and presence is not _GONE:
        raise UnreadableAnswer(f"product {identity} has no productOffering")
    named = characteristics(get("productCharacteristic"))
    label, cost_centre, ended, nested = (
        named.get("label"),
        named.get("costCentre"),
        get("terminationDate"),
        get("product"),
    )
    return ProductRow(
        identity,
        presence,
        intern(str(offering)),
        _party(document, "user"),
        relies_on or _relies_on(document),
        telephone_number(named.get("msisdn")),
        _sim(named),
        intern(label) if label else None,
        intern(cost_centre) if cost_centre else None,
        state,
        local_day(get("startDate"), zone),
        local_day(ended, zone) if ended else None,
        tuple(product_row(item, zone, relies_on=identity) for item in nested) if nested else (),
        last_day(ended, zone) if ended and presence is _PRESENT else None,
    )


def is_of(document: Document, customer: str | None) -> bool:
    """Tell whether a product is a customer's, by the operator's id of it, or nobody's in particular."""
    customers = [party for party in document.get("relatedParty") or () if party.get("role") == "customer"]
    return not customers or not customer or any(str(party.get("id")) == customer for party in customers)


def activation_code(document: Document) -> Secret | None:
    """Return the activation code of a product; it is never quoted, not even where it is none that can be used."""
    code = characteristics(document.get("productCharacteristic")).get("activationCode")
    if not code:
        return None
    if not _ACTIVATION_CODE.fullmatch(code):
        raise UnreadableAnswer(f"product {document.get('id')} has an activation code that is none; expected LPA:1$…")
    return Secret(code)


def live_user(document: Document) -> LiveUser:
    """Return the user an individual is; its key is its e-mail address, or its id where it has none."""
    identity = str(document["id"])
    mails = (
        (medium.get("characteristic") or {}).get("emailAddress")
        for medium in document.get("contactMedium") or ()
        if str(medium.get("mediumType", "")).lower() == "email"
    )
    mail = next((str(mail) for mail in mails if mail), identity)
    name = f"{document.get('givenName') or ''} {document.get('familyName') or ''}".strip()
    named = characteristics(document.get("partyCharacteristic"))
    cost_centre, team = named.get("costCentre"), named.get("team")
    return LiveUser(
        user_key(mail),
        identity,
        name or mail,
        intern(cost_centre) if cost_centre else None,
        intern(team) if team else None,
    )


def catalogue(offerings: Iterable[Document], prices: Iterable[Document]) -> Catalogue:
    """Return the catalogue; an offering's monthly fee is the sum of its recurring monthly prices."""
    fees = {str(price["id"]): fee for price in prices if (fee := _monthly(price)) is not None}
    bundles: dict[str, Bundle] = {}
    options: dict[str, Option] = {}
    for offering in offerings:
        identity, name = str(offering["id"]), str(offering.get("name") or offering["id"])
        references = [str(reference.get("id")) for reference in offering.get("productOfferingPrice") or ()]
        known = [fees[reference] for reference in references if reference in fees]
        if not known:
            continue
        monthly = Money(sum((fee.amount for fee in known), Decimal(0)), known[0].currency).cents()
        retired = offering.get("lifecycleStatus") in ("Retired", "Obsolete")
        sellable = bool(offering.get("isSellable", True)) and not retired
        categories = {str(category.get("name", "")).lower() for category in offering.get("category") or ()}
        if "option" in categories:
            options[identity] = Option(identity, name, monthly, sellable)
        elif "bundle" in categories:
            bundles[identity] = Bundle(identity, name, monthly, sellable, _carries(offering))
    return Catalogue(bundles, options)


def contract(document: Document, zone: ZoneInfo) -> Contract:
    """Return the contract an agreement is, with what the operator says of its quota."""
    identity = str(document["id"])
    period = document.get("agreementPeriod") or {}
    start, end = _edge(period.get("startDateTime"), zone), _edge(period.get("endDateTime"), zone)
    if start is None or end is None:
        raise UnreadableAnswer(f"agreement {identity} has no agreementPeriod with a start and an end")
    named = characteristics(document.get("characteristic"))
    try:
        return Contract(
            id=identity,
            period=Period(start, end),
            removal_ratio=Decimal(named["removalRatio"]) if named.get("removalRatio") else None,
            removal_base=int(named["removalBase"]) if named.get("removalBase") else None,
            removals_used=int(named["removalsUsed"]) if named.get("removalsUsed") else None,
        )
    except (ValueError, InvalidOperation) as error:
        raise UnreadableAnswer(f"agreement {identity} has quota characteristics that are no numbers") from error


def characteristics(values: Iterable[Document] | None) -> dict[str, str]:
    """Return characteristics as name → value; they are unordered and their values of any type."""
    named: dict[str, str] = {}
    for item in values or ():
        value = item.get("value")
        if value is not None:
            named[str(item.get("name"))] = str(value).strip()
    return named


def telephone_number(value: str | None) -> str | None:
    """Return a number in E.164 whatever way the server writes it."""
    if not value:
        return None
    if value[0] == "+" and value[1:].isdecimal() and value.isascii():
        return value
    digits = "".join(character for character in value if character.isdigit() or character == "+")
    if digits.startswith("00"):
        return "+" + digits[2:]
    return digits if digits.startswith("+") else "+" + digits


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


def _edge(value: object, zone: ZoneInfo) -> date | None:
    """Return the day of a period's edge: servers write it as midnight or its last second, in any zone."""
    moment = instant(value)
    if moment is None:
        return None
    on_edge = (moment.hour, moment.minute) in ((0, 0), (23, 59))
    return moment.date() if on_edge else moment.astimezone(zone).date()


def _party(document: Document, role: str) -> str | None:
    for party in document.get("relatedParty") or ():
        if party.get("role") == role:
            return str(party.get("id"))
    return None


def _relies_on(document: Document) -> str | None:
    for relation in document.get("productRelationship") or ():
        if relation.get("relationshipType") == "reliesOn":
            return str((relation.get("product") or {}).get("id"))
    return None


def _sim(named: Mapping[str, str]) -> Sim:
    kind = named.get("simType")
    return Sim(SIM_TYPES.get(kind.lower()) if kind else None, named.get("iccid") or None, named.get("eid") or None)


def _carries(offering: Document) -> frozenset[str]:
    relations = offering.get("productOfferingRelationship") or ()
    return frozenset(str(item.get("id")) for item in relations if item.get("relationshipType") == "optionalAddOn")


def _monthly(price: Document) -> Money | None:
    """Return a recurring monthly price; None for any other kind of price."""
    if price.get("priceType") != "recurring" or price.get("recurringChargePeriodType") not in ("month", "monthly"):
        return None
    value = price.get("price") or {}
    try:
        amount = Decimal(str(value["value"]))
    except (KeyError, InvalidOperation) as error:
        raise UnreadableAnswer(f"price {price.get('id')} has no value") from error
    return Money(amount.quantize(Decimal("0.01")), str(value.get("unit") or "EUR"))
