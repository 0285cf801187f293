"""Keep out of the files what planning would not understand: plan what would be declared, before it is written.

That is how services show which nothing tells apart. Their users are declared as they were, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from reconciler import __version__
from reconciler.desired.declared import DeclaredUser
from reconciler.desired.live import LeftOut
from reconciler.desired.load import Documents
from reconciler.desired.resolve import resolve
from reconciler.errors import InvalidInput, Problem
from reconciler.model.config import Ownership
from reconciler.model.plan import Action, Kind, Status
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import plan

_UNCLEAR = "nothing tells the user's services apart: no number, no SIM and no label of their own"
_UNSURE = "one of the user's services may be another, of which the operator does not tell enough"


def settled(
    documents: Documents, users: Sequence[DeclaredUser], snapshot: Snapshot, day: date
) -> tuple[tuple[DeclaredUser, ...], tuple[LeftOut, ...]]:
    """Return `users` for whom planning has nothing to do, and who the others are; those stay as in `documents`."""
    before = {user.key: user for user in documents.users}
    after = {user.key: user for user in users}
    unclear, unsure = set[str](), set[str]()
    while True:
        kept = {key: user for key, user in after.items() if key not in unclear}
        kept |= {key: user for key, user in before.items() if key in unclear}
        declared = tuple(kept[key] for key in sorted(kept))
        made = plan(resolve(replace(documents, users=declared), day), snapshot, day, tool_version=__version__)
        waiting = {found.user for found in made.findings if found.code == "uncertain-service" and found.user}
        unsure |= (waiting & after.keys()) - before.keys()
        found = ((set(_busy(made.actions)) & after.keys()) | unsure) - unclear
        if not found:
            reasons = {user: _UNSURE if user in unsure else _UNCLEAR for user in sorted(unclear)}
            return declared, tuple(LeftOut(*each) for each in reasons.items())
        unclear = _connected(unclear | found, before, after)


def require_nobody_lost(ownership: Ownership, left_out: Collection[LeftOut]) -> None:
    """Raise InvalidInput where the files are the whole truth, so that whom they leave out would lose every service."""
    if left_out and ownership is Ownership.ORGANISATION:
        hint = "Have them ignored, or use 'ownership: declared-users'."
        words = "a plan would remove every service of {}, whom no file can declare: {}"
        raise InvalidInput([Problem(words.format(*each), None, hint) for each in left_out])


def _busy(actions: Iterable[Action]) -> Iterator[str]:
    """Yield the users for whom a plan has something to do, what is on order or starts later aside."""
    for action in actions:
        later = action.kind is Kind.ADD and action.status is Status.DEFERRED
        if action.status is not Status.IN_FLIGHT and not later:
            yield from _touched(action)


def _touched(action: Action) -> Iterable[str]:
    return {service.user for service in (action.before, action.after) if service is not None}


def _connected(users: set[str], before: Mapping[str, DeclaredUser], after: Mapping[str, DeclaredUser]) -> set[str]:
    """Return `users` with everybody who would give a number or a SIM to one of them, or take one."""
    holders: dict[str, set[str]] = defaultdict(set)
    for user in (*before.values(), *after.values()):
        for trait in _traits(user):
            holders[trait].add(user.key)
    found: set[str] = set()
    waiting = list(users)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            traits = {trait for side in (before, after) if key in side for trait in _traits(side[key])}
            waiting += {other for trait in traits for other in holders[trait]}
    return found


def _traits(user: DeclaredUser) -> set[str]:
    return {trait for service in user.services for trait in (service.number, service.sim.iccid) if trait}
