"""Say how a desired service differs from the live one it was matched with, attribute by attribute.

What is not declared is the operator's and equal by definition. Equality is decided first, by `==`; deepdiff only
explains the pairs that differ, one pair at a time.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from reconciler.model.fleet import Service, Sim
from reconciler.model.plan import Change

#: The order in which a reader wants to see what changes.
_FIRST = ("user", "bundle")
_PATHS = ("number", "sim.type", "sim.iccid", "sim.eid", "state", "cost_centre")
_OPTION = "options."


def satisfies(live: Service, desired: Service) -> bool:
    """Tell whether `live` is as declared: the quick look at every pair, most of which do not differ.

    As `same(live, target(desired, live))`, without making what it compares.
    """
    sim, held = desired.sim, live.sim
    return (
        desired.bundle == live.bundle
        and desired.options == live.options
        and desired.user == live.user
        and (not desired.number or desired.number == live.number)
        and (not sim.iccid or sim.iccid == held.iccid)
        and (not sim.type or sim.type == held.type)
        and (not sim.eid or sim.eid == held.eid)
        and (not desired.state or desired.state == live.state)
        and (not desired.cost_centre or desired.cost_centre == live.cost_centre)
    )


def target(desired: Service, live: Service) -> Service:
    """Return what `live` becomes when `desired` is carried out: declared attributes win, the others stay."""
    return desired._replace(
        label=desired.label or live.label,
        number=desired.number or live.number,
        sim=_target_sim(desired.sim, live.sim),
        state=desired.state or live.state,
        cost_centre=desired.cost_centre or live.cost_centre,
        activation=None,
        port_in=None,
    )


def comparable(service: Service) -> Service:
    """Return `service` without what says how it came to be: its label, activation and port-in."""
    return service._replace(label=None, activation=None, port_in=None)


def same(before: Service, after: Service) -> bool:
    """Tell whether the two agree on everything the product manages."""
    return comparable(before) == comparable(after)


def changes(before: Service | None, after: Service | None) -> tuple[Change, ...]:
    """Return how `after` differs from `before`, in reading order; None stands for no service at all."""
    old, new = attributes(before), attributes(after)
    touched = _touched(old, new) if old and new else old.keys() | new.keys()
    options = sorted(path for path in touched if path.startswith(_OPTION))
    ordered = [*(path for path in _FIRST if path in touched), *options, *(path for path in _PATHS if path in touched)]
    return tuple(_change(path, old, new) for path in ordered)


def attributes(service: Service | None) -> dict[str, str]:
    """Return what a service has as texts by path, an option by a path of its own; nothing where there is none."""
    if service is None:
        return {}
    sim = service.sim
    values = {
        "user": service.user,
        "bundle": service.bundle,
        "number": service.number,
        "sim.type": sim.type,
        "sim.iccid": sim.iccid,
        "sim.eid": sim.eid,
        "state": service.state,
        "cost_centre": service.cost_centre,
        **{_OPTION + option: "yes" for option in service.options},
    }
    return {path: str(value) for path, value in values.items() if value is not None}


def _touched(old: dict[str, str], new: dict[str, str]) -> Set[str]:
    """Return the attributes in which two services differ."""
    return _explained(frozenset(old.items() - new.items()), frozenset(new.items() - old.items()))


@lru_cache(maxsize=4096)
def _explained(old: frozenset[tuple[str, str]], new: frozenset[tuple[str, str]]) -> Set[str]:
    """Return in which attributes what was and what will be differ; many services change in one and the same way."""
    from deepdiff import DeepDiff  # a tenth of a second to import, for the pairs that differ only

    difference = DeepDiff(dict(old), dict(new), view="tree", threshold_to_diff_deeper=0)
    return frozenset(item.path(output_format="list")[0] for items in difference.values() for item in items)


def _change(path: str, old: dict[str, str], new: dict[str, str]) -> Change:
    if path.startswith(_OPTION):
        name = path.removeprefix(_OPTION)
        return Change("options", name if path in old else None, name if path in new else None)
    return Change(path, old.get(path), new.get(path))


def _target_sim(desired: Sim, live: Sim) -> Sim:
    swapped = (desired.type or live.type) != live.type or (desired.iccid or live.iccid) != live.iccid
    if swapped:
        return desired._replace(type=desired.type or live.type)
    return Sim(live.type, live.iccid, desired.eid or live.eid)
