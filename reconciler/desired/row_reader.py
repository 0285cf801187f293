"""Read a users' file into rows, as long as nothing is wrong with it, nor anything not understood at a glance.

Any other has no rows; `users.users_of` reads it then, and says what is wrong. A kind of services is looked at once, by
the model that `users_of` looks at every service with.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from reconciler.desired.bare import DOUBT, bare_value
from reconciler.desired.declared import declared_bundle, declared_options
from reconciler.desired.documents import ServicePart
from reconciler.desired.rows import Kind, Rows
from reconciler.desired.spans import date_problems
from reconciler.desired.yaml import Text
from reconciler.model.fleet import PortIn
from reconciler.model.identifiers import Flaw, eid_flaw, iccid_flaw, label_flaw, number_flaw, user_flaw

#: The longest key that YAML lets stand before a colon is 1,024 characters; nearly as long ones are looked at closely.
_LONGEST_KEY = 1000
_NOWHERE = Text("")
#: What is the same for many services, as flat names and values: of the service, and of its SIM.
_Key = tuple[tuple[Any, ...], tuple[Any, ...]]
_USER = frozenset({"name", "cost_centre", "reason", "services"})
_NO_TEXT = Flaw("it is no text")


class _Doubtful(Exception):
    """Raised where a file has something that is not understood here."""


class RowReader:
    """Reads files into rows; it remembers the kinds, labels and texts it has seen and found nothing wrong with."""

    def __init__(self, *, fast: bool) -> None:
        self._fast = fast
        self._kinds: list[Kind] = []
        self._number_of: dict[_Key, int] = {}
        self._labels: set[str] = set()
        self._texts: set[str | None] = {None}

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
        rows, own = Rows([], [], [], [], [], [], {}, []), dict[int, int]()
        for written, part in users.items():
            name, cost_centre, reason, services = self._user(written, part)
            rows.users.append((written, name, cost_centre, reason, len(services)))
            for label, service in services.items():
                if label not in self._labels:
                    self._labels.add(_label(label))
                number, iccid, eid, key = _parted(service)
                rows.numbers.append(_number(number))
                if _is_odd(iccid):
                    rows.odd.append(iccid)
                if eid is not None:
                    rows.eids[len(rows.labels)] = _eid(eid)
                kind = self._number_of.get(key)
                if kind is None:
                    kind = self._new_kind(key)
                rows.labels.append(label)
                rows.kind_of.append(own.setdefault(kind, len(own)))
                rows.iccids.append(iccid)
        rows.kinds.extend([self._kinds[number] for number in own])
        return rows

    def _user(self, written: Any, part: Any) -> tuple[str | None, str | None, str | None, dict[Any, Any]]:
        """Return the name, cost centre and reason of a user, and the services."""
        if type(written) is not str or len(written) > _LONGEST_KEY or user_flaw(written):
            raise _Doubtful
        if type(part) is not dict or not part.keys() <= _USER or type(part.get("services")) is not dict:
            raise _Doubtful
        cost_centre = part.get("cost_centre")
        if cost_centre not in self._texts:
            self._texts.add(_text(cost_centre))
        return _text(part.get("name")), cost_centre, _text(part.get("reason")), part["services"]

    def _new_kind(self, key: _Key) -> int:
        self._kinds.append(_kind(key))
        self._number_of[key] = len(self._kinds) - 1
        return len(self._kinds) - 1


def _text(value: Any) -> str | None:
    if value is None or (type(value) is str and value.isprintable() and value.strip()):
        return value
    raise _Doubtful


def _label(label: Any) -> str:
    if type(label) is not str or len(label) > _LONGEST_KEY or label_flaw(label):
        raise _Doubtful
    return label


def _number(number: Any) -> str | None:
    if number is None or (type(number) is str and not number_flaw(number)):
        return number
    raise _Doubtful


def _is_odd(iccid: Any) -> bool:
    """Tell whether the check digit of an ICCID is wrong."""
    if iccid is None:
        return False
    flaw = iccid_flaw(iccid) if type(iccid) is str else _NO_TEXT
    if flaw is not None and flaw.fatal:
        raise _Doubtful
    return flaw is not None


def _eid(eid: Any) -> str:
    if type(eid) is not str or eid_flaw(eid):
        raise _Doubtful
    return eid


def _parted(service: Any) -> tuple[Any, Any, Any, _Key]:
    """Return the number, ICCID and EID of a service, and the rest as something to look up."""
    if type(service) is not dict:
        raise _Doubtful
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
    if sim and "sim" in rest:
        raise _Doubtful
    try:
        part = ServicePart.model_validate(document)
    except ValidationError:
        raise _Doubtful from None
    if any(date_problems(part, _NOWHERE, ())) or (part.bundle is None and part.profile is None):
        raise _Doubtful
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
