"""Say what dates in the files will change by themselves: services, bundles, options, and the rules of fleet.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from reconciler.errors import quoted
from reconciler.model.catalogue import Catalogue
from reconciler.model.config import FleetConfig
from reconciler.model.fleet import DesiredFleet, Service, Turn
from reconciler.model.money import Money, total
from reconciler.model.plan import Turning, Upcoming
from reconciler.planning import billing
from reconciler.planning.scope import is_ignored
from reconciler.planning.targets import is_targeted

#: How many days ahead a plan looks.
AHEAD = 30
_DAY = timedelta(days=1)


def ahead(day: date, days: int) -> date:
    """Return the last of the `days` after `day`; the calendar ends with the year 9999."""
    return day + timedelta(days=min(days, (date.max - day).days))


def upcoming(
    fleet: DesiredFleet, catalogue: Catalogue | None, *, day: date, until: date, targets: Sequence[str] = ()
) -> tuple[Upcoming, ...]:
    """Return what changes after `day` up to and including `until`, by day; without a catalogue nobody knows a price.

    Of a fleet, `turns` says what changes in its services. What is ignored is left out, and so is what is not one of
    `targets`, the rules among that.
    """
    found = [
        _of_service(turn, catalogue, fleet.config.currency)
        for turn in fleet.turns
        if day < turn.day <= until and _concerns(turn, fleet, targets)
    ]
    if not targets:
        found += (each for each in _of_rules(fleet.config) if day < each.day <= until)
    return tuple(sorted(found, key=lambda each: (each.day, each.user or "", each.label or "", each.kind, each.what)))


def _concerns(turn: Turn, fleet: DesiredFleet, targets: Sequence[str]) -> bool:
    service = _subject(turn)
    targeted = is_targeted(service.address, user=service.user, cost_centre=service.cost_centre, targets=targets)
    return targeted and not is_ignored(fleet, service.user)


def _subject(turn: Turn) -> Service:
    service = turn.after or turn.before
    assert service is not None, "a turn has a service before it or after it"
    return service


def _of_service(turn: Turn, catalogue: Catalogue | None, currency: str) -> Upcoming:
    service = _subject(turn)
    kind, what = _words(turn, service)
    delta = _fee(turn.after, catalogue, currency), _fee(turn.before, catalogue, currency)
    monthly = delta[0] - delta[1] if delta[0] is not None and delta[1] is not None else None
    return Upcoming(turn.day, kind, what, service.user, service.label, monthly, turn.place)


def _words(turn: Turn, service: Service) -> tuple[Turning, str]:
    before, after = turn.before, turn.after
    offer = " + ".join([service.bundle, *sorted(service.options)])
    if before is None:
        return Turning.SERVICE_BEGINS, f"the service begins: {offer}"
    if after is None:
        return Turning.SERVICE_ENDS, f"the service ends: {offer}"
    if before.bundle != after.bundle:
        return Turning.BUNDLE_CHANGES, f"bundle {before.bundle} → {after.bundle}"
    [option] = before.options ^ after.options
    if option in after.options:
        return Turning.OPTION_BEGINS, f"option {option} begins"
    return Turning.OPTION_ENDS, f"option {option} ends"


def _fee(service: Service | None, catalogue: Catalogue | None, currency: str) -> Money | None:
    """Return the monthly fee of a service, nothing for none; None where a word of it has no price that is known."""
    if catalogue is None:
        return None
    if service is None:
        return total((), currency=currency)
    if not all(map(catalogue.knows, (service.bundle, *service.options))):
        return None
    return billing.monthly(service, catalogue, currency=currency)


def _of_rules(config: FleetConfig) -> Iterator[Upcoming]:
    """Yield the ends of rules: the first day on which each does not hold any more."""
    for rule in config.protect:
        if rule.until and rule.until < date.max:
            what = f"the protection of {quoted(rule.subject)} ends" + (f" ({rule.reason})" if rule.reason else "")
            yield Upcoming(rule.until + _DAY, Turning.PROTECTION_ENDS, what, place=rule.place)
    for override in config.overrides:
        if override.until < date.max:
            what = f"the override of {override.check} ends ({override.reason})"
            yield Upcoming(override.until + _DAY, Turning.OVERRIDE_ENDS, what, place=override.place)
    for granted in config.quota.exceptions:
        if granted.until and granted.until < date.max:
            what = f"the exception {granted.reference} ends, with {granted.removals} removals"
            yield Upcoming(granted.until + _DAY, Turning.EXCEPTION_ENDS, what, place=granted.place)
