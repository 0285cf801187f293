"""Write the files of a fleet from what is live, so that planning them right after has nothing to do.

A draft is made first, out of live alone; writing it, or only looking whether there is anything to write, comes after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from reconciler import __version__
from reconciler.desired.declared import DeclaredUser, Profile
from reconciler.desired.live import Declared, Declarer, LeftOut
from reconciler.desired.load import SETTINGS, USERS, Documents, has_settings, load_settings, read_config, user_files
from reconciler.desired.profiles import find_profiles, with_profiles
from reconciler.desired.resolve import resolve
from reconciler.desired.settings_text import Settings, profiles_text, settings_text, with_profiles_added
from reconciler.desired.split import Split, parted
from reconciler.desired.write import users_text
from reconciler.errors import FilesInTheWay, InvalidInput, Problem, UsageError
from reconciler.model.config import FleetConfig, Ownership
from reconciler.model.plan import Action, Status
from reconciler.model.snapshot import LiveService, Snapshot
from reconciler.planning.planner import plan, require_complete
from reconciler.planning.scope import is_ignored_by
from reconciler.ports import World
from reconciler.usecases.planning import operators_today
from reconciler.usecases.writing import Rewritten, write

_HEAD = "Written by fleet import from what was live; yours to edit from here on."
_SCHEMAS = "schemas"
_UNCLEAR = "nothing tells the user's services apart: no number, no SIM and no label of their own"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What whoever imports may choose.

    `out` is the folder to write to instead of the fleet's own, `profiles` how many services must share a bundle and
    options for a profile (0: none), `connection` the way to the operator where no `fleet.yaml` says it.
    """

    out: Path | None = None
    split: Split = Split.COST_CENTRE
    profiles: int = 5
    connection: Settings | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an import would write into `folder`, by path within it, and what it would not."""

    folder: Path
    files: tuple[Rewritten, ...]
    users: tuple[DeclaredUser, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    without_services: int = 0
    ordered: int = 0
    #: Profiles that would be worth having, as text for a `fleet.yaml` that cannot be added to safely.
    advice: str = ""
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    @property
    def services(self) -> int:
        """How many services the users have."""
        return sum(len(user.services) for user in self.users)


async def draft_import(world: World, request: ImportRequest) -> Draft:
    """Read live and return what an import would write.

    Raises FilesInTheWay where there are users' files already, UsageError where nothing says how the operator is
    reached, and what reading raises.
    """
    folder = request.out or world.root
    _require_room(folder)
    home = _home(world.root, folder, request.connection)
    async with world.provider(home.documents.config).reading() as reader:
        snapshot = await reader.snapshot()
    config = home.documents.config
    require_complete(snapshot, config.quota)
    day = operators_today(snapshot, config.timezone)
    declared = Declarer.of(snapshot, day).declare(_managed(config, snapshot))
    declared = _certain(home.documents, declared, snapshot, day)
    return _draft(folder, home, request, declared, snapshot)


def write_import(draft: Draft) -> None:
    """Write a draft's files, each as a whole or not at all."""
    write(draft.folder, draft.files)


@dataclass(frozen=True, slots=True)
class _Home:
    """Where the settings come from: the documents of a `fleet.yaml`, and its text where it exists."""

    documents: Documents
    text: str | None
    connection: Settings | None = None
    is_here: bool = True


def _require_room(folder: Path) -> None:
    found = user_files(folder)
    if found:
        listed = "".join(f"\n  {name}" for name in found[:10]) + (f"\n  and {len(found) - 10} more" * (len(found) > 10))
        message = f"an import writes into an empty {USERS}/, and in {folder} there are files already:{listed}"
        raise FilesInTheWay(message, hint="To import beside them: fleet import --out DIR.")


def _home(root: Path, folder: Path, connection: Settings | None) -> _Home:
    """Return the settings of the folder written to, else of the fleet's own folder, else of what was asked for."""
    for place in (folder, root):
        if has_settings(place):
            if connection is not None:
                raise UsageError(
                    f"{place / SETTINGS} says how the operator is reached",
                    hint="Leave --provider, --url, --organisation and --contract out, or import with --out DIR.",
                )
            text = (place / SETTINGS).read_bytes().decode("utf-8")
            return _Home(load_settings(place), text, is_here=place == folder)
    if connection is None:
        raise UsageError(
            f"there is no {SETTINGS} in '{folder}' to say how the operator is reached",
            hint="Say it: fleet import --provider tmf --url URL --organisation NAME.",
        )
    config = read_config(settings_text(connection, {}, schema=""))
    return _Home(Documents(folder.name, config, {}, (), ""), None, connection)


def _managed(config: FleetConfig, snapshot: Snapshot) -> list[LiveService]:
    """Return the live services whose users are not ignored."""
    ignored = {user for user in {item.service.user for item in snapshot.services} if is_ignored_by(config, user)}
    return [item for item in snapshot.services if item.service.user not in ignored]


def _certain(documents: Documents, declared: Declared, snapshot: Snapshot, day: date) -> Declared:
    """Return what is declared without the users for whom planning it would have something to do.

    That is how services show which nothing tells apart: planning would not know which is which. Raises InvalidInput
    where the files are the whole truth, so that whom they leave out would lose every service.
    """
    desired = resolve(replace(documents, users=declared.users), day)
    actions = plan(desired, snapshot, day, tool_version=__version__).actions
    touched = {user for action in actions if action.status is not Status.IN_FLIGHT for user in _touched(action)}
    unclear = touched.intersection(user.key for user in declared.users)
    left_out = (*declared.left_out, *(LeftOut(user, _UNCLEAR) for user in sorted(unclear)))
    if left_out and documents.config.ownership is Ownership.ORGANISATION:
        hint = "Have them ignored, or use 'ownership: declared-users'."
        raise InvalidInput(
            [
                Problem(f"a plan would remove every service of {user}, whom no file can declare: {reason}", None, hint)
                for user, reason in left_out
            ]
        )
    return declared._replace(users=tuple(user for user in declared.users if user.key not in unclear), left_out=left_out)


def _touched(action: Action) -> Iterable[str]:
    return {service.user for service in (action.before, action.after) if service is not None}


def _draft(folder: Path, home: _Home, request: ImportRequest, declared: Declared, snapshot: Snapshot) -> Draft:
    """Work profiles in, part the users into files, and write them out."""
    known = home.documents.profiles
    found = find_profiles(declared.users, at_least=request.profiles, known=known)
    base, texts = _schemas(folder) if declared.users or home.text is None else (_SCHEMAS, {})
    settings = _settings_text(home, found, snapshot, schema=f"{base}/fleet.schema.json")
    advice = ""
    if settings is None:
        settings, advice, found = home.text, profiles_text(found), {}
    if settings is not None and not (home.is_here and settings == home.text):
        texts[SETTINGS] = settings
    users = with_profiles(declared.users, {**known, **found})
    for name, members in parted(users, request.split).items():
        schema = f"../{base}/users.schema.json"
        texts[name] = users_text(members, schema=schema, head=[_HEAD], notes=declared.notes)
    holders = {item.service.user for item in snapshot.services}
    return Draft(
        folder=folder,
        files=tuple(Rewritten(name, _content(folder / name), text.encode()) for name, text in sorted(texts.items())),
        users=users,
        left_out=declared.left_out,
        without_services=len(snapshot.users.keys() - holders),
        ordered=len(snapshot.open_orders),
        advice=advice,
        profiles=found,
    )


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _settings_text(home: _Home, found: Mapping[str, Profile], snapshot: Snapshot, *, schema: str) -> str | None:
    """Return `fleet.yaml` with the profiles found; None where they cannot be added to the one there is."""
    if home.text is not None:
        return with_profiles_added(home.text, found) if found else home.text
    assert home.connection is not None, "without a file there is a connection"
    currencies = sorted({bundle.monthly.currency for bundle in snapshot.catalogue.bundles.values()})
    settings = home.connection._replace(contract=snapshot.contract.id, currency=next(iter(currencies), "EUR"))
    return settings_text(settings, found, schema=schema)


def _schemas(folder: Path) -> tuple[str, dict[str, str]]:
    """Return where an editor finds the schemas, seen from the fleet's folder, and what to write for it to find them."""
    from reconciler.desired.schemas import schemas

    names = ("fleet.schema.json", "users.schema.json")
    for base in (_SCHEMAS, f"../{_SCHEMAS}"):
        if all((folder / base / name).is_file() for name in names):
            return base, {}
    texts = {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas().items()}
    return _SCHEMAS, {f"{_SCHEMAS}/{name}": text for name, text in texts.items()}
