"""Make declared users of rows, with places that are looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from sys import intern
from typing import NamedTuple

from reconciler.desired.declared import NO_SIMS, Dated, DeclaredService, DeclaredUser
from reconciler.desired.late import LatePlace, Source
from reconciler.desired.rows import Kind, Rows
from reconciler.errors import Place
from reconciler.model.fleet import Activation, PortIn, Sim, SimType, State
from reconciler.model.identifiers import user_key

_Dates = tuple[tuple[Dated, tuple[str | int, ...]], ...]
_new = tuple.__new__


class Declaring:
    """Makes declared users of rows; equal kinds of all files are one object each."""

    def __init__(self) -> None:
        self._shared: dict[Kind, Kind] = {}

    def shared(self, rows: Rows) -> list[Kind]:
        """Return the kinds of a file, shared with other files."""
        return [self._shared.setdefault(kind, kind) for kind in rows.kinds]

    def users(self, rows: Rows, kinds: list[Kind], source: Source) -> Iterator[DeclaredUser]:
        """Yield the users of a file, with its kinds as `shared` returned them."""
        parted = [_Parted.of(kind) for kind in kinds]
        columns = zip(rows.labels, rows.kind_of, rows.numbers, rows.iccids, strict=True)
        end = 0
        for written, name, cost_centre, reason, count in rows.users:
            services, begin, end = [], end, end + count
            for index, (label, kind, number, iccid) in zip(range(begin, end), columns, strict=False):
                sim_type, head, middle, dates, why = parted[kind]
                eid = rows.eids.get(index)
                sim = _new(Sim, (sim_type, iccid, eid)) if iccid or eid else NO_SIMS[sim_type]
                place = _new(LatePlace, (source, written, label))
                dated = _places(source, written, label, dates) if dates else None
                values = (intern(label), place, *head, number, sim, *middle, dated, why)
                services.append(_new(DeclaredService, values))
            key, centre = user_key(written), intern(cost_centre) if cost_centre else None
            yield DeclaredUser(key, name, centre, LatePlace.of(source, written), tuple(services), reason)


class _Parted(NamedTuple):
    """A kind in the pieces of which a declared service is put together."""

    sim_type: SimType | None
    head: tuple[str | None, Dated | None, tuple[Dated, ...]]
    middle: tuple[State | None, date | None, date | None, str | None, Activation | None, PortIn | None]
    dates: _Dates
    reason: str | None

    @classmethod
    def of(cls, kind: Kind) -> _Parted:
        middle = (kind.state, kind.from_, kind.until, kind.cost_centre, kind.activation, kind.port_in)
        return cls(kind.sim_type, (kind.profile, kind.bundle, kind.options), middle, tuple(kind.dated()), kind.reason)


def _places(source: Source, user: str, label: str, dates: _Dates) -> dict[Dated, Place]:
    return {part: LatePlace.of(source, user, ("services", label, *path)) for part, path in dates}
