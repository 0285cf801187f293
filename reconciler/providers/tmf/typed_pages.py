"""Pages of products and of users, decoded straight to the fields that matter; most of what servers send is dropped.

Only what is written as the standard has it is read here. At anything else, a number where a text should be, a null, a
field that is missing, a status nobody knows, the whole page is given back as not read: `wire` reads it then, with every
leniency, and finds the words for what is wrong with it. What both can read, both read the same.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from sys import intern
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.json import Decoder

from reconciler.errors import UnreadableAnswer
from reconciler.model.fleet import Sim
from reconciler.model.identifiers import user_key
from reconciler.model.snapshot import LiveUser, Presence
from reconciler.providers.tmf.fields import is_eid, is_iccid, is_number, mail_address, telephone_number
from reconciler.providers.tmf.paging import Rows
from reconciler.providers.tmf.skipping import Skipping
from reconciler.providers.tmf.wire import LIVES, SIM_TYPES, ProductRow, day_of, last_day

_Row = TypeVar("_Row")
# Members of an enumeration are slow to look up, and there are a million products.
_GONE, _PRESENT = Presence.GONE, Presence.PRESENT
#: What a class of named values makes of their tuple, without the call that sorts out their names.
_new = tuple.__new__
_NOBODYS = (True, None)
_NO_SKIPPING = Skipping()
_NOTHING = (None, Sim(), None, None)


class _Reference(Struct, gc=False):
    id: str


class _Characteristic(Struct, gc=False):
    name: str
    value: Any = None  # of any type by the standard; what is looked at here has to be text


class _Party(Struct, gc=False):
    id: str
    role: str | None = None


class _Relation(Struct, gc=False):
    relationshipType: str | None = None  # noqa: N815
    product: _Reference | None = None


class _Product(Struct, gc=False):
    id: str
    status: str
    productOffering: _Reference | None = None  # noqa: N815
    productCharacteristic: list[_Characteristic] | None = None  # noqa: N815
    relatedParty: list[_Party] | None = None  # noqa: N815
    startDate: str | None = None  # noqa: N815
    terminationDate: str | None = None  # noqa: N815
    productRelationship: list[_Relation] | None = None  # noqa: N815
    product: list[_Product] | None = None


class _Address(Struct, gc=False):
    emailAddress: str | None = None  # noqa: N815


class _Medium(Struct, gc=False):
    mediumType: str = ""  # noqa: N815
    characteristic: _Address | None = None


class _Individual(Struct, gc=False):
    id: str
    givenName: str | None = None  # noqa: N815
    familyName: str | None = None  # noqa: N815
    contactMedium: list[_Medium] | None = None  # noqa: N815
    partyCharacteristic: list[_Characteristic] | None = None  # noqa: N815


_PRODUCTS = Decoder(list[_Product], float_hook=Decimal)
_INDIVIDUALS = Decoder(list[_Individual], float_hook=Decimal)


class _Odd(Exception):
    """Something is not as the standard has it."""


#: What shows that something is not text, no date or no JSON, or is nested without end.
_ODDITIES = (_Odd, AttributeError, TypeError, ValueError, InvalidOperation, RecursionError, UnreadableAnswer)


def product_page(
    content: bytes, zone: ZoneInfo, customer: str | None, skipping: Skipping = _NO_SKIPPING
) -> Rows[ProductRow] | None:
    """Return the rows of a page of products, those of other customers left out, and those to be skipped.

    None where the page is odd.
    """
    if not skipping.rules:
        return _page(content, _PRODUCTS, lambda product: _product_row(product, zone, customer))

    def row(product: _Product) -> ProductRow | None:
        offering = product.productOffering
        if skipping.leaves_out(product.id, offering.id if offering is not None else None, product.status):
            return None
        return _product_row(product, zone, customer)

    return _page(content, _PRODUCTS, row)


def user_page(content: bytes) -> Rows[LiveUser] | None:
    """Return the users of a page of individuals; None where the page is odd."""
    return _page(content, _INDIVIDUALS, _live_user)


def _page(content: bytes, decoder: Decoder[list[Any]], convert: Callable[[Any], _Row | None]) -> Rows[_Row] | None:
    try:
        if not content.isascii():
            content.decode()  # which the decoder does not look at in what it drops
        items = decoder.decode(content)
        ids = [item.id for item in items]
        if "" in ids:
            raise _Odd
        return ids, [convert(item) for item in items]
    except _ODDITIES:
        return None


def _whose(parties: list[_Party], customer: str | None) -> tuple[bool, str | None]:
    """Tell whether a product is the customer's, or nobody's in particular, and return the id of its user."""
    user, others, ours = None, False, False
    for party in parties:
        role = party.role
        if not party.id or party.id.isspace():
            raise _Odd
        if role == "user":
            if user is not None and user != party.id:
                raise _Odd
            user = party.id
        elif role == "customer":
            ours = ours or party.id == customer
            others = True
    return ours or not others or not customer, user


def _product_row(
    product: _Product, zone: ZoneInfo, customer: str | None, relies_on: str | None = None
) -> ProductRow | None:
    ours, user = _whose(product.relatedParty, customer) if product.relatedParty else _NOBODYS
    if not ours:
        return None
    life = LIVES.get(product.status) or LIVES.get(product.status.strip().lower())
    offering = product.productOffering
    if life is None or offering is None or not offering.id or offering.id.isspace() or not product.id.strip():
        raise _Odd
    presence, state = life
    held = product.productCharacteristic
    number, sim, label, cost_centre = _holding(held) if held else _NOTHING
    started, ended = product.startDate, product.terminationDate
    row = (
        product.id,
        presence,
        intern(offering.id),
        user,
        relies_on or (_relies_on(product.productRelationship) if product.productRelationship else None),
        number,
        sim,
        label,
        cost_centre,
        state,
        day_of(started, zone) if started else None,
        day_of(ended, zone) if ended else None,
        _nested(product.product, zone, product.id) if product.product else (),
        last_day(ended, zone) if ended and presence is _PRESENT else None,
        (),
    )
    return _new(ProductRow, row)


def _nested(products: list[_Product], zone: ZoneInfo, service: str) -> tuple[ProductRow, ...]:
    rows = [_product_row(each, zone, None, service) for each in products]
    return tuple([row for row in rows if row is not None])


def _holding(characteristics: list[_Characteristic]) -> tuple[str | None, Sim, str | None, str | None]:
    """Return the number, SIM, label and cost centre of a product."""
    get = _named(characteristics).get
    number, kind, iccid, eid = get("msisdn"), get("simType"), get("iccid"), get("eid")
    label, cost_centre = get("label"), get("costCentre")
    if number is not None:
        number = telephone_number(number.strip())
        if number is not None and not is_number(number):
            raise _Odd
    if (iccid and not is_iccid(iccid)) or (eid and not is_eid(eid)):
        raise _Odd
    return (
        number,
        _new(Sim, (None if kind is None else SIM_TYPES.get(kind.strip().lower()), iccid or None, eid or None)),
        None if label is None else intern(label.strip()) or None,
        None if cost_centre is None else intern(cost_centre.strip()) or None,
    )


def _named(characteristics: list[_Characteristic]) -> dict[str, Any]:
    """Return characteristics by their names; two of one name are odd, since a null leaves the other in force."""
    named = {each.name: each.value for each in characteristics}
    if len(named) != len(characteristics):
        raise _Odd
    return named


def _relies_on(relations: list[_Relation]) -> str | None:
    for relation in relations:
        if relation.relationshipType == "reliesOn":
            if relation.product is None or not relation.product.id or relation.product.id.isspace():
                raise _Odd
            return relation.product.id
    return None


def _live_user(person: _Individual) -> LiveUser:
    mail = _mail(person.contactMedium) or person.id
    name = f"{(person.givenName or '').strip()} {(person.familyName or '').strip()}".strip()
    named = _named(person.partyCharacteristic) if person.partyCharacteristic else {}
    cost_centre, team = named.get("costCentre"), named.get("team")
    user = (
        user_key(mail),
        person.id,
        name or mail,
        None if cost_centre is None else intern(cost_centre.strip()) or None,
        None if team is None else intern(team.strip()) or None,
    )
    if person.id.isspace():
        raise _Odd
    return _new(LiveUser, user)


def _mail(media: list[_Medium] | None) -> str | None:
    for medium in media or ():
        if medium.mediumType.lower() == "email" and medium.characteristic:
            mail = mail_address(medium.characteristic.emailAddress)
            if mail is not None:
                return mail
    return None
