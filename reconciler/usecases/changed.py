"""Plan only the users whose YAML changed: find them, read what concerns them on both sides, and say what is left out.

What concerns a user is more than their own: a number declared here may be in use elsewhere, or be declared elsewhere
too. So both sides are searched for the numbers and SIMs of either, until nothing new is found.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Protocol

from reconciler.desired.changes import changed
from reconciler.desired.declared import DeclaredService, DeclaredUser
from reconciler.desired.load import Documents
from reconciler.desired.partial import PartialFleet
from reconciler.model.config import FleetConfig
from reconciler.model.fleet import Service
from reconciler.model.plan import ChangedSince
from reconciler.model.snapshot import Extent, Snapshot
from reconciler.planning.quota import needs_services
from reconciler.ports import World
from reconciler.usecases.earlier import earlier

#: Reads live: all of it, or at least an extent.
ReadLive = Callable[[Extent | None], Awaitable[Snapshot]]


class Files(Protocol):
    """The files of a fleet, to be asked about some users or as a whole; both raise InvalidInput."""

    @property
    def config(self) -> FleetConfig:
        """What `fleet.yaml` says."""

    def about(self, extent: Extent, holders: Iterable[str] = ()) -> Documents:
        """Return documents that have whatever the files say of an extent, and whether they declare the `holders`."""

    def whole(self) -> Documents:
        """Return the documents of all files."""


class LoadedFiles:
    """Files that were all read already."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    @property
    def config(self) -> FleetConfig:
        """What `fleet.yaml` says."""
        return self._documents.config

    def about(self, extent: Extent, holders: Iterable[str] = ()) -> Documents:
        """Return the documents without the users that are another matter; one is left, so that they are not empty."""
        users, known = self._documents.users, set(holders)
        kept = [user for user in users if user.key in known or _concerns(user, extent)] or users[:1]
        return replace(self._documents, users=tuple(kept))

    def whole(self) -> Documents:
        """Return all of them."""
        return self._documents


def changed_since(world: World, fleet: PartialFleet, ref: str) -> ChangedSince:
    """Return the users whose YAML differs from where the branch left `ref`, or why that may be everybody.

    Raises UsageError where git cannot tell, InvalidInput for a file that changed and is wrong.
    """
    then = earlier(world.root, ref)
    if then.unclear is not None:
        return ChangedSince(ref, then.commit, None, then.unclear)
    found = changed(fleet, then.files)
    users = None if found.users is None else tuple(sorted(found.users))
    return ChangedSince(ref, then.commit, users, found.whole)


async def read_about(files: Files, read: ReadLive, extent: Extent) -> tuple[Documents, Snapshot]:
    """Return what either side says of the users of an extent, and of whoever has to do with their services.

    Live is read whole where the quota is counted from the history of every service.
    """
    holders = frozenset[str]()
    while True:
        documents, extent = _declared(files, extent, holders)
        snapshot = await read(extent)
        known, holders = _held(snapshot, extent)
        documents, extent = _declared(files, known, holders)
        if extent == known:
            break
    if snapshot.counted is not None and needs_services(documents.config.quota):
        snapshot = await read(None)
    return documents, snapshot


def _declared(files: Files, extent: Extent, holders: Iterable[str]) -> tuple[Documents, Extent]:
    """Return documents about an extent, and the extent with whoever declares something of it."""
    while True:
        documents = files.about(extent, holders)
        users = [user for user in documents.users if _concerns(user, extent)]
        keys = frozenset(user.key for user in users)
        wider = extent | _values(keys, (service for user in users for service in user.services))
        if wider == extent:
            return documents, extent
        extent = wider


def _held(snapshot: Snapshot, extent: Extent) -> tuple[Extent, frozenset[str]]:
    """Return the extent with what its services have at the operator, and who holds them."""
    while True:
        related = [item.service for item in snapshot.services if _is_related(item.service, extent)]
        wider = extent | _values(frozenset(), related)
        if wider == extent:
            return extent, frozenset(service.user for service in related)
        extent = wider


def _values(users: frozenset[str], services: Iterable[Service | DeclaredService]) -> Extent:
    held = list(services)
    numbers = frozenset(service.number for service in held if service.number)
    return Extent(users, numbers, frozenset(service.sim.iccid for service in held if service.sim.iccid))


def _is_related(service: Service, extent: Extent) -> bool:
    return extent.has(service.user) or _has_of(service, extent)


def _concerns(user: DeclaredUser, extent: Extent) -> bool:
    return extent.has(user.key) or any(_has_of(service, extent) for service in user.services)


def _has_of(service: Service | DeclaredService, extent: Extent) -> bool:
    return service.number in extent.numbers or service.sim.iccid in extent.iccids
