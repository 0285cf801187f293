"""The text of a saved snapshot: a line for each user and each service, of which a fleet has many.

What was written here is read here, row by row. Any other text, and any that somebody has changed into something odd, is
given back as not read: whoever asked then reads it with patience, and finds the words for what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from sys import intern
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType, defstruct
from msgspec.json import Decoder, Encoder

from reconciler.model.fleet import Activation, PortIn, Service, Sim, SimType, State, option_set
from reconciler.model.snapshot import EndedOption, LiveOption, LiveService, LiveUser, Presence, Snapshot

#: What a class of named values makes of their tuple, without the call that sorts out their names.
_new = tuple.__new__


class _Sim(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    type: SimType | None
    iccid: str | None
    eid: str | None


class _Service(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    user: str
    label: str | None
    bundle: str
    options: list[str]
    number: str | None
    sim: _Sim
    state: State | None
    cost_centre: str | None
    activation: Activation | None
    port_in: PortIn | None


class _Option(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    option: str
    id: str
    ends: date | None
    started: date | None


class _Ended(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    option: str
    service: str
    started: date | None
    terminated: date | None


class _User(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    key: str
    id: str
    name: str
    cost_centre: str | None
    team: str | None


class _Live(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    id: str
    service: _Service
    presence: Presence
    options: list[_Option]
    started: date | None
    terminated: date | None
    ends: date | None


#: The parts of a snapshot that have many rows; whatever else there is of it is read like any text.
_ROWS: Mapping[str, Any] = {
    "users": dict[str, Raw],
    "services": list[Raw],
    "gone": list[Raw],
    "ended_options": list[_Ended],
}
_REST = [field.name for field in fields(Snapshot) if field.name not in _ROWS]
_PARTS: list[Any] = [*_ROWS.items(), *((name, Raw | UnsetType, UNSET) for name in _REST)]
_SAVED: list[Any] = [
    ("format_version", str),
    ("snapshot", defstruct("_Snapshot", _PARTS, forbid_unknown_fields=True)),
    ("rows", dict[str, int] | None, None),
]
_FILE: Decoder[Any] = Decoder(defstruct("_Saved", _SAVED, forbid_unknown_fields=True))
_USER, _LIVE = Decoder(_User), Decoder(_Live)
_ROW = Encoder(order="deterministic").encode


def written(version: str, body: Mapping[str, Any], snapshot: Snapshot) -> str:
    """Return the text of a snapshot; `body` is all of it as JSON has it, but for the rows."""
    rows = {
        "users": [_ROW(key) + b": " + _ROW(user) for key, user in snapshot.users.items()],
        "services": list(map(_ROW, snapshot.services)),
        "gone": list(map(_ROW, snapshot.gone)),
        "ended_options": list(map(_ROW, snapshot.ended_options)),
    }
    parts = [
        f'  "{name}": {_lines(rows[name], "{}" if name == "users" else "[]") if name in rows else _indented(value)}'
        for name, value in body.items()
    ]
    counts = _ROW(counted(snapshot)).decode()
    head = f'{{\n "format_version": "{version}",\n "rows": {counts},\n "snapshot": {{\n'
    return head + ",\n".join(parts) + "\n }\n}\n"


def counted(snapshot: Snapshot) -> dict[str, int]:
    """Return how many rows each list of a snapshot has: a file that has lost some is not what was saved."""
    return {name: len(getattr(snapshot, name)) for name in COUNTED}


COUNTED = ("users", "services", "gone", "ended_options", "open_orders", "bundle_changes", "doubts")


def is_sound(live: LiveService) -> bool:
    """Tell whether a service is one that could have been saved: nothing is empty, and its options are its options."""
    held = live.service
    user, label, bundle, options, number, sim, _, cost_centre, *_ = held
    return (
        bool(live.id and user and bundle)
        and "" not in (label, number, cost_centre, sim.iccid, sim.eid)
        and (options == {each.option for each in live.options} if options or live.options else True)
    )


def quickly_read(content: bytes, version: str, rest: Callable[[dict[str, Any]], Snapshot]) -> Snapshot | None:
    """Return a snapshot written as above, in a format with the same first number; None for any other text.

    `rest` makes a snapshot of all its parts, without rows; raises ValueError where it cannot.
    """
    try:
        saved = _FILE.decode(content)
        if saved.format_version.split(".")[0] != version.split(".")[0]:
            return None
        parts = saved.snapshot
        raw = {name: getattr(parts, name) for name in _REST}
        told = {name: json.loads(bytes(part).decode()) for name, part in raw.items() if part is not UNSET}
        snapshot = rest({**told, "users": {}, "services": [], "gone": [], "ended_options": []})
        users = {user.key if user.key == key else key: user for key, user in _users(parts.users)}
        parts.users.clear()
        read = replace(
            snapshot,
            users=users,
            services=_services(parts.services, users),
            gone=_services(parts.gone, users),
            ended_options=tuple(EndedOption(*_values(each)) for each in parts.ended_options),
        )
        return read if saved.rows in (None, counted(read)) else None
    except (ValueError, RecursionError):  # what is no JSON, and what is not of the type it should be
        return None


def _values(row: Struct) -> tuple[Any, ...]:
    return tuple([getattr(row, name) for name in row.__struct_fields__])


def _indented(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False).replace("\n", "\n  ")


def _lines(rows: list[bytes], brackets: str) -> str:
    return brackets[0] + "\n   " + b",\n   ".join(rows).decode() + "\n  " + brackets[1] if rows else brackets


def _users(rows: Mapping[str, Raw]) -> Iterable[tuple[str, LiveUser]]:
    for key, row in rows.items():
        mail, identity, name, cost_centre, team = _values(_USER.decode(row))
        user = (mail, identity, name, cost_centre and intern(cost_centre), team and intern(team))
        yield key, _new(LiveUser, user)


def _services(rows: list[Raw], users: Mapping[str, LiveUser]) -> tuple[LiveService, ...]:
    decode, days = _LIVE.decode, dict[date | None, date | None]()
    rows.reverse()  # each is given up once it is read: together they weigh nearly as much as what is made of them
    return tuple([_service(decode(rows.pop()), users, days) for _ in range(len(rows))])


def _service(row: _Live, users: Mapping[str, LiveUser], days: dict[date | None, date | None]) -> LiveService:
    """Return a service, whose words and days are the same objects as those of others, since a fleet has few of them."""
    held, started = row.service, row.started
    key, label, cost_centre, sim = held.user, held.label, held.cost_centre, held.sim
    user = users.get(key)
    service = (
        user.key if user is not None and user.key == key else key,
        label and intern(label),
        intern(held.bundle),
        option_set(tuple(held.options)),
        held.number,
        _new(Sim, (sim.type, sim.iccid, sim.eid)),
        held.state,
        cost_centre and intern(cost_centre),
        held.activation,
        held.port_in,
    )
    options = tuple([_option(each) for each in row.options]) if row.options else ()
    days.setdefault(started, started)
    live = (row.id, _new(Service, service), row.presence, options, days[started], row.terminated, row.ends)
    read = _new(LiveService, live)
    if not is_sound(read):
        raise ValueError(row.id)
    return read


def _option(row: _Option) -> LiveOption:
    return _new(LiveOption, (intern(row.option), row.id, row.ends, row.started))
