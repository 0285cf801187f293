"""The users of a file as compact rows: what processes hand to each other, and what the cache keeps.

What services share is a kind. `RowReader` makes rows of a file, `Declaring` makes declared users of rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from reconciler.desired.declared import Dated
from reconciler.model.fleet import Activation, PortIn, SimType, State


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
