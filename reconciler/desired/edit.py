"""Edit the text of a users' file: only the lines concerned change, and comments, quotes and layout stay.

Pure functions from text to text. An edit changes the values that were read; the text follows (`splice`), is read again,
and has to hold exactly the intended values, or nothing was edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.desired.comments import has_comment, require_comments_kept
from reconciler.desired.edit_checks import require_all_carried, require_intended
from reconciler.desired.entries import EntryLines
from reconciler.desired.flow import span_of
from reconciler.desired.form import Path, UsersForm
from reconciler.desired.layout import BOM, BREAK, Entry, Layout, Node, Shape
from reconciler.desired.pieces import without_idle_anchors
from reconciler.desired.splice import spliced
from reconciler.desired.yaml import Text, nearest, parse
from reconciler.errors import EditRefused, InvalidInput, Place, quoted
from reconciler.model.identifiers import user_key


@dataclass(frozen=True, slots=True)
class AddUser:
    """Declare a user; `services` by label, each as it stands in a file."""

    user: str
    services: Mapping[str, Mapping[str, Any]]
    name: str | None = None
    cost_centre: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Give attributes of a user other values; None takes one away."""

    user: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddService:
    """Declare a service of a user that is declared; `lines` are those it had elsewhere, from column 0."""

    user: str
    label: str
    service: Mapping[str, Any]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeService:
    """Give attributes of a service other values; None takes one away."""

    user: str
    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AmendService:
    """Make another service of the one that stands there, by a pure function."""

    user: str
    label: str
    amend: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RemoveService:
    """Take a service out; of the last one `services: {}` stays."""

    user: str
    label: str


@dataclass(frozen=True, slots=True)
class RemoveServices:
    """Take every service of a user out: has left."""

    user: str


Edit: TypeAlias = AddUser | ChangeUser | AddService | ChangeService | AmendService | RemoveService | RemoveServices


def edited(text: str, edits: Sequence[Edit], *, file: str) -> str:
    """Return the text of a users' file after `edits`.

    Raises InvalidInput where the text cannot be read, and EditRefused, with the place, where an edit makes no sense or
    would change something else too.
    """
    for part in _parts(edits):
        text = _edited(text, part, file)
    return text


def _parts(edits: Sequence[Edit]) -> Iterator[Sequence[Edit]]:
    """Yield the edits that are made together: what came with its lines stands there before it is edited again."""
    start, arrived = 0, set[str]()
    for number, edit in enumerate(edits):
        if user_key(edit.user) in arrived:
            yield edits[start:number]
            start, arrived = number, set()
        if isinstance(edit, AddService) and edit.lines:
            arrived.add(user_key(edit.user))
    yield edits[start:]


def _edited(text: str, edits: Sequence[Edit], file: str) -> str:
    body = text.removeprefix(BOM)
    read = _read(body, file)
    before = read.value if read.value is not None else {}
    after = _own(before)
    after.setdefault("users", {})
    carried: dict[Path, Sequence[str]] = {}
    for edit in edits:
        _make(edit, after["users"], read, carried)
    if after == before:
        return text
    layout = Layout.of(body, file)
    moved = [tuple(lines) for lines in carried.values()]
    result, gone = spliced(layout, before, after, EntryLines(carried), UsersForm())
    require_all_carried(carried, read)
    require_intended(result, after, layout, moved)
    require_comments_kept(layout, Layout.of(result, file), gone, [line for lines in moved for line in lines])
    return text[: len(text) - len(body)] + result


def taken(text: str, user: str, label: str, *, file: str) -> AddService:
    """Return what puts a service elsewhere as it stands in `text`, with its comments.

    Raises EditRefused where it hangs together with something else by an alias.
    """
    body = text.removeprefix(BOM)
    read = _read(body, file)
    users = read.value["users"] if read.value else {}
    written = _declared(users, user, read)
    service = _service(users[written], written, label, read)
    layout = Layout.of(body, file)
    parent, entry = _entry(layout, ("users", written, "services", label))
    _require_alone(layout, entry)
    if parent.flow:
        if has_comment(layout, *span_of(layout, parent, entry)):
            hint = "Write the services of this user one below the other first."
            raise EditRefused("comments between brackets cannot move along", place=layout.place(entry.start), hint=hint)
        return AddService(user, label, _own(service))
    lines = BREAK.split(without_idle_anchors(layout, entry))
    column = layout.column(entry.start)
    moved = tuple(line[min(column, len(line) - len(line.lstrip(" "))) :] for line in lines)
    return AddService(user, label, _own(service), moved[:-1] if not moved[-1] else moved)


def _read(text: str, file: str) -> Text:
    read = parse(text, file)
    if read.problems:
        raise InvalidInput(read.problems)
    if read.value is not None and not isinstance(read.value, dict):
        raise EditRefused("this is no users' file", place=Place(file, 1, 1), hint="Its first key is 'users'.")
    return read


def _own(value: Any) -> Any:
    """Return a copy in which nothing is shared: an alias is the same object as what it stands for."""
    if isinstance(value, Mapping):
        return {key: _own(inner) for key, inner in value.items()}
    return [_own(inner) for inner in value] if isinstance(value, list) else value


def _make(edit: Edit, users: dict[str, Any], read: Text, carried: dict[Path, Sequence[str]]) -> None:
    """Make one edit in the values."""
    if isinstance(edit, AddUser):
        _add_user(edit, users, read)
        return
    written = _declared(users, edit.user, read)
    user = users[written]
    match edit:
        case ChangeUser():
            _change(user, edit.changes)
        case AddService():
            _add_service(edit, user["services"], written, read)
            carried |= _lines(edit, written)
        case ChangeService():
            service = _service(user, written, edit.label, read)
            _change(service, edit.changes)
            _require_offer(service, edit.label)
        case AmendService():
            service = _own(edit.amend(_service(user, written, edit.label, read)))
            _require_offer(service, edit.label)
            user["services"][edit.label] = service
        case RemoveService():
            _service(user, written, edit.label, read)
            del user["services"][edit.label]
        case RemoveServices():
            user["services"] = {}


def _lines(edit: AddService, written: str) -> dict[Path, Sequence[str]]:
    """Return the lines a service had elsewhere, by where it is to stand."""
    return {("users", written, "services", edit.label): edit.lines} if edit.lines else {}


def _add_user(edit: AddUser, users: dict[str, Any], read: Text) -> None:
    written = next((key for key in users if user_key(key) == user_key(edit.user)), None)
    if written is not None:
        place = read.place(("users", written), key=True)
        raise EditRefused(f"{written} is declared already", place=place, hint="Add services to it.")
    facts = {"name": edit.name, "cost_centre": edit.cost_centre}
    known = {key: value for key, value in facts.items() if value is not None}
    for label, service in edit.services.items():
        _require_offer(service, label)
    users[edit.user] = {**known, "services": _own(edit.services)}


def _add_service(edit: AddService, services: dict[str, Any], written: str, read: Text) -> None:
    if edit.label in services:
        place = read.place(("users", written, "services", edit.label), key=True)
        message = f"{written} has a service {quoted(edit.label)} already"
        raise EditRefused(message, place=place, hint="Choose another label.")
    _require_offer(edit.service, edit.label)
    services[edit.label] = _own(edit.service)


def _require_offer(service: Mapping[str, Any], label: str) -> None:
    """Raise where nothing is said of a service; whether a profile gives it a bundle is checked with the whole fleet."""
    if not service:
        hint = "Name its bundle, or a profile that has one."
        raise EditRefused(f"the service '{label}' has no bundle", hint=hint)


def _change(service: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if value is None:
            service.pop(key, None)
        else:
            service[key] = _own(value)


def _declared(users: Mapping[str, Any], user: str, read: Text) -> str:
    """Return the key of a user as it is written in the file."""
    written = {user_key(key): key for key in users}
    if user_key(user) not in written:
        hint = f"Known here: {len(users)} users{nearest(user_key(user), list(written))}"
        raise EditRefused(f"user {quoted(user)} is not declared in this file", place=Place(read.file, 1, 1), hint=hint)
    return written[user_key(user)]


def _service(user: Mapping[str, Any], written: str, label: str, read: Text) -> dict[str, Any]:
    services: dict[str, Any] = user["services"]
    if label not in services:
        has = f"It has {', '.join(services)}." if services else "It has none."
        place = read.place(("users", written), key=True)
        message = f"{written} has no service {quoted(label)}{nearest(label, list(services))}"
        raise EditRefused(message, place=place, hint=has)
    service: dict[str, Any] = services[label]
    return service


def _entry(layout: Layout, path: Path) -> tuple[Node, Entry]:
    """Return where a path stands, and the mapping it stands in; raises EditRefused where an alias stands for it."""
    node = layout.root
    for depth, key in enumerate(path):
        assert node is not None, "the path was found in the values"
        if node.shape is Shape.ALIAS:
            raise EditRefused("this is an alias of what stands elsewhere", place=layout.place(node.start))
        entry = next(entry for entry in node.entries if entry.key == key)
        if depth == len(path) - 1:
            return node, entry
        node = entry.value
    raise AssertionError("a path has keys")


def _require_alone(layout: Layout, entry: Entry) -> None:
    for node in entry.value.within():
        outside = node.target is not None and not entry.start <= node.target.start < entry.end
        if outside or any(not entry.start <= alias < entry.end for alias in node.aliases):
            hint = "Write it out first; what several services share can be a profile of fleet.yaml."
            message = "this is shared by an alias with what would stay behind"
            raise EditRefused(message, place=layout.place(node.start), hint=hint)
