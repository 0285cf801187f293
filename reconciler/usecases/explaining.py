"""Explain one service: find what is meant by a user and a label, and say why a plan does with it what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from reconciler.desired.declared import DeclaredService
from reconciler.desired.load import Documents, load
from reconciler.desired.origins import declared_at, origins
from reconciler.errors import UsageError, quoted
from reconciler.model.explanation import Explanation
from reconciler.model.fleet import Ending
from reconciler.model.identifiers import address
from reconciler.model.overview import ServicePair, UserPair
from reconciler.model.snapshot import LiveService, PlacedOrder, Snapshot
from reconciler.planning.explaining import Case, explain
from reconciler.planning.overview import overview
from reconciler.ports import Reader, World
from reconciler.usecases.overview import OverviewRequest, reading, seen
from reconciler.usecases.planning import Planned, PlanRequest, planned
from reconciler.usecases.search import Search, the_one

#: How long an explanation waits to hear who ordered what, in seconds.
_PATIENCE = 15


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """Which service, as of which day, and a saved snapshot where the operator is not to be asked."""

    user: str
    label: str | None = None
    day: date | None = None
    snapshot: Path | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What was meant: a pair of an overview, something of the files that has ended, or something that is gone."""

    name: str
    pair: ServicePair | None = None
    gone: LiveService | None = None


async def explain_service(world: World, request: ExplainRequest) -> Explanation:
    """Return why a plan does what it does about one service, or nothing.

    Raises what planning raises, and UsageError, with the nearest words, where nothing goes by that name.
    """
    documents = load(world.root, progress=world.reading.files)
    looking = OverviewRequest(day=request.day, snapshot=request.snapshot)
    async with reading(world, documents, looking) as reader:
        snapshot = await seen(documents, looking, reader, so="nothing is explained")
        assert snapshot is not None, "both sides were asked for"
        made = planned(world, documents, snapshot, PlanRequest(day=request.day))
        user = the_one(overview(made.desired, snapshot, day=made.plan.day).users, request.user)
        found = _find(user, documents, snapshot, request.label)
        live = (found.pair.live if found.pair else None) or found.gone
        last = await _last_order(reader, live) if reader and live else None
    return explain(_case(world, documents, made, user, found, last))


def _case(
    world: World, documents: Documents, made: Planned, user: UserPair, found: _Found, last: PlacedOrder | None
) -> Case:
    pair = found.pair
    desired = pair.desired if pair else None
    ended = None if desired else _ending(made, user, found)
    place = desired.place if desired else ended.place if ended else None
    values = origins(world.root, documents, *declared_at(documents, place), made.plan.day) if place else ()
    holder = pair.wanted.user if pair else user.key
    return Case(
        user=holder,
        name=_name(pair, holder) if pair else found.name,
        fleet=made.desired,
        plan=made.plan,
        pair=pair,
        declared=place,
        origins=values,
        ended=ended,
        gone=found.gone,
        last_order=last,
    )


def _ending(made: Planned, user: UserPair, found: _Found) -> Ending | None:
    """Return the end that has come for what no file declares for the day: by its name, or by its number."""
    live = found.pair.live.service if found.pair and found.pair.live else None
    names = (live.address, live.number or "") if live else (address(user.key, found.name),)
    return next((made.desired.ended[name] for name in names if name in made.desired.ended), None)


def _find(user: UserPair, documents: Documents, snapshot: Snapshot, label: str | None) -> _Found:
    """Return the service of a user that goes by a label, a number, a SIM or the operator's id of it."""
    declared = next((each.services for each in documents.users if each.key == user.key), ())
    gone = [item for item in snapshot.gone if item.service.user == user.key]
    if label is None:
        label = _only(user, declared)
    for pair, names in _by_weight(user):
        if label.lower() in names or not _digits(label).isdisjoint(names):
            return _Found(_name(pair, user.key), pair, _gone_by(gone, pair.wanted.label))
    past = _gone_by(gone, label)
    held = next((each for each in declared if each.label.lower() == label.lower()), None)
    if held is not None or past is not None:
        return _Found(held.label if held else label, None, past)
    raise _unknown(user, declared, gone, label)


def _by_weight(user: UserPair) -> Iterator[tuple[ServicePair, set[str]]]:
    """Yield each service with its names: by declared labels first, then by live ones, then by what identifies it."""
    mine = [pair for pair in user.pairs if any(side.user == user.key for side in pair.services)]
    yield from ((pair, {str(pair.desired.service.label).lower()}) for pair in mine if pair.desired)
    yield from ((pair, {str(pair.live.service.label).lower()}) for pair in mine if pair.live)
    for pair in mine:
        names = {text.lstrip("+") for side in pair.services for text in (side.number, side.sim.iccid) if text}
        yield pair, names | {f"+{name}" for name in names} | ({pair.live.id.lower()} if pair.live else set())


def _digits(label: str) -> frozenset[str]:
    return Search.of(label).digits


def _name(pair: ServicePair, user: str) -> str:
    service = next((side for side in (pair.wanted, pair.shown) if side.user == user), pair.wanted)
    return service.label or service.address.removeprefix(f"{service.user}/")


def _gone_by(gone: Sequence[LiveService], label: str | None) -> LiveService | None:
    """Return what went last of what went by a label or a number."""
    names = {label, *(f"+{form}" for form in _digits(label or ""))}
    found = [item for item in gone if label and not names.isdisjoint({item.service.label, item.service.number})]
    return max(found, key=lambda item: (item.terminated or date.min, item.id), default=None)


def _only(user: UserPair, declared: Sequence[DeclaredService]) -> str:
    """Return the label of the one service a user has; UsageError where there is none, or several."""
    names = _labels(user, declared)
    if len(names) == 1:
        return names[0]
    message = f"{user.key} has {'no service' if not names else f'{len(names)} services: ' + ', '.join(names)}"
    raise UsageError(message, hint="Say which: fleet explain USER LABEL.")


def _labels(user: UserPair, declared: Sequence[DeclaredService]) -> list[str]:
    paired = {_name(pair, user.key) for pair in user.pairs}
    return sorted(paired | {each.label for each in declared})


def _unknown(
    user: UserPair, declared: Sequence[DeclaredService], gone: Sequence[LiveService], label: str
) -> UsageError:
    names = _labels(user, declared)
    known = [*names, *(str(item.service.label) for item in gone if item.service.label)]
    near = get_close_matches(label, known, n=1)
    guess = f"; did you mean {quoted(near[0])}?" if near else ""
    hint = f"There are {', '.join(names)}." if names else "The user has no service, in the files or at the operator."
    return UsageError(f"{user.key} has no service {quoted(label)}{guess}", hint=hint)


async def _last_order(reader: Reader, live: LiveService) -> PlacedOrder | None:
    """Return the last order that touched a service; None also where the operator does not say."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return (await reader.last_orders([live])).get(live.id)
    except Exception:  # whatever a server's history of orders holds, the rest can be explained
        return None
