"""Make declared users of rows, with places that are looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from sys import intern
from typing import NamedTuple, overload

from reconciler.desired.declared import NO_SIMS, Dated, DeclaredService, DeclaredUser
from reconciler.desired.late import LatePlace, Source
from reconciler.desired.rows import Kind, Rows
from reconciler.errors import Place
from reconciler.model.fleet import Activation, DesiredService, PortIn, Service, Sim, SimType, State, option_set
from reconciler.model.identifiers import user_key

_new = tuple.__new__


class PlainServices(Sequence[DeclaredService]):
    """The services of a user that are the same on any day: they have no profile and no dates, as most have none.

    They are kept `resolved`, for the user as declared, and made into what is declared when somebody asks.
    """

    __slots__ = ("_cost_centre", "_kinds", "_user", "resolved")

    def __init__(
        self, user: str, cost_centre: str | None, resolved: tuple[DesiredService, ...], kinds: tuple[Kind, ...]
    ) -> None:
        self.resolved = resolved
        self._kinds = kinds
        self._user, self._cost_centre = user, cost_centre

    def are_of(self, user: DeclaredUser) -> bool:
        """Tell whether they were resolved for a user as declared: with this key and this cost centre."""
        return self._user == user.key and self._cost_centre == user.cost_centre

    def __len__(self) -> int:
        return len(self.resolved)

    def __iter__(self) -> Iterator[DeclaredService]:
        for (service, place, _, _), kind in zip(self.resolved, self._kinds, strict=True):
            yield _declared(service.label or "", place, service.number, service.sim, kind, None)

    @overload
    def __getitem__(self, index: int) -> DeclaredService: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[DeclaredService, ...]: ...
    def __getitem__(self, index: int | slice) -> DeclaredService | tuple[DeclaredService, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Ready(NamedTuple):
    """What a kind of services without profile and dates comes to on any day, the user's cost centre aside."""

    bundle: str
    options: frozenset[str]
    sim_type: SimType | None
    state: State | None
    cost_centre: str | None
    activation: Activation | None
    port_in: PortIn | None


class Declaring:
    """Makes declared users of rows; what equal kinds of all files come to is one object."""

    def __init__(self) -> None:
        self._known: dict[Kind, tuple[Kind, Ready | None]] = {}

    def users(self, rows: Rows, source: Source) -> Iterator[DeclaredUser]:
        """Yield the users of a file."""
        known = [self._known.get(kind) or self._known.setdefault(kind, (kind, _ready(kind))) for kind in rows.kinds]
        kinds, ready = [kind for kind, _ in known], [each for _, each in known]
        some_are_special = None in ready
        end = 0
        for written, name, cost_centre, reason, count in rows.users:
            begin, end = end, end + count
            theirs = rows.kind_of[begin:end]
            key, centre = user_key(written), intern(cost_centre) if cost_centre else None
            services: Sequence[DeclaredService]
            if some_are_special and not all(ready[kind] for kind in theirs):
                services = tuple(_special(rows, range(begin, end), kinds, source, written))
            else:
                resolved = _resolved(rows, range(begin, end), ready, (key, centre, source, written))
                services = PlainServices(key, centre, resolved, tuple([kinds[kind] for kind in theirs]))
            yield _new(DeclaredUser, (key, name, centre, LatePlace.of(source, written), services, reason))


def _ready(kind: Kind) -> Ready | None:
    """Return what a kind comes to on any day; None where that depends on the day, or on a profile."""
    if kind.bundle is None or kind.profile or kind.from_ or kind.until or any(kind.dated()):
        return None
    options = option_set(tuple(option.name for option in kind.options))
    return Ready(kind.bundle.name, options, kind.sim_type, kind.state, kind.cost_centre, kind.activation, kind.port_in)


def _resolved(
    rows: Rows, which: range, ready: Sequence[Ready | None], user: tuple[str, str | None, Source, str]
) -> tuple[DesiredService, ...]:
    """Return services that are the same on any day, of a user's key, cost centre, source and key as written.

    What is done for each is written out, since there are many.
    """
    key, centre, source, written = user
    services = []
    for index in which:
        kind = ready[rows.kind_of[index]]
        assert kind is not None, "they were asked after before"
        bundle, options, sim_type, state, own, activation, port_in = kind
        label, iccid, eid = intern(rows.labels[index]), rows.iccids[index], rows.eids.get(index)
        sim = _new(Sim, (sim_type, iccid, eid)) if iccid or eid else NO_SIMS[sim_type]
        values = (key, label, bundle, options, rows.numbers[index], sim, state, own or centre, activation, port_in)
        place = _new(LatePlace, (source, written, label))
        services.append(_new(DesiredService, (_new(Service, values), place, None, ())))
    return tuple(services)


def _special(
    rows: Rows, which: range, kinds: Sequence[Kind], source: Source, written: str
) -> Iterator[DeclaredService]:
    """Yield services of a user of whom one has a profile or dates, with the places of these."""
    for index in which:
        kind, label = kinds[rows.kind_of[index]], intern(rows.labels[index])
        iccid, eid = rows.iccids[index], rows.eids.get(index)
        sim = Sim(kind.sim_type, iccid, eid) if iccid or eid else NO_SIMS[kind.sim_type]
        dated = {part: LatePlace.of(source, written, ("services", label, *path)) for part, path in kind.dated()}
        yield _declared(label, LatePlace.of(source, written, label), rows.numbers[index], sim, kind, dated or None)


def _declared(
    label: str, place: Place, number: str | None, sim: Sim, kind: Kind, dated: Mapping[Dated, Place] | None
) -> DeclaredService:
    return DeclaredService(
        label=label,
        place=place,
        profile=kind.profile,
        bundle=kind.bundle,
        options=kind.options,
        number=number,
        sim=sim,
        state=kind.state,
        from_=kind.from_,
        until=kind.until,
        cost_centre=kind.cost_centre,
        activation=kind.activation,
        port_in=kind.port_in,
        dated=dated,
        reason=kind.reason,
    )
