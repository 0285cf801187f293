"""One currency for everything: amounts of two cannot be added, and nobody here knows a rate."""

from __future__ import annotations

from reconciler.errors import InvalidInput, Problem, bounded
from reconciler.model.catalogue import Bundle, Option
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import Snapshot


def require_one_currency(snapshot: Snapshot, config: FleetConfig) -> None:
    """Raise InvalidInput where the operator's prices are in another currency than `fleet.yaml` says, or in several."""
    catalogue = snapshot.catalogue
    offers: tuple[Bundle | Option, ...] = (*catalogue.bundles.values(), *catalogue.options.values())
    found = sorted({offer.monthly.currency for offer in offers} - {config.currency})
    if found:
        listed = ", ".join(map(bounded, found[:3]))
        message = f"the operator's prices are in {listed}, and the currency of this fleet is {config.currency}"
        raise InvalidInput([Problem(message, None, "Set currency in fleet.yaml to the one the operator bills in.")])
