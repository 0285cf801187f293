"""Checks: what must be true of each action before it may be ordered.

A check looks at one action and yields findings; an error blocks that action and no other. `docs/checks.md` explains
each code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TypeAlias

from reconciler.errors import quoted
from reconciler.model.config import Overridable, Override, ProtectRule
from reconciler.model.fleet import DesiredFleet, DesiredUser, Service
from reconciler.model.plan import Action, Finding, Kind, Severity, Status
from reconciler.model.snapshot import Doubt, DoubtKind, Snapshot
from reconciler.planning.match import Matching
from reconciler.planning.overrides import in_force, lifted, lifting
from reconciler.planning.scope import Scope, is_ignored
from reconciler.planning.scope import names as names_service
from reconciler.planning.uncertain import unexpected_users
from reconciler.planning.unchanged import Rest


@dataclass(frozen=True, slots=True)
class Facts:
    """What checks look things up in, indexed once per plan."""

    snapshot: Snapshot
    held_numbers: Mapping[str, str]
    held_sims: Mapping[str, str]
    kept: frozenset[str]
    claims: Counter[str]
    protect: tuple[ProtectRule, ...]
    unsettled: frozenset[str]
    overrides: tuple[Override, ...]
    given_up: Mapping[str, date | None]
    #: The users who may be created, by key; None where none may.
    creatable: Mapping[str, DesiredUser] | None = None
    #: What the operator told in part of options and orders, and the users without an address who are a surprise.
    doubts: tuple[Doubt, ...] = ()
    addressless: frozenset[str] = frozenset()


#: From how much of two names on, of 1, one may be the other misspelt.
#: Among more users than this, a guess looks only at those whose length differs by no more than a slip.
_MANY, _SLIP = 2_000, 2
_ALL_BUT_THE_SAME = 0.85
Check: TypeAlias = Callable[[Action, Facts], Iterator[Finding]]


def facts(
    fleet: DesiredFleet,
    snapshot: Snapshot,
    rest: Rest,
    scope: Scope,
    matching: Matching,
    actions: Iterable[Action],
    *,
    day: date,
) -> Facts:
    """Index what the checks of `actions` look up: who holds what, what is protected on `day`, who is mixed up.

    What is unchanged is looked through only where it has a SIM that one of the actions wants; a number it cannot have.
    """
    wanted = {value for action in actions for value in _identifiers(action.after)}
    apart = wanted.isdisjoint(rest.sims)
    held, declared = (rest.live, rest.desired) if apart else (snapshot.services, fleet.services)
    numbers = {item.service.number: item.id for item in held if item.service.number}
    sims = {item.service.sim.iccid: item.id for item in held if item.service.sim.iccid}
    claiming = (item.service for item in declared if not is_ignored(fleet, item.service.user))
    gone = {item.service.number: item.terminated for item in snapshot.gone}
    return Facts(
        snapshot,
        numbers,
        sims,
        kept=frozenset(item.id for item in (*scope.unmanaged, *scope.ignored)),
        claims=Counter(value for service in claiming for value in _identifiers(service)),
        protect=tuple(rule for rule in fleet.config.protect if rule.until is None or day <= rule.until),
        unsettled=frozenset(item.desired.service.user for item in matching.unclear),
        overrides=in_force(fleet.config.overrides, day),
        given_up={number: gone[number] for number in wanted & gone.keys() if number not in numbers},
        creatable=fleet.users if fleet.config.create_users else None,
        doubts=tuple(each for each in snapshot.doubts if each.kind in (DoubtKind.OPTION, DoubtKind.ORDER)),
        addressless=unexpected_users(fleet, snapshot),
    )


def _identifiers(service: Service | None) -> Iterator[str]:
    if service is not None:
        yield from filter(None, (service.number, service.sim.iccid))


def check(action: Action, facts: Facts) -> tuple[Action, list[Finding]]:
    """Return `action`, blocked where a check refuses it, with what the checks found."""
    if action.status is Status.IN_FLIGHT:
        return action, [_on_order(action)]
    findings = [found for each in CHECKS for found in each(action, facts)]
    refused = any(found.severity is Severity.ERROR for found in findings)
    return (action._replace(status=Status.BLOCKED) if refused else action), findings


def finding(action: Action, code: str, severity: Severity, message: str, hint: str | None = None) -> Finding:
    """Return a finding about `action`, at its place."""
    return Finding(code, severity, message, hint, action.user, action.label, action.place)


def _on_order(action: Action) -> Finding:
    return finding(
        action, "order-in-flight", Severity.INFO, f"{action.id}: {action.reason}; nothing is ordered until it ends"
    )


def unknown_user(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse a service for a user the operator does not know (R1), unless the user can be created first."""
    if action.after is None or action.user in facts.snapshot.users:
        return
    near = _nearest(action.user, _likely(action.user, facts.snapshot.users))
    message = f"{action.id}: the operator knows no user {quoted(action.user)}{near}"
    hint = "Have the user created at the operator first, or let fleet do it: 'users: {create: true}' in fleet.yaml."
    if facts.creatable is None:
        yield finding(action, "unknown-user", Severity.ERROR, message, hint)
    elif len((facts.creatable[action.user].name or "").split()) < 2:
        hint = "To have the user created, declare 'name' with the given and the family name."
        yield finding(action, "unknown-user", Severity.ERROR, message, hint)
    elif facts.addressless:
        some = ", ".join(sorted(facts.addressless)[:3])
        message = f"{action.id}: '{action.user}' may be a user whose address the operator does not tell, like {some}"
        hint = "A user cannot be deleted again (R1). Have the operator complete them, or say how many there are."
        yield finding(action, "uncertain-service", Severity.ERROR, message, hint)
    elif lookalike := _lookalike(action.user, facts.snapshot.users):
        both = f"{quoted(action.user)} is created, and looks like {quoted(lookalike)}"
        message = f"{action.id}: {both}, whom the operator knows"
        hint = "A user cannot be deleted again (R1): be sure that this is somebody else, and no slip of the pen."
        yield finding(action, "looks-like-user", Severity.WARNING, message, hint)


def unsettled_user(action: Action, facts: Facts) -> Iterator[Finding]:
    """Hold back what would decide by itself which of a user's services is which, by leaving only one it can be."""
    loose = action.kind is Kind.ADD or (action.kind is Kind.REMOVE and action.before and action.before.label is None)
    if loose and action.user in facts.unsettled and action.status is not Status.BLOCKED:
        message = f"{action.id} waits until it is clear which of {action.user}'s services is which"
        yield finding(action, "ambiguous-match", Severity.ERROR, message, "Declare the numbers to say so.")


def uncertain_service(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse what may be there already, or was done already, for all that the operator told."""
    if not facts.doubts or action.kind is Kind.REMOVE:
        return
    users = {None, action.user, action.before.user if action.before else None}
    before, after = action.before, action.after
    for doubt in facts.doubts:
        if doubt.kind is DoubtKind.ORDER:
            concerned = doubt.ended and doubt.user in users and bool(before and after and before.bundle != after.bundle)
            what = f"order {doubt.id} may have changed its bundle this month (R5): {doubt.words}"
        elif before is None:
            concerned = doubt.service is not None
            what = f"live service {doubt.service} may be it, and was not read: option {doubt.id} relies on it"
        else:
            gained = after.options - before.options if after is not None else frozenset()
            concerned = doubt.option in gained and doubt.user in users
            what = f"option {doubt.id} may be its '{doubt.option}': {doubt.words}"
        if concerned:
            hint = "Run again; if it persists, ask the operator."
            yield finding(action, "uncertain-service", Severity.ERROR, f"{action.id} waits: {what}", hint)
            return


def unknown_bundle(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse a bundle that is not in the catalogue."""
    bundles = facts.snapshot.catalogue.bundles
    if action.after is not None and action.after.bundle not in bundles:
        near = _nearest(action.after.bundle, bundles)
        message = f"{action.id}: the operator has no bundle {quoted(action.after.bundle)}{near}"
        yield finding(action, "unknown-bundle", Severity.ERROR, message, f"Offered are {_some(bundles)}.")


def unknown_option(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse an option that is not in the catalogue."""
    known = facts.snapshot.catalogue.options
    for option in sorted((action.after.options if action.after else frozenset()) - known.keys()):
        message = f"{action.id}: the operator has no option {quoted(option)}{_nearest(option, known)}"
        yield finding(action, "unknown-option", Severity.ERROR, message, f"Offered are {_some(known)}.")


def option_not_allowed(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse an option that does not go with the bundle."""
    after, catalogue = action.after, facts.snapshot.catalogue
    if after is None or after.bundle not in catalogue.bundles:
        return
    allowed = catalogue.bundles[after.bundle].options
    for option in sorted((after.options & catalogue.options.keys()) - allowed):
        message = f"{action.id}: option {quoted(option)} does not go with bundle {quoted(after.bundle)}"
        yield finding(action, "option-not-allowed", Severity.ERROR, message, f"It may carry {_some(allowed)}.")


def not_sellable(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse to order a bundle or an option that is no longer sold; keeping one is fine."""
    after, before, catalogue = action.after, action.before, facts.snapshot.catalogue
    if after is None:
        return
    bundle = catalogue.bundles.get(after.bundle)
    new = bundle is not None and (before is None or before.bundle != after.bundle)
    offers = [bundle] if bundle is not None and new else []
    ordered = after.options - (before.options if before else frozenset())
    withdrawn = [offer.id for offer in offers if not offer.sellable]
    withdrawn += sorted(word for word in ordered if word in catalogue.options and not catalogue.options[word].sellable)
    for word in withdrawn:
        message = f"{action.id}: {quoted(word)} is no longer sold"
        sold = [offer.id for offer in catalogue.bundles.values() if offer.sellable]
        yield finding(action, "bundle-not-sellable", Severity.ERROR, message, f"Bundles on sale are {_some(sold)}.")


def number_conflict(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse a number or a SIM that is in use on another live service."""
    after = action.after
    if after is None:
        return
    wanted = ((after.number, facts.held_numbers, "number"), (after.sim.iccid, facts.held_sims, "SIM"))
    for value, holders, what in wanted:
        holder = holders.get(value) if value else None
        if holder is None or holder == action.live_id:
            continue
        hint = "Remove it there first, or declare its number here to move that service."
        if holder in facts.kept:
            hint = "Its user is not managed by these files; declare that user to transfer the service."
        message = f"{action.id}: {what} {value} is in use on live service {holder}"
        yield finding(action, "number-conflict", Severity.ERROR, message, hint)


def duplicate_service(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse a number or a SIM that the files declare more than once."""
    after = action.after
    for value in (after.number, after.sim.iccid) if after else ():
        if value and facts.claims[value] > 1:
            message = f"{action.id}: {value} is declared {facts.claims[value]} times"
            yield finding(action, "duplicate-service", Severity.ERROR, message, "Declare it on one service.")


def protected(action: Action, facts: Facts) -> Iterator[Finding]:
    """Refuse to remove what `protect` in fleet.yaml covers, also when its block is gone from the users' files."""
    if action.kind is not Kind.REMOVE:
        return
    names = {action.id.lower(), action.before.address.lower() if action.before else ""}
    for rule in facts.protect:
        if _is_protected(action, names, rule, facts):
            reason = f": {rule.reason}" if rule.reason else ""
            message = f"{action.id} is protected by {quoted(rule.subject)}{reason}"
            hint = f"Declare the service again, or change the rule at {rule.place}."
            refusal = finding(action, "protected", Severity.ERROR, message, hint)._replace(place=rule.place)
            override = lifting(facts.overrides, Overridable.PROTECTED, *names)
            yield lifted(refusal, override) if override else refusal
            return


def _is_protected(action: Action, names: Collection[str], rule: ProtectRule, facts: Facts) -> bool:
    """Tell whether a rule covers a service, or would if the operator told its label and no other one has that label."""
    before = action.before
    if before is None or rule.service is None:
        return before is not None and names_service(rule, before, action.live_id)
    glob = rule.service.lower()
    if any(fnmatchcase(name, glob) for name in names):
        return True
    user, _, label = glob.partition("/")
    if before.label is not None or not fnmatchcase(before.user.lower(), user):
        return False
    others = (item.service for item in facts.snapshot.services if item.service.user == before.user)
    return not any(other.label and fnmatchcase(other.label.lower(), label) for other in others)


def number_given_up(action: Action, facts: Facts) -> Iterator[Finding]:
    """Say what is given away for good, and what was and is asked for again (R9)."""
    old = action.before.number if action.before else None
    new = action.after.number if action.after else None
    if action.status is not Status.READY or old == new:
        return
    if old:
        message = f"{action.id}: {old} goes back to the operator and cannot be had again (R9)"
        hint = "To keep the number, transfer the service to another user instead."
        kept = hint if action.kind is Kind.REMOVE else f"To keep the number, declare it: {old}."
        yield finding(action, "number-given-up", Severity.WARNING, message, kept)
    if new and new in facts.given_up:
        day = facts.given_up[new]
        when = f" on {day}" if day else ""
        message = f"{action.id}: {new} was given back{when}, and the operator may not have it any more (R9)"
        yield finding(action, "number-given-up", Severity.WARNING, message, "Declare no number to be given a new one.")


def bundle_changed(action: Action, _: Facts) -> Iterator[Finding]:
    """Say that a second bundle change in a month waits for the next (R5)."""
    if action.kind is Kind.CHANGE and action.reason and "(R5)" in action.reason:
        yield finding(action, "bundle-changed-this-month", Severity.INFO, f"{action.id}: {action.reason}")


CHECKS: tuple[Check, ...] = (
    unknown_user,
    unsettled_user,
    uncertain_service,
    unknown_bundle,
    unknown_option,
    option_not_allowed,
    not_sellable,
    number_conflict,
    duplicate_service,
    protected,
    number_given_up,
    bundle_changed,
)


def _lookalike(user: str, known: Iterable[str]) -> str | None:
    """Return a known user whose name is all but the same; that of the company they share tells nothing."""
    own = user.partition("@")[0]
    most = len(own) * (2 / _ALL_BUT_THE_SAME - 1)  # a longer one, or one to which ours is too long, cannot be as near
    names = {
        name: key
        for key in known
        if len(name := key.partition("@")[0]) <= most and len(own) <= len(name) * (2 / _ALL_BUT_THE_SAME - 1)
    }
    near = get_close_matches(own, names, n=1, cutoff=_ALL_BUT_THE_SAME)
    return names[near[0]] if near else None


def _likely(user: str, known: Collection[str]) -> Collection[str]:
    """Return whom a slip of the pen may have meant: among many, those about as long, with the same first letter.

    Comparing with each of a hundred thousand would take seconds, for every user who joins.
    """
    if len(known) <= _MANY:
        return known
    return [key for key in known if key[:1] == user[:1] and abs(len(key) - len(user)) <= _SLIP]


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {quoted(near[0])}?" if near else ""


def _some(words: Iterable[str], most: int = 12) -> str:
    names = sorted(words)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "nothing") + rest
