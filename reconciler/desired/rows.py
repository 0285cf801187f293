"""The users of a file as compact rows: what processes hand to each other, and what the cache keeps.

A file that has anything wrong with it, or anything that is not understood at a glance, has no rows; `users.users_of`
reads it then, and says what is wrong. What services share is a kind, and is looked at once, by the same models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from sys import intern
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError

from reconciler.desired.bare import DOUBT, bare_value
from reconciler.desired.declared import NO_SIMS, Dated, DeclaredService, DeclaredUser, declared_bundle, declared_options
from reconciler.desired.documents import ServicePart
from reconciler.desired.late import LatePlace, Source
from reconciler.desired.spans import date_problems
from reconciler.desired.yaml import Text
from reconciler.errors import Place
from reconciler.model.fleet import Activation, PortIn, Sim, SimType, State
from reconciler.model.identifiers import eid_flaw, iccid_flaw, label_flaw, number_flaw, user_flaw, user_key

#: The longest key that YAML lets stand before a colon is 1,024 characters; nearly as long ones are looked at closely.
_LONGEST_KEY = 1000
_NOWHERE = Text("")
#: What is the same for many services, as flat names and values: of the service, and of its SIM.
_Key = tuple[tuple[Any, ...], tuple[Any, ...]]
_Dates = tuple[tuple[Dated, tuple[str | int, ...]], ...]
_new = tuple.__new__


class File(NamedTuple):
    """A file's name, what it holds, and the SHA-256 of that in hexadecimal."""

    name: str
    content: bytes
    digest: str

    @classmethod
    def of(cls, name: str, content: bytes) -> File:
        """Return a file with its digest."""
        return cls(name, content, hashlib.sha256(content).hexdigest())


class Kind(NamedTuple):
    """What many services of a fleet have in common: everything but the label, the number and the SIM."""

    profile: str | None
    bundle: Dated | None
    options: tuple[Dated, ...]
    sim_type: SimType | None
    state: State | None
    from_: date | None
    until: date | None
    cost_centre: str | None
    activation: Activation | None
    port_in: PortIn | None
    reason: str | None

    def dated(self) -> Iterator[tuple[Dated, tuple[str | int, ...]]]:
        """Yield the options and the bundle that have dates, with their paths from the service."""
        for index, option in enumerate(self.options):
            if option.from_ or option.until:
                yield option, ("options", index)
        if self.bundle is not None and self.bundle.until:
            yield self.bundle, ("bundle",)


class Rows(msgspec.Struct, array_like=True, frozen=True):
    """The users of one file, each with how many services it has; these stand in columns, in the order of the file.

    A user is as written, the name, the cost centre, the reason, and the number of services. `odd` are the ICCIDs whose
    check digit is wrong.
    """

    users: list[tuple[str, str | None, str | None, str | None, int]]
    labels: list[str]
    kinds: list[Kind]
    kind_of: list[int]
    numbers: list[str | None]
    iccids: list[str | None]
    eids: dict[int, str]
    odd: list[str]


class _Doubtful(Exception):
    """Raised where a file has something that is not understood here."""


class RowReader:
    """Reads files into rows; it remembers the kinds and labels it has seen."""

    def __init__(self, *, fast: bool) -> None:
        self._fast = fast
        self._kinds: dict[_Key, Kind] = {}
        self._labels: dict[str, bool] = {}

    def rows(self, content: bytes) -> Rows | None:
        """Return the rows of a file; None where it has to be looked at more closely."""
        value = bare_value(content, fast=self._fast)
        if value is DOUBT:
            return None
        try:
            return self._rows(value or {})
        except _Doubtful:
            return None

    def _rows(self, value: dict[str, Any]) -> Rows:
        users = value.get("users", {})
        if len(value) != ("users" in value) or type(users) is not dict:
            raise _Doubtful
        rows, own = Rows([], [], [], [], [], [], {}, []), dict[Kind, int]()
        for written, part in users.items():
            services = _services(written, part)
            rows.users.append(
                (written, _text(part, "name"), _text(part, "cost_centre"), _text(part, "reason"), len(services))
            )
            for label, service in services.items():
                self._add(rows, own, label, service)
        rows.kinds.extend(own)
        return rows

    def _add(self, rows: Rows, own: dict[Kind, int], label: str, service: Any) -> None:
        if label not in self._labels:
            _require(type(label) is str and len(label) <= _LONGEST_KEY and label_flaw(label) is None)
            self._labels[label] = True
        number, iccid, eid, key = _parted(service)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _kind(key)
        if eid is not None:
            _require(type(eid) is str and eid_flaw(eid) is None)
            rows.eids[len(rows.labels)] = eid
        if iccid is not None:
            flaw = iccid_flaw(iccid) if type(iccid) is str else None
            _require(type(iccid) is str and not (flaw and flaw.fatal))
            if flaw:
                rows.odd.append(iccid)
        _require(number is None or (type(number) is str and number_flaw(number) is None))
        rows.labels.append(label)
        rows.kind_of.append(own.setdefault(kind, len(own)))
        rows.numbers.append(number)
        rows.iccids.append(iccid)


def _require(condition: bool) -> None:
    if not condition:
        raise _Doubtful


def _services(written: Any, part: Any) -> dict[Any, Any]:
    """Return the services of a user."""
    _require(type(written) is str and len(written) <= _LONGEST_KEY and user_flaw(written) is None)
    _require(type(part) is dict and not part.keys() - {"name", "cost_centre", "reason", "services"})
    services = part.get("services")
    if type(services) is not dict:
        raise _Doubtful
    return services


def _text(part: dict[str, Any], name: str) -> str | None:
    value = part.get(name)
    _require(value is None or (type(value) is str and bool(value.strip()) and value.isprintable()))
    return value


def _parted(service: Any) -> tuple[Any, Any, Any, _Key]:
    """Return the number, ICCID and EID of a service, and the rest as something to look up."""
    _require(type(service) is dict)
    number = iccid = eid = None
    rest: list[Any] = []
    sim: list[Any] = []
    for name, value in service.items():
        if name == "number":
            number = value
        elif name == "sim" and type(value) is dict:
            for part, each in value.items():
                if part == "iccid":
                    iccid = each
                elif part == "eid":
                    eid = each
                else:
                    sim += (part, each if type(each) is str else _frozen(each))
        else:
            rest += (name, value if type(value) is str else _frozen(value))
    return number, iccid, eid, (tuple(rest), tuple(sim))


def _frozen(value: Any) -> Any:
    """Return a value as one that can be looked up: lists as tuples, mappings as tuples that begin with `dict`."""
    if value is None or type(value) is str:
        return value
    if type(value) is list:
        return tuple(map(_frozen, value))
    if type(value) is dict:
        return dict, *((_frozen(name), _frozen(each)) for name, each in value.items())
    raise _Doubtful


def _thawed(value: Any) -> Any:
    if type(value) is not tuple:
        return value
    if value[:1] == (dict,):
        return {name: _thawed(each) for name, each in value[1:]}
    return list(map(_thawed, value))


def _kind(key: _Key) -> Kind:
    """Return a kind of services that has nothing wrong with it."""
    rest, sim = (dict(zip(part[::2], map(_thawed, part[1::2]), strict=True)) for part in key)
    document = rest | {"sim": sim} if sim else rest
    _require(not sim or "sim" not in rest)
    try:
        part = ServicePart.model_validate(document)
    except ValidationError:
        raise _Doubtful from None
    _require(not any(date_problems(part, _NOWHERE, ())))
    _require(part.bundle is not None or part.profile is not None)
    port_in = part.port_in
    return Kind(
        profile=part.profile,
        bundle=declared_bundle(part.bundle),
        options=declared_options(part.options),
        sim_type=part.sim.type,
        state=part.state,
        from_=part.from_,
        until=part.until,
        cost_centre=part.cost_centre,
        activation=part.activation,
        port_in=PortIn(port_in.operator, port_in.account, port_in.date) if port_in else None,
        reason=part.reason,
    )


_unpack = msgspec.msgpack.Decoder(Rows).decode


def packed(rows: Rows) -> bytes:
    """Return rows as bytes."""
    return msgspec.msgpack.encode(rows)


def unpacked(rows: bytes) -> Rows:
    """Return packed rows; raises ValueError where they are none."""
    try:
        return _unpack(rows)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


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
