"""What this operator offers; the same for every sandbox."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Offering(NamedTuple):
    """A bundle or an option with its monthly fee and, for a bundle, the options it may carry."""

    id: str
    name: str
    category: str
    monthly: Decimal
    sellable: bool = True
    carries: tuple[str, ...] = ()


_VOICE = ("extra-data-10", "extra-data-50", "international-calls", "roaming-eu-plus", "roaming-world", "voicemail-plus")
_DATA = ("extra-data-10", "extra-data-50", "fixed-ip")

_BUNDLES = (
    Offering("data-20", "Data 20 GB", "bundle", Decimal("12.99"), True, _DATA),
    Offering("data-5", "Data 5 GB", "bundle", Decimal("6.50"), True, _DATA),
    Offering("m2m-1", "Machine 1 GB", "bundle", Decimal("2.95"), True, ("fixed-ip",)),
    Offering("mobile-10", "Mobile 10 GB", "bundle", Decimal("10.00"), True, _VOICE),
    Offering("mobile-25", "Mobile 25 GB", "bundle", Decimal("14.50"), True, _VOICE),
    Offering("mobile-classic", "Mobile Classic", "bundle", Decimal("14.00"), False, _VOICE),
    Offering("mobile-max", "Mobile Max", "bundle", Decimal("29.99"), True, _VOICE),
    Offering("mobile-unlimited", "Mobile Unlimited", "bundle", Decimal("18.00"), True, _VOICE),
)
_OPTIONS = (
    Offering("extra-data-10", "Extra data 10 GB", "option", Decimal("8.00")),
    Offering("extra-data-50", "Extra data 50 GB", "option", Decimal("20.00")),
    Offering("fixed-ip", "Fixed IP address", "option", Decimal("3.33")),
    Offering("international-calls", "International calls", "option", Decimal("7.50")),
    Offering("roaming-eu-plus", "Roaming EU plus", "option", Decimal("4.99")),
    Offering("roaming-world", "Roaming world", "option", Decimal("15.00")),
    Offering("voicemail-plus", "Voicemail plus", "option", Decimal("1.25")),
)
OFFERINGS = {offering.id: offering for offering in sorted((*_BUNDLES, *_OPTIONS))}
