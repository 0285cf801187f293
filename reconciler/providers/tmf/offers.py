"""What is on offer and what was agreed: documents of the catalogue and of the contract to values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from reconciler.errors import UnreadableAnswer
from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.model.contract import Contract, Period
from reconciler.model.money import Money
from reconciler.providers.tmf.fields import Document, characteristics, identity_of, mapping_of, objects, text_of
from reconciler.providers.tmf.wire import instant


def catalogue(offerings: Iterable[Document], prices: Iterable[Document], currency: str) -> Catalogue:
    """Return the catalogue; an offering's monthly fee is the sum of its recurring monthly prices in `currency`.

    What has none in it is not on offer here.
    """
    fees = {identity_of(price, "a price"): fee for price in prices if (fee := _monthly(price)) is not None}
    fees = {identity: fee for identity, fee in fees.items() if fee.currency == currency}
    bundles: dict[str, Bundle] = {}
    options: dict[str, Option] = {}
    for offering in offerings:
        identity = identity_of(offering, "an offering")
        name = text_of(offering.get("name")) or identity
        references = [str(reference.get("id")) for reference in objects(offering, "productOfferingPrice")]
        known = [fees[reference] for reference in references if reference in fees]
        if not known:
            continue
        monthly = Money(sum((fee.amount for fee in known), Decimal(0)), known[0].currency).cents()
        retired = offering.get("lifecycleStatus") in ("Retired", "Obsolete")
        sellable = _is_sellable(offering) and not retired
        categories = {str(category.get("name", "")).lower() for category in objects(offering, "category")}
        if "option" in categories:
            options[identity] = Option(identity, name, monthly, sellable)
        elif "bundle" in categories:
            bundles[identity] = Bundle(identity, name, monthly, sellable, _carries(offering))
    return Catalogue(bundles, options)


def contract(document: Document, zone: ZoneInfo) -> Contract:
    """Return the contract an agreement is, with what the operator says of its quota."""
    identity = identity_of(document, "an agreement")
    period = mapping_of(document.get("agreementPeriod"))
    start, end = _edge(period.get("startDateTime"), zone), _edge(period.get("endDateTime"), zone)
    if start is None or end is None:
        raise UnreadableAnswer(f"agreement {identity} has no agreementPeriod with a start and an end")
    named = characteristics(objects(document, "characteristic"))
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


def _edge(value: object, zone: ZoneInfo) -> date | None:
    """Return the day of a period's edge: servers write it as midnight or its last second, in any zone."""
    moment = instant(value)
    if moment is None:
        return None
    on_edge = (moment.hour, moment.minute) in ((0, 0), (23, 59))
    return moment.date() if on_edge else moment.astimezone(zone).date()


def _is_sellable(offering: Document) -> bool:
    """Tell whether an offering is on sale: it is where the server does not say; UnreadableAnswer for no yes or no."""
    value = offering.get("isSellable")
    word = "true" if value is None else str(value).lower()
    if word not in ("true", "false"):
        raise UnreadableAnswer(f"offering {offering.get('id')} has an isSellable that is neither true nor false")
    return word == "true"


def _carries(offering: Document) -> frozenset[str]:
    relations = objects(offering, "productOfferingRelationship")
    return frozenset(str(item.get("id")) for item in relations if item.get("relationshipType") == "optionalAddOn")


def _monthly(price: Document) -> Money | None:
    """Return a recurring monthly price; None for any other kind of price."""
    if price.get("priceType") != "recurring" or price.get("recurringChargePeriodType") not in ("month", "monthly"):
        return None
    value = mapping_of(price.get("price"))
    try:
        amount = Decimal(str(value["value"]))
    except (KeyError, InvalidOperation) as error:
        raise UnreadableAnswer(f"price {price.get('id')} has no value") from error
    unit = text_of(value.get("unit") or "EUR")
    if not amount.is_finite() or unit is None:
        raise UnreadableAnswer(f"price {price.get('id')} has no amount in a currency")
    return Money(amount.quantize(Decimal("0.01")), unit)
