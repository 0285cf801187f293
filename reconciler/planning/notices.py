"""Notices: what a reader of the plan should know, though it blocks nothing, and what matching could not settle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from reconciler.model.contract import Period
from reconciler.model.fleet import DesiredFleet, DesiredService, State
from reconciler.model.plan import Action, ChangedSince, Finding, Kind, Severity, Status
from reconciler.model.snapshot import LiveService, Presence, Snapshot
from reconciler.planning.match import Matching
from reconciler.planning.scope import Concerned, Scope, is_ignored

#: As many digits of a commit as people write.
_SHORT = 8
SOON = timedelta(days=30)
NOTICE_AHEAD = timedelta(days=90)


def of_changes(changes: ChangedSince | None, snapshot: Snapshot) -> Iterator[Finding]:
    """Say what a plan of what changed leaves out, or why it leaves nothing out."""
    if changes is None:
        return
    since = f"since {changes.ref} ({changes.commit[:_SHORT]})"
    if changes.users is None:
        yield Finding(
            "whole-fleet", Severity.INFO, f"all users are planned, not only those changed {since}: {changes.whole}"
        )
        return
    count, there = len(changes.users), snapshot.totals
    who = f"only the {count} users whose YAML changed" if count != 1 else "only the 1 user whose YAML changed"
    message = (
        f"{who} {since} {'are' if count != 1 else 'is'} planned; the quota is that of all "
        f"{there.services} services of {there.users} users"
    )
    hint = "What drifted or ends by itself elsewhere is in a plan without --changed-since."
    yield Finding("left-out", Severity.INFO, message, hint)


def about(concerned: Concerned, findings: Sequence[Finding], fleet: DesiredFleet) -> Iterator[Finding]:
    """Yield the findings that are of nobody in particular or of whom the plan is about."""
    others = concerned.others(fleet, {found.place.file for found in findings if found.user is None and found.place})
    for found in findings:
        if concerned.is_about(found.user, found.label) if found.user is not None else found.place not in others:
            yield found


def of_matching(matching: Matching) -> Iterator[Finding]:
    """Say what was adopted, and what could be several services and so is left as it is."""
    for desired, live in matching.adopted:
        message = f"{desired.service.address} is live service {live.id}, the only one it can be"
        hint = "Declare its number, so that it stays this one when its bundle changes."
        yield _at(desired, "adopted", Severity.INFO, message, hint)
    for item in matching.unclear:
        names = ", ".join(f"{live.id} ({live.service.address})" for live in item.candidates)
        message = f"{item.desired.service.address} could be any of {names} by its {item.key}"
        if len(item.candidates) == 1:
            message = f"{item.desired.service.address} could be {names}, and so could another service of this user"
        yield _at(item.desired, "ambiguous-match", Severity.ERROR, message, "Declare its number to say which it is.")


def of_fleet(fleet: DesiredFleet, scope: Scope, *, day: date) -> Iterator[Finding]:
    """Say what the files leave out or end soon, and what was odd about them."""
    yield from _unmanaged(scope.unmanaged)
    for problem in fleet.warnings:
        yield Finding("odd-input", Severity.WARNING, problem.message, problem.hint, place=problem.place)
    soon = day + SOON
    for desired in (item for item in fleet.services if item.endings and not is_ignored(fleet, item.service.user)):
        for ending in desired.endings:
            if day <= ending.day <= soon:
                message = f"{desired.service.address}: {ending.what} ends after {ending.day}"
                yield _at(desired, "ends-soon", Severity.WARNING, message)._replace(place=ending.place)


def of_reading(snapshot: Snapshot, *, day: date) -> Iterator[Finding]:
    """Say how old live is where it is an export, and what was odd about reading it."""
    if snapshot.exported is not None:
        days = (day - snapshot.exported.date()).days
        age = f"{days} days ago" if days > 1 else "yesterday" if days == 1 else "today"
        message = f"live is what was exported on {snapshot.exported:%Y-%m-%d at %H:%M}, {age}"
        yield Finding("export-age", Severity.INFO, message, "What was done in the portal since is not in it.")
    for code, message, hint in snapshot.remarks:
        yield Finding(code, Severity.WARNING, message, hint)


def of_pairs(matching: Matching) -> Iterator[Finding]:
    """Say which services the operator has blocked without the files saying so (R8)."""
    for desired, live in (*matching.pairs, *matching.adopted):
        if live.service.state is State.BLOCKED and desired.service.state is None:
            message = f"{desired.service.address} is blocked at the operator and still billed (R8)"
            hint = "It stays blocked; declare 'state: active' to unblock it."
            yield _at(desired, "blocked-at-operator", Severity.WARNING, message, hint)


def of_contract(period: Period, *, contract: str, day: date) -> Iterator[Finding]:
    """Say when notice has to be given, three months before the end of the period, and when it is over (R3)."""
    if day >= period.resets:
        message = f"{day} is after the contract period, which ends on {period.end}; the quota is that of this period"
        yield Finding("contract-notice", Severity.WARNING, message, "A new period has a fresh quota (R2).")
    if period.notice - NOTICE_AHEAD <= day <= period.notice:
        message = f"contract {contract} is renewed on {period.resets} unless notice is given by {period.notice} (R3)"
        yield Finding("contract-notice", Severity.INFO, message)


def of_lookalikes(actions: Sequence[Action]) -> Iterator[Finding]:
    """Point out a removal and an addition that look like one transfer or one change; they are never merged."""
    removals = defaultdict(list)
    for action in actions:
        if action.kind is Kind.REMOVE and action.status is not Status.IN_FLIGHT:
            for trait in _traits(action):
                removals[trait].append(action)
    for action in actions:
        if action.kind is not Kind.ADD or action.status is Status.IN_FLIGHT:
            continue
        twins = {twin.id: trait for trait in _traits(action) for twin in removals[trait]}
        for twin, (what, value) in sorted(twins.items()):
            message = f"removing {twin} and adding {action.id} look like one change: same {what} ({value})"
            hint = "To keep the number and the quota, declare the number of the live service on the new one."
            yield Finding(
                "looks-like-transfer", Severity.WARNING, message, hint, action.user, action.label, action.place
            )


def _traits(action: Action) -> Iterable[tuple[str, str]]:
    service = action.after or action.before
    if service is None:
        return
    if service.number:
        yield "number", service.number
    if service.sim.iccid:
        yield "SIM", service.sim.iccid
    yield "user and bundle", f"{service.user}, {service.bundle}"
    if action.kind is Kind.ADD or service.label is None:
        yield "user, and it has no label", service.user


def _unmanaged(services: Sequence[LiveService]) -> Iterator[Finding]:
    counts = Counter(item.service.user for item in services if item.presence is not Presence.GOING)
    for user, count in sorted(counts.items()):
        message = f"{user} has {count} live service{'s' if count != 1 else ''} and is not declared; left alone"
        hint = "Declare the user to manage them, or 'services: {}' to remove them."
        yield Finding("unmanaged", Severity.INFO, message, hint, user)


def _at(desired: DesiredService, code: str, severity: Severity, message: str, hint: str | None = None) -> Finding:
    return Finding(code, severity, message, hint, desired.service.user, desired.service.label, desired.place)
