"""Give out activation codes of eSIMs (R6): which services have one, and the one that somebody asks to see.

A code goes from the operator to whoever asked and nowhere else; it is no part of a snapshot, a plan or the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from reconciler.desired.yaml import nearest
from reconciler.errors import FleetError, UsageError, quoted
from reconciler.model.fleet import SimType
from reconciler.model.identifiers import user_key
from reconciler.model.secret import Secret
from reconciler.model.snapshot import LiveService, Presence, Snapshot
from reconciler.ports import Progress, Reader, Result, World
from reconciler.usecases.past import past_run
from reconciler.usecases.snapshots import reading_whole

#: Outcomes after which a service was neither added nor changed.
_NOTHING_DONE = frozenset({None, Result.FAILED, Result.CANCELLED, Result.NOT_STARTED})


async def services_with_code(
    world: World, names: Sequence[str], *, run_id: str | None, progress: Progress
) -> list[LiveService]:
    """Return the services whose activation code can be shown, by address.

    `names` are users or addresses, all where there are none; `run_id` leaves what that run added or changed. Raises
    UsageError for one that is not there, OperatorError or IncompleteSnapshot for live.
    """
    concerned = _of_run(world, run_id) if run_id is not None else _any
    async with reading_whole(world) as (reader, snapshot):
        named = [found for name in names for found in _named(snapshot, name)] if names else snapshot.services
        asked = {item.id: item for item in named if _may_have_code(item) and concerned(item)}.values()
        progress.expect(len(asked))
        found = await asyncio.gather(*(_has_code(reader, item, progress) for item in asked))
    having = (item for item, has_code in zip(asked, found, strict=True) if has_code)
    return sorted(having, key=lambda item: item.service.address)


async def activation_code(world: World, name: str) -> tuple[LiveService, Secret]:
    """Return the one service that `name` means, and its activation code.

    Raises UsageError where it means none or several, FleetError where the service has no code.
    """
    async with reading_whole(world) as (reader, snapshot):
        found = _named(snapshot, name)
        if len(found) > 1:
            known = ", ".join(f"{item.service.address} ({item.id})" for item in found)
            raise UsageError(f"{quoted(name)} is {len(found)} services: {known}", hint="Name one as USER/LABEL.")
        if not found:
            raise FleetError(f"{user_key(name)} has no services")
        code = await reader.activation_code(found[0].id) if _may_have_code(found[0]) else None
    if code is None:
        raise _without_code(found[0])
    return found[0], code


async def _has_code(reader: Reader, item: LiveService, progress: Progress) -> bool:
    code = await reader.activation_code(item.id)
    progress.step(item.service.address)
    return code is not None


def _named(snapshot: Snapshot, name: str) -> list[LiveService]:
    """Return the services of a user, or those at an address; case is ignored."""
    user, slash, label = name.partition("/")
    key = user_key(user)
    if key not in snapshot.users:
        raise UsageError(f"the operator knows no user {quoted(user)}{nearest(key, list(snapshot.users))}")
    theirs = [item for item in snapshot.services if item.service.user == key]
    if not slash:
        return theirs
    found = [item for item in theirs if item.service.address.lower() == f"{key}/{label.strip().lower()}"]
    if not found:
        labels = sorted(item.service.address.removeprefix(f"{key}/") for item in theirs)
        message = f"{key} has no service {quoted(label)}{nearest(label.lower(), labels)}"
        raise UsageError(message, hint=f"There are: {', '.join(labels) or 'none'}.")
    return found


def _may_have_code(item: LiveService) -> bool:
    """Tell whether to ask for a code: what has a physical SIM has none, what is not active yet has none so far."""
    return item.service.sim.type is not SimType.PHYSICAL and item.presence is not Presence.COMING


def _of_run(world: World, run_id: str) -> Callable[[LiveService], bool]:
    """Return what tells whether a run added or changed a service: by its live id, or by the address it was given."""
    _, actions = past_run(world, run_id)
    done = [action for action in actions if action.kind != "remove" and action.result not in _NOTHING_DONE]
    ids, addresses = {action.live_id for action in done}, {action.address.lower() for action in done}
    return lambda item: item.id in ids or item.service.address.lower() in addresses


def _any(_: LiveService) -> bool:
    return True


def _without_code(item: LiveService) -> FleetError:
    address = item.service.address
    if item.service.sim.type is SimType.PHYSICAL:
        return FleetError(f"{address} has a physical SIM, which needs no activation code")
    if item.presence is Presence.COMING:
        hint = "It takes an hour as a rule, two days at the most (R6)."
        return FleetError(f"{address} is not active yet, and has no activation code before", hint=hint)
    hint = "A code is gone once it was used: for another, have the SIM replaced, or ask the operator."
    return FleetError(f"the operator shows no activation code for {address}", hint=hint)
