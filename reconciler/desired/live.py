"""Declare what is live: the services an operator has, as they would stand in the files.

Only what identifies and prices a service is declared. Its state and its SIM stay the operator's business: a SIM that
was blocked or swapped after a theft must not be planned back (R8). What is on its way out is not declared, since it
would be ordered anew once it is gone; nor is a user without services, since `services: {}` would have whatever the user
is given tomorrow removed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser
from reconciler.desired.labels import labels
from reconciler.errors import Place, quoted
from reconciler.model.catalogue import Catalogue
from reconciler.model.fleet import Service, Sim, State
from reconciler.model.identifiers import address, iccid_flaw, number_flaw, user_flaw, user_key
from reconciler.model.snapshot import DoubtKind, LiveService, LiveUser, Presence, Snapshot

#: Where something stands that stands in no file yet.
NOWHERE = Place("(not in a file yet)", 1, 1)
#: A key of YAML on one line has at most 1,024 characters, quotes and escapes included.
_LONGEST_KEY = 250


class LeftOut(NamedTuple):
    """A user who is not declared, and why."""

    user: str
    reason: str


class Declared(NamedTuple):
    """What is live as it would be declared, comments by address, and whom no file can declare."""

    users: tuple[DeclaredUser, ...]
    notes: Mapping[str, str]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Declarer:
    """Declares live services; it knows which numbers and SIMs stand for one service alone."""

    users: Mapping[str, LiveUser]
    catalogue: Catalogue
    day: date
    numbers: Mapping[str | None, int]
    sims: Mapping[str | None, int]
    #: What could not be understood of a service, by live id.
    flaws: Mapping[str, str]

    @classmethod
    def of(cls, snapshot: Snapshot, day: date) -> Declarer:
        """Return the one for a whole of live, as of a day."""
        services = [item.service for item in snapshot.services]
        numbers, sims = Counter(each.number for each in services), Counter(each.sim.iccid for each in services)
        flaws = {doubt.id: doubt.words for doubt in snapshot.doubts if doubt.kind is DoubtKind.SERVICE}
        return cls(snapshot.users, snapshot.catalogue, day, numbers, sims, flaws)

    def declare(self, services: Iterable[LiveService]) -> Declared:
        """Return `services` as declared, by user; a user is declared with all services or not at all."""
        held: dict[str, list[LiveService]] = defaultdict(list)
        for item in sorted(services, key=by_age):
            if item.presence is not Presence.GONE:
                held[item.service.user].append(item)
        users: list[DeclaredUser] = []
        left_out: list[LeftOut] = []
        notes: dict[str, str] = {}
        for key, items in sorted(held.items()):
            staying = [item for item in items if item.presence is not Presence.GOING]
            reason = next(self._flaws(key, staying), None)
            if reason:
                left_out.append(LeftOut(key, reason))
            elif staying:
                going = [item for item in items if item.presence is Presence.GOING]
                users.append(self._user(self.users[key], staying, going))
                notes.update(_notes(users[-1], staying))
        return Declared(tuple(users), notes, tuple(left_out))

    def service(self, item: LiveService, label: str, centre: str | None) -> DeclaredService:
        """Return one service as declared for a user of a cost centre."""
        held = item.service
        number = self.number(held)
        own_centre = declarable(held.cost_centre)
        return DeclaredService(
            label=label,
            place=NOWHERE,
            profile=None,
            bundle=Dated(held.bundle),
            options=self.options(item),
            number=number,
            sim=Sim() if number else self.identifying_sim(held),
            state=None,
            from_=None,
            until=self.still_ahead(item.ends),
            cost_centre=own_centre if own_centre != centre else None,
            activation=None,
            port_in=None,
            dated=None,
        )

    def options(self, item: LiveService) -> tuple[Dated, ...]:
        """Return the options of a service as declared, with the last day of those that have one."""
        ends: dict[str, date | None] = {}
        for option in item.options:
            known = ends.get(option.option, option.ends)
            ends[option.option] = max(known, option.ends) if known and option.ends else None
        return tuple(Dated(name, until=self.still_ahead(ends.get(name))) for name in sorted(item.service.options))

    def number(self, held: Service) -> str | None:
        """Return the number of a service where a file can declare it and no other service has it."""
        number = held.number
        return number if number and self.numbers[number] == 1 and number_flaw(number) is None else None

    def identifying_sim(self, held: Service) -> Sim:
        """Return of a SIM what tells a service without a number of its own from the others."""
        iccid = held.sim.iccid
        flaw = iccid_flaw(iccid) if iccid else None
        return Sim() if iccid is None or self.sims[iccid] > 1 or (flaw and flaw.fatal) else Sim(iccid=iccid)

    def _user(self, user: LiveUser, staying: Sequence[LiveService], going: Sequence[LiveService]) -> DeclaredUser:
        """Return a user with the services that stay; no label is derived that one that goes still has."""
        centre = _centre(user, staying)
        names = labels([*staying, *going], self.catalogue)
        services = tuple(self.service(item, label, centre) for item, label in zip(staying, names, strict=False))
        return DeclaredUser(user.key, _name(user), centre, NOWHERE, services)

    def _flaws(self, key: str, items: Sequence[LiveService]) -> Iterator[str]:
        """Yield what keeps a user with these services from being declared in a file."""
        flaw = user_flaw(key)
        if flaw:
            yield flaw.message
        if key != user_key(key) or len(key) > _LONGEST_KEY or not key.isprintable():
            yield "such a user key cannot stand in a file"
        if key not in self.users:
            yield "the operator does not say who that is"
        yield from filter(None, map(self._flaw, items))
        for word in sorted({word for item in items for word in (item.service.bundle, *item.service.options)}):
            if declarable(word) is None:
                yield f"the name of the bundle or option {quoted(word)} cannot stand in a file"

    def _flaw(self, item: LiveService) -> str | None:
        """Return why planning could not tell which service of a file this is; None where it can."""
        held = item.service
        if item.id in self.flaws:
            return f"live service {item.id} is told in part: {self.flaws[item.id]}"
        if item.presence is not Presence.COMING and not (held.number or held.sim.iccid or held.label):
            return f"live service {item.id} has no number, SIM or label to know it by"
        return None

    def still_ahead(self, last_day: date | None) -> date | None:
        """Return an end that is yet to come; one that is over and changed nothing means nothing."""
        return last_day if last_day and last_day >= self.day else None


def declarable(text: str | None) -> str | None:
    """Return `text` where it may stand in a file, None for one that is blank or has something invisible in it."""
    return text if text and text.strip() and text.isprintable() else None


def by_age(item: LiveService) -> tuple[date, str, str]:
    """Return what to sort live services by: the oldest first, and the same order whatever the operator's is."""
    return item.started or date.max, item.service.number or "", item.id


def _centre(user: LiveUser, items: Sequence[LiveService]) -> str | None:
    """Return the cost centre to declare for a user: the operator's, else the one that all services share.

    A service that has none would be given the user's, so then each service declares its own.
    """
    centres = {declarable(item.service.cost_centre) for item in items}
    if None in centres:
        return None
    return declarable(user.cost_centre) or (centres.pop() if len(centres) == 1 else None)


def _name(user: LiveUser) -> str | None:
    """Return the user's name without what is invisible in it; None where it says no more than the key."""
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in user.name).split())
    return name if name and user_key(name) != user.key else None


def _notes(user: DeclaredUser, items: Sequence[LiveService]) -> Iterator[tuple[str, str]]:
    """Yield comments, by address, on what a service was at this moment and the files do not say."""
    for declared, item in zip(user.services, items, strict=True):
        if item.presence is Presence.COMING:
            yield address(user.key, declared.label), "on order when imported"
        elif item.service.state is State.BLOCKED:
            yield address(user.key, declared.label), "blocked at the operator when imported"
