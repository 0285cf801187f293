"""Pair desired services with live ones: by number, by SIM, by user and label, else by the only one it can be.

What cannot be had again decides first: a number is given up for good when its service is removed (R9). Nothing is
paired by a guess: a service that could be one of several is left out on both sides and named in `Matching.unclear`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeVar

from reconciler.model.fleet import DesiredService, Service
from reconciler.model.snapshot import LiveService, Presence

_Item = TypeVar("_Item", DesiredService, LiveService)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A desired service that could be any of several live ones, or several desired ones that claim one."""

    desired: DesiredService
    candidates: tuple[LiveService, ...]
    key: str


@dataclass(slots=True)
class Matching:
    """The result of matching: `pairs`, and what is left on either side."""

    pairs: list[tuple[DesiredService, LiveService]] = field(default_factory=list)
    adopted: list[tuple[DesiredService, LiveService]] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    desired: list[DesiredService] = field(default_factory=list)
    live: list[LiveService] = field(default_factory=list)


def match(desired: Sequence[DesiredService], live: Sequence[LiveService]) -> Matching:
    """Return the pairs of `desired` and `live`; every service is in exactly one field of the result.

    A live service that is a candidate of an unclear match is in no other field: it is neither kept nor removed.
    """
    matching = Matching(desired=list(desired), live=list(live))
    _pair_by(matching, "number", attrgetter("service.number"))
    _pair_by(matching, "ICCID", attrgetter("service.sim.iccid"))
    _pair_by(matching, "label", lambda item: (item.service.user, item.service.label) if item.service.label else None)
    _adopt(matching)
    return matching


def _pair_by(matching: Matching, name: str, key: Callable[[DesiredService | LiveService], Hashable | None]) -> None:
    """Pair what agrees on `key` on both sides; what is claimed or held more than once becomes unclear."""
    wanted, claims = _first(matching.desired, key)
    held, holders = _first(matching.live if wanted else (), key)
    paired: set[int] = set()
    for value, desired in wanted.items():
        live = held.get(value)
        if live is None:
            continue
        if value in claims or value in holders:
            candidates, rivals = [live, *holders.get(value, ())], [desired, *claims.get(value, ())]
            matching.unclear.extend(Unclear(claim, _in_order(candidates), name) for claim in rivals)
            paired.update(map(id, candidates + rivals))
        else:
            matching.pairs.append((desired, live))
            paired.add(id(desired))
            paired.add(id(live))
    _drop(matching, paired)


def _adopt(matching: Matching) -> None:
    """Pair a desired service with the only unlabelled live one of its user and bundle, where no other could be it."""
    wanted = _group(matching.desired, lambda item: item.service.user)
    held = _group(matching.live, lambda item: item.service.user if _adoptable(item) else None)
    taken: set[int] = set()
    for user in wanted.keys() & held.keys():
        claims = wanted[user]
        for claim in claims:
            candidates = [item for item in held[user] if _could_be(claim.service, item.service)]
            if not candidates:
                continue
            rivals = [other for other in claims if any(_may_be(other.service, item.service) for item in candidates)]
            if len(rivals) == len(candidates) == 1:
                matching.adopted.append((claim, candidates[0]))
            else:
                matching.unclear.append(Unclear(claim, _in_order(candidates), "bundle"))
            taken.add(id(claim))
            taken.update(map(id, candidates))
    _drop(matching, taken)


def _adoptable(item: LiveService) -> bool:
    return item.service.label is None and item.presence is not Presence.GOING


def _could_be(wanted: Service, held: Service) -> bool:
    """Tell whether nothing speaks against a pair: another number, SIM or bundle does."""
    return wanted.bundle == held.bundle and _may_be(wanted, held)


def _may_be(wanted: Service, held: Service) -> bool:
    """Tell whether a pair is not ruled out for good; a bundle can be changed, a number or a SIM tells one by itself."""
    if wanted.number and wanted.number != held.number:
        return False
    return not (wanted.sim.iccid and wanted.sim.iccid != held.sim.iccid)


def _in_order(items: Iterable[LiveService]) -> tuple[LiveService, ...]:
    """Return the same order whatever the operator listed first."""
    return tuple(sorted(items, key=lambda item: item.id))


def _first(
    items: Iterable[_Item], key: Callable[[_Item], Hashable | None]
) -> tuple[dict[Hashable, _Item], dict[Hashable, list[_Item]]]:
    """Return the first item of each key, and what else has the same: mostly nothing, and a list each would weigh."""
    first: dict[Hashable, _Item] = {}
    others: dict[Hashable, list[_Item]] = defaultdict(list)
    for item in items:
        value = key(item)
        if value is not None and first.setdefault(value, item) is not item:
            others[value].append(item)
    return first, others


def _group(items: Iterable[_Item], key: Callable[[_Item], Hashable | None]) -> dict[Hashable, list[_Item]]:
    groups: dict[Hashable, list[_Item]] = defaultdict(list)
    for item in items:
        value = key(item)
        if value is not None:
            groups[value].append(item)
    return groups


def _drop(matching: Matching, taken: set[int]) -> None:
    if not taken:
        return
    matching.desired = [item for item in matching.desired if id(item) not in taken]
    matching.live = [item for item in matching.live if id(item) not in taken]
