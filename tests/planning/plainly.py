"""A plan made the plain way: every service goes through matching and checks, everything is indexed, all is added up.

It is what `planner.plan` has to come to, which looks at most services of a large fleet once and counts them.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredFleet
from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Choices, Finding, Quota
from reconciler.model.snapshot import Presence, Snapshot
from reconciler.planning import billing, guards, notices, partial
from reconciler.planning.actions import Maker
from reconciler.planning.checks import Facts, check
from reconciler.planning.match import Matching
from reconciler.planning.overrides import in_force
from reconciler.planning.quota import quota
from reconciler.planning.scope import Scope, concerned_by
from reconciler.planning.targets import is_targeted
from reconciler.planning.uncertain import sort_sides
from reconciler.planning.values_missing import guard_values


class Plain(NamedTuple):
    """What of a plan depends on every service."""

    actions: list[Action]
    findings: set[Finding]
    quota: Quota
    monthly_before: Money
    unchanged: int
    unmanaged: int


def plainly(fleet: DesiredFleet, snapshot: Snapshot, day: date, choices: Choices) -> Plain:
    """Return what a plan of two complete sides comes to, creations and what is said of no service aside."""
    config = fleet.config
    sides = sort_sides(fleet, snapshot, fleet.services, snapshot.services)
    within, matching = sides.within, sides.matching
    findings = [*notices.of_matching(matching), *notices.of_pairs(matching), *notices.of_fleet(fleet, within, day=day)]
    findings += partial.of_sides(sides, fleet, snapshot)
    made = Maker(snapshot, fleet.users, day, config.currency, fleet.ended).actions(matching, sides.held)
    known = facts(fleet, snapshot, within, matching, day)
    checked = [check(action, known) for action in made if _wanted(action, choices)]
    findings += [found for _, each in checked for found in each]
    valued, missing = guard_values([action for action, _ in checked], fleet, in_force(config.overrides, day))
    findings += missing
    actions, left, _ = guards.guard_quota(
        valued, quota(config.quota, snapshot, day), fit=choices.fit_quota, contact="x"
    )
    actions, limited = guards.guard_limits(
        actions, config.limits, in_force(config.overrides, day), services=len(within.live), currency=config.currency
    )
    findings += [*limited, *notices.of_lookalikes(actions)]
    concerned = concerned_by(actions, choices, fleet, snapshot)
    touched = {action.live_id for action in actions}
    fees = (
        billing.monthly(item.service, snapshot.catalogue, currency=config.currency)
        for item in concerned.of(snapshot.services)
        if item.presence is not Presence.GOING
    )
    paired = [live for _, live in (*matching.pairs, *matching.adopted)]
    return Plain(
        actions,
        {found for found in findings if found.user is None or concerned.is_about(found.user, found.label)},
        left,
        total(fees, currency=config.currency),
        sum(1 for item in concerned.of(paired) if item.id not in touched),
        sum(1 for _ in concerned.of(within.unmanaged)),
    )


def scope(fleet: DesiredFleet, snapshot: Snapshot) -> Scope:
    """Return whose services are whose, each rule asked about each service."""

    def ignored(user: str) -> bool:
        return any(fnmatchcase(user, str(rule.user).lower()) for rule in fleet.config.ignore)

    def ours(user: str) -> bool:
        return fleet.config.ownership is Ownership.ORGANISATION or user in fleet.users

    ruled_out = [item for item in snapshot.services if ignored(item.service.user)]
    others = [item for item in snapshot.services if not ignored(item.service.user)]
    return Scope(
        desired=tuple(item for item in fleet.services if not ignored(item.service.user)),
        live=tuple(item for item in others if ours(item.service.user)),
        unmanaged=tuple(item for item in others if not ours(item.service.user)),
        ignored=tuple(ruled_out),
    )


def facts(fleet: DesiredFleet, snapshot: Snapshot, within: Scope, matching: Matching, day: date) -> Facts:
    """Index every number and SIM there is."""
    claims = Counter(item.service.number for item in within.desired if item.service.number)
    claims.update(Counter(item.service.sim.iccid for item in within.desired if item.service.sim.iccid))
    held = {item.service.number: item.id for item in snapshot.services if item.service.number}
    gone = {item.service.number: item.terminated for item in snapshot.gone if item.service.number}
    return Facts(
        snapshot,
        held_numbers=held,
        held_sims={item.service.sim.iccid: item.id for item in snapshot.services if item.service.sim.iccid},
        kept=frozenset(item.id for item in (*within.unmanaged, *within.ignored)),
        claims=claims,
        protect=tuple(rule for rule in fleet.config.protect if rule.until is None or day <= rule.until),
        unsettled=frozenset(item.desired.service.user for item in matching.unclear),
        overrides=in_force(fleet.config.overrides, day),
        given_up={number: day for number, day in gone.items() if number not in held},
    )


def _wanted(action: Action, choices: Choices) -> bool:
    users = {action.user, action.before.user if action.before else action.user}
    if choices.users is not None and not users & choices.users:
        return False
    return any(is_targeted(action.id, user=user, cost_centre=None, targets=choices.targets) for user in users)
