"""Turns what is wanted into edits of the files: finds who and what is meant, and says who was probably meant else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import PurePosixPath

from reconciler.desired.edit import (
    AddService,
    AddUser,
    AmendService,
    ChangeUser,
    RemoveService,
    RemoveServices,
    taken,
)
from reconciler.desired.entries import typed
from reconciler.desired.load import USERS, Documents
from reconciler.desired.write import SERVICE_KEYS
from reconciler.desired.yaml import nearest
from reconciler.errors import EditRefused, quoted
from reconciler.model.identifiers import address, label_flaw, user_key
from reconciler.model.snapshot import LiveUser, Snapshot
from reconciler.planning.scope import is_ignored_by
from reconciler.usecases.search import nearest_users
from reconciler.usecases.wanted import Add, Amendment, Change, Leave, Remove, Transfer, Wanted
from reconciler.usecases.writing import Workspace


class Editor:
    """Turns what is wanted into edits of the files, one after the other, in memory."""

    def __init__(self, documents: Documents, snapshot: Snapshot, workspace: Workspace) -> None:
        self._documents = documents
        self._snapshot = snapshot
        self.workspace = workspace
        self._files = {user.key: user.place.file for user in documents.users}
        self._labels = {user.key: [held.label for held in user.services] for user in documents.users}
        self.titles: list[str] = []
        self.users: set[str] = set()
        #: Which row of a table edited a service last, by its address.
        self.rows: dict[str, int] = {}
        self._row: int | None = None

    def copy(self) -> Editor:
        """Return another editor that goes on from here."""
        other = Editor(self._documents, self._snapshot, self.workspace.copy())
        other._files, other._labels = dict(self._files), {user: list(held) for user, held in self._labels.items()}
        other.titles, other.users, other.rows = list(self.titles), set(self.users), dict(self.rows)
        return other

    def carry_out(self, wanted: Wanted, *, row: int | None = None) -> None:
        """Have what is wanted edited; raises EditRefused or InvalidInput where it makes no sense.

        `row` is where it stands in a table.
        """
        self._row = row
        match wanted:
            case Add():
                self._add(wanted)
            case Change():
                self._change(wanted)
            case Remove():
                user, label = self._service(wanted.user, wanted.label)
                self.workspace.edit(self._files[user], RemoveService(user, label))
                self._labels[user].remove(label)
                self._done(f"Remove {label} of {user}", user, label=label)
            case Transfer():
                self._transfer(wanted)
            case Leave():
                user = self._declared(wanted.user)
                why = [ChangeUser(user, {"reason": wanted.reason})] if wanted.reason else []
                self.workspace.edit(self._files[user], RemoveServices(user), *why)
                self._labels[user].clear()
                self._done(f"Remove every service of {user}", user)

    def _add(self, wanted: Add) -> None:
        flaw = label_flaw(wanted.label)
        if flaw:
            raise EditRefused(flaw.message)
        user = user_key(wanted.user)
        if wanted.label in self._labels.get(user, ()):
            raise EditRefused(
                f"{user} has a service {quoted(wanted.label)} already", hint="Choose another label, or: fleet change"
            )
        typed(wanted.label, wanted.service)
        user = self._made(wanted.user, wanted.file, wanted.name)
        service = {key: wanted.service[key] for key in SERVICE_KEYS if key in wanted.service}
        self.workspace.edit(self._files[user], AddService(user, wanted.label, service))
        self._labels[user].append(wanted.label)
        self._done(f"Add {wanted.label} of {user}", user, label=wanted.label)

    def _change(self, wanted: Change) -> None:
        user, label = self._service(wanted.user, wanted.label)
        amend = Amendment(wanted, address(user, label), self._documents)
        self.workspace.edit(self._files[user], AmendService(user, label, amend))
        self._done(f"Change {label} of {user}", user, label=label)

    def _transfer(self, wanted: Transfer) -> None:
        user, label = self._service(wanted.user, wanted.label)
        to = user_key(wanted.to)
        if to == user:
            raise EditRefused(f"{label} is a service of {user} already")
        if label in self._labels.get(to, ()):
            hint = f"Its services are {', '.join(self._labels[to])}; labels are one of a kind."
            raise EditRefused(f"{to} has a service {quoted(label)} already", hint=hint)
        to = self._made(wanted.to, wanted.file)
        here, there = self._files[user], self._files[to]
        self.workspace.text(there)
        moved = taken(self.workspace.text(here), user, label, file=here)
        self.workspace.edit(here, RemoveService(user, label))
        self.workspace.edit(there, AddService(to, label, moved.service, moved.lines))
        self._labels[user].remove(label)
        self._labels[to].append(label)
        self._done(f"Move {label} from {user} to {to}", user, to, label=label)

    def _done(self, title: str, *users: str, label: str = "") -> None:
        self.titles.append(title)
        self.users.update(users)
        if self._row is not None:
            self.rows[address(users[-1], label)] = self._row

    def _declared(self, user: str) -> str:
        key = user_key(user)
        if key in self._files:
            return key
        if key in self._snapshot.users:
            hint = "There is nothing to edit; its services are the operator's business. To declare one: fleet add"
            raise EditRefused(f"user {quoted(key)} is not declared in the files", hint=hint)
        raise EditRefused(f"user {quoted(key)} is not declared in the files{self._meant(user, self._files)}")

    def _service(self, user: str, label: str | None) -> tuple[str, str]:
        """Return a service that is declared; without a label, the only one of its user."""
        key = self._declared(user)
        labels = self._labels[key]
        has = f"It has {', '.join(labels)}." if labels else "It has none."
        if label is None and len(labels) == 1:
            return key, labels[0]
        if label is None:
            raise EditRefused(f"name the service of {key} by its label", hint=has)
        if label not in labels:
            raise EditRefused(f"{key} has no service {quoted(label)}{nearest(label, labels)}", hint=has)
        return key, label

    def _made(self, user: str, file: str | None, name: str | None = None) -> str:
        """Return a user's key; one that only the operator knows is declared, in `file` or with its cost centre.

        One whom nobody knows is declared by `name`, where users are created.
        """
        key = user_key(user)
        if key in self._files:
            if file not in (None, self._files[key]):
                raise EditRefused(f"{key} is declared in {self._files[key]}, not in {file}", hint="Leave out --file.")
            return key
        live = self._snapshot.users.get(key) or self._newcomer(key, name, user)
        if is_ignored_by(self._documents.config, key):
            raise EditRefused(f"fleet.yaml says to ignore {key}", hint="Take it out of 'ignore' first.")
        home = users_file(file) if file is not None else home_of(self._documents, live.cost_centre)
        if home is None:
            raise self._homeless(key, live.cost_centre)
        self.workspace.edit(home, AddUser(key, {}, live.name or None, live.cost_centre))
        self._files[key], self._labels[key] = home, []
        return key

    def _newcomer(self, key: str, name: str | None, user: str) -> LiveUser:
        """Return whom the operator is to create; raises EditRefused where nobody is created, or without a name."""
        creates = self._documents.config.create_users
        if creates and name:
            return LiveUser(key, "", name)
        hint = "To have the user created at the operator, say --name 'GIVEN FAMILY'."
        if not creates:
            hint = "Have the user created at the operator first (R1), or let fleet do it: 'users: {create: true}'."
        meant = self._meant(user, {*self._files, *self._snapshot.users})
        raise EditRefused(f"neither the files nor the operator know a user {quoted(key)}{meant}", hint=hint)

    def _meant(self, user: str, known: Collection[str]) -> str:
        """Return the question whether one of `known` was meant, nothing where none is near."""
        declared = {each.key: each.name for each in self._documents.users}
        live = self._snapshot.users
        near = nearest_users(user, {key: declared.get(key) or (live[key].name if key in live else "") for key in known})
        return f"; did you mean {quoted(near[0])}?" if near else ""

    def _homeless(self, user: str, cost_centre: str | None) -> EditRefused:
        known = ", ".join(sorted(set(self._files.values()))) or f"none; a new one is {USERS}/NAME.yaml"
        where = f"no file has users of its cost centre {cost_centre}" if cost_centre else "it has no cost centre"
        hint = f"Say which with --file FILE; there are {known}"
        return EditRefused(f"{user} is in no file yet, and {where}", hint=hint)


def home_of(documents: Documents, cost_centre: str | None) -> str | None:
    """Return the file in which most users of a cost centre stand, None where there is none."""
    files = Counter(user.place.file for user in documents.users if cost_centre and user.cost_centre == cost_centre)
    return max(sorted(files), key=lambda name: files[name]) if files else None


def users_file(name: str) -> str:
    """Return the name of a users' file from the fleet's folder; raises EditRefused for one that would not be read."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[:1] != (USERS,) or path.suffix not in (".yaml", ".yml"):
        raise EditRefused(f"{quoted(name)} is no users' file", hint=f"Name one like {USERS}/sales.yaml.")
    return path.as_posix()
