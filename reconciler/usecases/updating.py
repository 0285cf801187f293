"""Bring the users' files up to date with what they should declare: where something differs, and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from reconciler.desired.adaptation import changes, values
from reconciler.desired.declared import DeclaredUser
from reconciler.desired.edit import (
    AddService,
    AddUser,
    ChangeService,
    ChangeUser,
    Edit,
    RemoveService,
    taken,
)
from reconciler.desired.load import Documents
from reconciler.desired.split import Split, parted
from reconciler.desired.write import users_text
from reconciler.errors import EditRefused
from reconciler.model.identifiers import address
from reconciler.usecases.adopting import Key
from reconciler.usecases.editor import home_of
from reconciler.usecases.writing import Workspace


@dataclass(frozen=True, slots=True)
class NewFiles:
    """How a users' file begins that is not there yet, and what makes a file of its own."""

    schema: str
    head: Sequence[str]
    split: Split
    teams: Mapping[str, str]


class Arrivals(NamedTuple):
    """Services that are new where they are declared: from which user each moved, and those no file has declared yet."""

    moves: Mapping[Key, Key]
    fresh: Collection[Key]


def update(
    workspace: Workspace, documents: Documents, users: Sequence[DeclaredUser], arrivals: Arrivals, new: NewFiles
) -> tuple[str, ...]:
    """Edit the files in `workspace` to declare `users`; return a line for each thing that changes.

    Raises EditRefused, with the place, where a file is written in a way that an edit would break.
    """
    files = {user.key: user.place.file for user in documents.users}
    before = {user.key: user for user in documents.users}
    after = {user.key: user for user in users}
    moved = _taken(workspace, arrivals.moves, files)
    anew: dict[str, set[str]] = defaultdict(set)
    for key, label in (*arrivals.moves, *arrivals.fresh):
        anew[key].add(label)
    here = {key: _without_gone(workspace, user, after[key], anew[key]) for key, user in before.items()}
    for (to, label), edit in moved.items():
        origin, was = arrivals.moves[to, label]
        if _is_made(workspace, files[to], edit):
            arrived = [service for service in before[origin].services if service.label == was]
            here[to] = here[to]._replace(services=(*here[to].services, *arrived))
    for key, user in here.items():
        workspace.edit(files[key], *_edits(user, after[key]))
    _declare(workspace, documents, [user for user in users if user.key not in before], new)
    return tuple(_titles(before, users, arrivals))


def _taken(workspace: Workspace, moves: Mapping[Key, Key], files: Mapping[str, str]) -> dict[Key, AddService]:
    """Return what moves services with their comments, by where to; none for those that cannot take them along."""
    found: dict[Key, AddService] = {}
    for (to, label), (user, before) in moves.items():
        with suppress(EditRefused):
            if label == before:
                lines = taken(workspace.text(files[user]), user, label, file=files[user])
                found[to, label] = replace(lines, user=to)
    return found


def _without_gone(workspace: Workspace, before: DeclaredUser, after: DeclaredUser, anew: set[str]) -> DeclaredUser:
    """Have the services removed that are declared no more, and return who has the rest.

    Where another one takes the label, which is `anew` then, the file is edited first: comments are not inherited.
    """
    old = {service.label for service in before.services}
    gone = {*old.difference(service.label for service in after.services), *(anew & old)}
    if gone:
        workspace.edit(before.place.file, *(RemoveService(before.key, label) for label in sorted(gone)))
    if anew & old:
        workspace.text(before.place.file)
    return before._replace(services=tuple(service for service in before.services if service.label not in gone))


def _is_made(workspace: Workspace, file: str, edit: Edit) -> bool:
    """Make an edit by itself, and tell whether the file takes it."""
    workspace.text(file)
    try:
        workspace.edit(file, edit)
        workspace.text(file)
    except EditRefused:
        return False
    return True


def _edits(before: DeclaredUser, after: DeclaredUser) -> Iterator[Edit]:
    """Yield what makes one declaration of a user the other."""
    if before.cost_centre != after.cost_centre:
        yield ChangeUser(before.key, {"cost_centre": after.cost_centre})
    old = {service.label: service for service in before.services}
    for service in after.services:
        if service.label not in old:
            yield AddService(before.key, service.label, values(service))
        elif old[service.label] != service and (changed := changes(old[service.label], service)):
            yield ChangeService(before.key, service.label, changed)


def _declare(workspace: Workspace, documents: Documents, users: Sequence[DeclaredUser], new: NewFiles) -> None:
    """Declare users whom no file knows yet, where the others of their cost centre are or in a file of their own."""
    files = {user.place.file for user in documents.users}
    split = Split.USER if len(files) == len(documents.users) > 1 else new.split
    centres = {user.cost_centre for user in users}
    homes = {centre: home_of(documents, centre) for centre in centres if split not in (Split.USER, Split.TEAM)}
    for user in users:
        if home := homes.get(user.cost_centre):
            workspace.edit(home, _added(user))
    homeless = [user for user in users if not homes.get(user.cost_centre)]
    for name, members in parted(homeless, split, new.teams).items():
        if workspace.text(name):
            workspace.edit(name, *map(_added, members))
        else:
            workspace.put(name, users_text(members, schema=new.schema, head=new.head))


def _added(user: DeclaredUser) -> AddUser:
    services = {service.label: values(service) for service in user.services}
    return AddUser(user.key, services, user.name, user.cost_centre)


def _titles(before: Mapping[str, DeclaredUser], users: Sequence[DeclaredUser], arrivals: Arrivals) -> Iterator[str]:
    """Yield a line for each service that is declared anew, differently, for somebody else or no more."""
    left = set(arrivals.moves.values())
    for user in users:
        old = before.get(user.key)
        services = {service.label: service for service in old.services} if old else {}
        if old and old.cost_centre != user.cost_centre:
            yield f"~ {user.key}: cost_centre"
        for service in user.services:
            key = (user.key, service.label)
            if key in arrivals.moves:
                yield f"> {address(*key)} from {address(*arrivals.moves[key])}"
            elif key in arrivals.fresh or service.label not in services:
                yield f"+ {address(*key)}"
            elif changed := changes(services.pop(service.label), service):
                yield f"~ {address(*key)}: {', '.join(changed)}"
        yield from (f"- {address(user.key, label)}" for label in services if (user.key, label) not in left)
