"""Make what a file declares say what is live, and no more: what agrees already stays as it is written.

What is declared for other days stays too. Where live was blocked or unblocked against the files, they stop to speak of
it: a block after a theft is not made a wish (R8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.desired.declared import Dated, DeclaredService, Profile
from reconciler.desired.live import Declarer, declarable
from reconciler.desired.profiles import by_offer, with_profile
from reconciler.desired.resolve import bundle_on, is_on
from reconciler.desired.write import SERVICE_KEYS, service_lines
from reconciler.desired.yaml import parse
from reconciler.model.fleet import Service, Sim
from reconciler.model.identifiers import Flaw, eid_flaw, iccid_flaw
from reconciler.model.snapshot import LiveService


@dataclass(frozen=True, slots=True)
class Adapter:
    """Adapts declared services to live ones."""

    declarer: Declarer
    profiles: Mapping[str, Profile]

    def adapted(self, held: DeclaredService, wanted: Service, item: LiveService) -> DeclaredService:
        """Return `held`, which is `wanted` today, as it is live; its cost centre aside."""
        live = item.service
        if held.number and held.number != live.number:
            held = held._replace(number=self.declarer.number(live))
        if held.state and held.state != live.state:
            held = held._replace(state=None)
        held = held._replace(sim=_sim(held.sim, live.sim))
        if (wanted.bundle, wanted.options) == (live.bundle, live.options):
            return held
        return self._with_offer(held, wanted, item)

    def identified(self, held: DeclaredService, item: LiveService) -> DeclaredService | None:
        """Return `held` with what tells that live service from every other, None where nothing does."""
        number, sim = self.declarer.number(item.service), self.declarer.identifying_sim(item.service)
        if number is None and sim.iccid is None:
            return None
        return held._replace(number=number, sim=held.sim._replace(iccid=None if number else sim.iccid))

    def _with_offer(self, held: DeclaredService, wanted: Service, item: LiveService) -> DeclaredService:
        """Return `held` with the bundle and the options that are live, by a profile where one says just that."""
        live, day = item.service, self.declarer.day
        profile = self.profiles[held.profile] if held.profile else Profile()
        given = {option.name for option in profile.options if is_on(option, day)}
        same_bundle = wanted.bundle == live.bundle
        if held.profile and given <= live.options and (same_bundle or held.bundle):
            by_profile = profile.bundle is not None and bundle_on(profile.bundle, day) == live.bundle
            bundle = held.bundle if same_bundle else None if by_profile else Dated(live.bundle)
            return held._replace(bundle=bundle, options=self._options(held.options, given, item))
        bundle = held.bundle or profile.bundle if same_bundle else Dated(live.bundle)
        options = self._options(held.options, set(), item)
        return with_profile(held._replace(profile=None, bundle=bundle, options=options), by_offer(self.profiles))

    def _options(self, held: Sequence[Dated], given: set[str], item: LiveService) -> tuple[Dated, ...]:
        """Return the options to declare beside those a profile has `given`: what fits as it stands, and what is new."""
        day, live = self.declarer.day, item.service.options
        kept = [option for option in held if not is_on(option, day) or option.name in live]
        missing = live - given - {option.name for option in kept if is_on(option, day)}
        added = [option for option in self.declarer.options(item) if option.name in missing]
        return (*(option for option in kept if option.name not in missing), *added)


def values(service: DeclaredService) -> dict[str, Any]:
    """Return a service as the values that stand in a file, by key."""
    read: dict[str, Any] = parse("\n".join(service_lines(service, indent=0)), "").value[service.label]
    return read or {}


def changes(before: DeclaredService, after: DeclaredService) -> dict[str, Any]:
    """Return the values of `after` that `before` does not have, by key; None for what it has no more."""
    old, new = values(before), values(after)
    return {key: new.get(key) for key in SERVICE_KEYS if old.get(key) != new.get(key)}


def centres(
    centre: str | None, services: Sequence[tuple[DeclaredService, str | None]]
) -> tuple[str | None, list[str | None]]:
    """Return the cost centre to declare for a user, and one for each service, so that each is booked as it is live.

    Each service comes with where it is booked. What agrees stays as it is written.
    """
    booked = [declarable(live) for _, live in services]
    own = [held.cost_centre for held, _ in services]
    wrong = [(each or centre) not in (None, live) for each, live in zip(own, booked, strict=True)]
    if not any(wrong):
        return centre, own
    common = set(booked)
    if len(common) == 1 and not any(own):
        return common.pop(), own
    if None in common:
        return None, booked
    return centre, [
        live if bad and live != centre else None if bad else each
        for each, live, bad in zip(own, booked, wrong, strict=True)
    ]


def _sim(held: Sim, live: Sim) -> Sim:
    """Return what is declared of a SIM as it is live; what is not declared stays so."""
    return Sim(
        type=live.type if held.type else None,
        iccid=_valid(live.iccid, iccid_flaw(live.iccid)) if held.iccid and live.iccid else None,
        eid=_valid(live.eid, eid_flaw(live.eid)) if held.eid and live.eid else None,
    )


def _valid(value: str, flaw: Flaw | None) -> str | None:
    return None if flaw and flaw.fatal else value
