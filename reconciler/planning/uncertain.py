"""Keep apart what the operator told in part, and whatever it could concern; the rest is planned.

A service whose user nobody can tell may be an ignored or a protected one, or the very one that the files declare under
another name. So it is neither changed nor moved nor removed, and nothing is added that it could be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from reconciler.model.config import FleetConfig, IgnoreRule, ProtectRule
from reconciler.model.fleet import DesiredFleet, DesiredService, Service
from reconciler.model.snapshot import NOBODY, DoubtKind, LiveService, Presence, Snapshot
from reconciler.planning.match import Matching, match
from reconciler.planning.scope import Scope, is_ignored_by, scope_of

# Members of an enumeration are slow to look up, and there are a million services.
_COMING, _GONE = Presence.COMING, Presence.GONE


class Reason(NamedTuple):
    """Why nothing is planned for a live service: a code of docs/checks.md, and what is missing of it in words."""

    code: str
    words: str


NO_USER, NO_ADDRESS, INCOMPLETE = "service-without-user", "user-without-address", "incomplete-service"


class Held(NamedTuple):
    """A declared service that may be a live one of which not enough is told.

    `is_coming` is whether that one is being activated: what is missing will be told then (R6).
    """

    desired: DesiredService
    live: LiveService
    words: str
    is_coming: bool = False


@dataclass(slots=True)
class Sorted:
    """Both sides sorted out: what a plan works on, what was paired, and what is left as it is.

    Of `uncertain` nobody can tell enough, by live id. A declared service is in `matching`, in `held` or in `ignored`.
    """

    within: Scope
    matching: Matching
    uncertain: dict[str, tuple[LiveService, Reason]] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    #: Declared services that a number, a SIM or a live id in an `ignore` rule leaves out.
    ignored: list[DesiredService] = field(default_factory=list)


def sort_sides(
    fleet: DesiredFleet, snapshot: Snapshot, desired: Sequence[DesiredService], live: Sequence[LiveService]
) -> Sorted:
    """Return some services of `fleet` and of the operator, scoped and paired, without what is uncertain."""
    known = _Known.of(fleet, snapshot)
    uncertain: dict[str, tuple[LiveService, Reason]] = {}
    certain, spared = list[LiveService](), list[LiveService]()
    for item in live:
        if known.rules and known.is_ignored(item):
            spared.append(item)
        elif (reason := known.reason(item)) is not None:
            uncertain[item.id] = item, reason
        else:
            certain.append(item)
    ignored = [item for item in desired if known.names(item.service)] if known.rules else []
    wanted = [item for item in desired if not known.names(item.service)] if ignored else desired
    within = scope_of(fleet, wanted, certain)
    within = Scope(within.desired, within.live, within.unmanaged, (*within.ignored, *spared))
    matching = match(within.desired, [item for item in within.live if item.presence is not _GONE])
    sides = Sorted(within, matching, uncertain, ignored=ignored)
    _hold_back(sides, spared, known)
    return sides


@dataclass(frozen=True, slots=True)
class _Known:
    """What tells a live service that is certain from one that is not.

    `rules` are what `ignore` names beside users: numbers, SIMs and live ids. `lost_numbers` and `lost_sims` say which
    rules name one that no live service has, though there are some that do not tell theirs.
    """

    users: Mapping[str, object]
    config: FleetConfig
    addressless: frozenset[str]
    flaws: Mapping[str, str]
    rules: frozenset[str]
    lost_numbers: str = ""
    lost_sims: str = ""

    @classmethod
    def of(cls, fleet: DesiredFleet, snapshot: Snapshot) -> _Known:
        """Return what one reading of live tells."""
        config = fleet.config
        addressless = addressless_users(fleet, snapshot)
        flaws = {doubt.id: doubt.words for doubt in snapshot.doubts if doubt.kind is DoubtKind.SERVICE}
        rules = frozenset(each for rule in config.ignore for each in (rule.number, rule.iccid, rule.live_id) if each)
        named: list[IgnoreRule | ProtectRule] = [*config.ignore, *config.protect]
        numbers = {rule.number for rule in named if rule.number}
        sims = {rule.iccid for rule in named if rule.iccid}
        if numbers:
            numbers -= {item.service.number for item in snapshot.services}
        if sims:
            sims -= {item.service.sim.iccid for item in snapshot.services}
        lost = (", ".join(sorted(each)) for each in (numbers, sims))
        return cls(snapshot.users, config, addressless, flaws, rules, *lost)

    def is_ignored(self, item: LiveService) -> bool:
        """Tell whether a rule names a live service by its id, its number or its SIM."""
        return item.id in self.rules or self.names(item.service)

    def names(self, service: Service) -> bool:
        """Tell whether a rule names a number or a SIM of a service."""
        return service.number in self.rules or service.sim.iccid in self.rules

    def reason(self, item: LiveService) -> Reason | None:
        """Return why a live service is uncertain; None for one that is not."""
        service = item.service
        user = service.user
        if user not in self.users:
            if is_ignored_by(self.config, user):
                return None
            return Reason(NO_USER, "it names no user" if user == NOBODY else f"its user {user} was not read")
        if user in self.addressless and not is_ignored_by(self.config, user):
            return Reason(NO_ADDRESS, f"its user {user} has no e-mail address")
        words = self.flaws.get(item.id) or (None if item.presence is _COMING else self._lacks(service))
        return Reason(INCOMPLETE, words) if words else None

    def _lacks(self, service: Service) -> str | None:
        """Return what a service lacks by which files or rules might name it; None for what they need not."""
        number, iccid = service.number, service.sim.iccid
        if number is None and iccid is None and service.label is None:
            return "it has no number, SIM or label"
        if number is None and self.lost_numbers:
            return f"it has no number, and a rule names {self.lost_numbers}"
        if iccid is None and self.lost_sims:
            return f"it has no ICCID, and a rule names {self.lost_sims}"
        return None

    def may_be_whose(self, item: LiveService, user: str) -> bool:
        """Tell whether an uncertain live service may be a user's: those who have an address are not without one."""
        held = item.service.user
        return held == user or held not in self.users or (held in self.addressless and user not in self.users)


def addressless_users(fleet: DesiredFleet, snapshot: Snapshot) -> frozenset[str]:
    """Return the users who have no address, but for those whom the files name by the operator's id."""
    doubts = snapshot.doubts
    return frozenset(
        each.user for each in doubts if each.kind is DoubtKind.USER and each.user and each.user not in fleet.users
    )


def unexpected_users(fleet: DesiredFleet, snapshot: Snapshot) -> frozenset[str]:
    """Return the users who have no address and should have one: somebody who seems new may be one of them."""
    known = addressless_users(fleet, snapshot)
    return frozenset(each.user for each in snapshot.doubts if each.user in known and not each.expected and each.user)


def _hold_back(sides: Sorted, spared: Sequence[LiveService], known: _Known) -> None:
    """Take out of the matching whatever may be a live service that is uncertain, spared, or not told in full."""
    apart = [*(item for item, _ in sides.uncertain.values()), *spared]
    partial = [item for item in sides.matching.live if _is_partial(item)]
    others = [item for item in (*sides.within.unmanaged, *sides.within.ignored) if item.service.number is None]
    if not apart and not partial and not others:
        return
    pool = _Pool.of(apart, partial, others, known)
    silent = {item.id for item in spared}
    taken, concerned = set[int](), dict[str, tuple[LiveService, Reason]]()
    for desired, candidates in chain(pool.mispaired(sides.matching), pool.unpaired(sides.matching)):
        taken.add(id(desired))
        if all(item.id in silent for item in candidates):
            sides.ignored.append(desired)
            continue
        held = _held(desired, min(candidates, key=_by_id), sides.uncertain)
        sides.held.append(held)
        concerned |= {item.id: (item, Reason(INCOMPLETE, _missing(item))) for item in candidates}
    _drop(sides, taken, concerned)


def _held(desired: DesiredService, live: LiveService, uncertain: Mapping[str, tuple[LiveService, Reason]]) -> Held:
    if live.id in uncertain:
        return Held(desired, live, uncertain[live.id][1].words)
    return Held(desired, live, _missing(live), is_coming=live.presence is _COMING)


def _by_id(item: LiveService) -> str:
    return item.id


def _missing(item: LiveService) -> str:
    if item.presence is _COMING:
        return "it is being activated, and has no number, SIM or label yet (R6)"
    return "it has no number" if item.service.number is None else "it has no ICCID"


def _drop(sides: Sorted, taken: set[int], concerned: Mapping[str, tuple[LiveService, Reason]]) -> None:
    """Take declared services out of the matching, and the live ones that they may be or were paired with."""
    matching = sides.matching
    unpaired = Reason(INCOMPLETE, "which of the declared services it is cannot be told")
    for desired, live in chain(matching.pairs, matching.adopted):
        if id(desired) in taken:
            sides.uncertain.setdefault(live.id, (live, unpaired))
    matching.pairs = [pair for pair in matching.pairs if id(pair[0]) not in taken]
    matching.adopted = [pair for pair in matching.adopted if id(pair[0]) not in taken]
    matching.desired = [item for item in matching.desired if id(item) not in taken]
    if concerned:
        matching.live = [item for item in matching.live if item.id not in concerned]
        for identity, entry in concerned.items():
            if entry[0].presence is not _COMING:
                sides.uncertain.setdefault(identity, entry)


def _is_partial(item: LiveService) -> bool:
    """Tell whether a service that was not paired lacks what it could be told by."""
    service = item.service
    if item.presence is _COMING:
        return service.number is None and service.sim.iccid is None and service.label is None
    return service.number is None or service.sim.iccid is None


Candidates = Sequence[LiveService]


@dataclass(frozen=True, slots=True)
class _Pool:
    """Live services that declared ones may be: those set `apart`, and what was told in part of others."""

    known: _Known
    numbers: Mapping[str, LiveService]
    sims: Mapping[str, LiveService]
    apart: Candidates
    numberless: Candidates
    by_user: Mapping[str, Candidates]

    @classmethod
    def of(cls, apart: Candidates, partial: Candidates, others: Candidates, known: _Known) -> _Pool:
        """Return them indexed; of `others`, who are not ours to plan, only the numbers are missing."""
        by_user: dict[str, list[LiveService]] = defaultdict(list)
        for item in partial:
            by_user[item.service.user].append(item)
        there = (item for item in (*apart, *partial, *others) if item.presence is not _COMING)
        return cls(
            known,
            {item.service.number: item for item in apart if item.service.number},
            {item.service.sim.iccid: item for item in apart if item.service.sim.iccid},
            apart,
            [item for item in there if item.service.number is None],
            by_user,
        )

    def unpaired(self, matching: Matching) -> Iterator[tuple[DesiredService, Candidates]]:
        """Yield what would be added, with what it may be."""
        for desired in matching.desired:
            wanted = desired.service
            found = self._by_value(wanted) or self._lost(wanted) or self._likely(wanted)
            if found:
                yield desired, found

    def mispaired(self, matching: Matching) -> Iterator[tuple[DesiredService, Candidates]]:
        """Yield what was paired by less than the number or the SIM that one set apart has, or may have lost."""
        for desired, live in matching.pairs:
            wanted, held = desired.service, live.service
            if wanted.number == held.number or not (wanted.number or wanted.sim.iccid):
                continue
            found = self._by_value(wanted) or (self._lost(wanted) if wanted.number and held.number else ())
            if found:
                yield desired, found
        for desired, _ in matching.adopted:
            found = self._by_value(desired.service) or self._likely(desired.service)
            if found:
                yield desired, found

    def _by_value(self, wanted: Service) -> Candidates:
        """Return what has the number or the SIM of a declared service."""
        live = self.numbers.get(wanted.number) if wanted.number else None
        live = live or (self.sims.get(wanted.sim.iccid) if wanted.sim.iccid else None)
        return (live,) if live is not None else ()

    def _lost(self, wanted: Service) -> Candidates:
        """Return what may have a declared number or SIM and does not tell: a number comes from whomever has it.

        One that is ported in comes from another operator (R7).
        """
        if wanted.number and wanted.port_in is None:
            return [item for item in self.numberless if not _differ(wanted, item.service)]
        if not wanted.sim.iccid:
            return ()
        theirs = (item for item in self.by_user.get(wanted.user, ()) if item.presence is not _COMING)
        return [item for item in theirs if item.service.sim.iccid is None and not _differ(wanted, item.service)]

    def _likely(self, wanted: Service) -> Candidates:
        """Return what is set apart, or on its way, and may be a declared service by its label or its bundle."""
        coming = (item for item in self.by_user.get(wanted.user, ()) if item.presence is _COMING)
        apart = (item for item in self.apart if self.known.may_be_whose(item, wanted.user))
        return [item for item in chain(apart, coming) if _alike(wanted, item)]


def _alike(wanted: Service, live: LiveService) -> bool:
    """Tell whether a declared service may be a live one by its label, or without one by its bundle.

    A user's service that lost everything it is known by may have been about to change its bundle, too.
    """
    held = live.service
    if held.label:
        alike = held.label == wanted.label
    else:
        lost = held.number is None and held.sim.iccid is None and live.presence is not _COMING
        alike = held.bundle == wanted.bundle or (lost and held.user == wanted.user)
    return alike and not _differ(wanted, held)


def _differ(wanted: Service, held: Service) -> bool:
    """Tell whether a number or a SIM rules out that a declared service is a live one."""
    if wanted.number and held.number:
        return wanted.number != held.number
    return bool(wanted.sim.iccid and held.sim.iccid and wanted.sim.iccid != held.sim.iccid)
