"""The first files of a fleet: its settings, its users as they are live, and the schemas an editor completes with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reconciler.desired.declared import DeclaredUser, Profile
from reconciler.desired.live import Declared
from reconciler.desired.load import SETTINGS, Documents
from reconciler.desired.profiles import find_profiles, with_profiles
from reconciler.desired.settings_text import Settings, profiles_text, settings_text, with_profiles_added
from reconciler.desired.split import Split, parted
from reconciler.desired.write import users_text
from reconciler.files import read_inside
from reconciler.model.snapshot import Snapshot
from reconciler.usecases.updating import NewFiles
from reconciler.usecases.writing import Rewritten

#: By this line a later import knows that the files are its own.
MARK = "Written by fleet import"
_HEAD = f"{MARK} from what was live; yours to edit from here on."
_SCHEMAS = "schemas"
_SCHEMA_FILES = ("fleet.schema.json", "users.schema.json")


@dataclass(frozen=True, slots=True)
class Home:
    """Where the settings come from: the documents of a `fleet.yaml`, its text, and whether it is the one written to."""

    documents: Documents
    text: str | None
    connection: Settings | None = None
    is_here: bool = True


class Founded(NamedTuple):
    """The files of a fleet, its users as they stand there, and profiles that could not be added to its settings."""

    files: tuple[Rewritten, ...]
    users: tuple[DeclaredUser, ...]
    advice: str


def founded(
    folder: Path, home: Home, declared: Declared, snapshot: Snapshot, *, split: Split, profiles: int
) -> Founded:
    """Return the files of what is declared, with profiles for what `profiles` services or more share."""
    known = home.documents.profiles
    found = find_profiles(declared.users, at_least=profiles, known=known)
    texts = schema_texts(folder) if declared.users or home.text is None else {}
    settings, advice = _settings_text(home, found, snapshot, schema=f"{schema_base(folder)}/{_SCHEMA_FILES[0]}"), ""
    if settings is None:
        settings, advice, found = home.text, profiles_text(found), {}
    if settings is not None and not (home.is_here and settings == home.text):
        texts[SETTINGS] = settings
    users = with_profiles(declared.users, {**known, **found})
    new = new_files(folder, split, snapshot)
    for name, members in parted(users, split, new.teams).items():
        texts[name] = users_text(members, schema=new.schema, head=new.head, notes=declared.notes)
    files = (Rewritten(name, _content(folder, name), text.encode()) for name, text in sorted(texts.items()))
    return Founded(tuple(files), users, advice)


def new_files(folder: Path, split: Split, snapshot: Snapshot) -> NewFiles:
    """Return how a users' file begins in a fleet's folder, and whose it is."""
    teams = {user.key: user.team for user in snapshot.users.values() if user.team}
    return NewFiles(f"../{schema_base(folder)}/{_SCHEMA_FILES[1]}", (_HEAD,), split, teams)


def schema_texts(folder: Path) -> dict[str, str]:
    """Return the schemas to write into a fleet's folder, none where there are some."""
    from reconciler.desired.schemas import schemas

    if _has_schemas(folder / schema_base(folder)):
        return {}
    return {
        f"{_SCHEMAS}/{name}": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


def schema_base(folder: Path) -> str:
    """Return where the schemas are or will be, seen from the fleet's folder: within it, or beside it."""
    places = (_SCHEMAS, f"../{_SCHEMAS}")
    return next((base for base in places if _has_schemas(folder / base)), _SCHEMAS)


def _settings_text(home: Home, found: Mapping[str, Profile], snapshot: Snapshot, *, schema: str) -> str | None:
    """Return `fleet.yaml` with the profiles found; None where they cannot be added to the one there is."""
    if home.text is not None:
        return with_profiles_added(home.text, found) if found else home.text
    assert home.connection is not None, "without a file there is a connection"
    currencies = sorted({bundle.monthly.currency for bundle in snapshot.catalogue.bundles.values()})
    settings = home.connection._replace(contract=snapshot.contract.id, currency=next(iter(currencies), "EUR"))
    return settings_text(settings, found, schema=schema)


def _has_schemas(folder: Path) -> bool:
    return all((folder / name).is_file() for name in _SCHEMA_FILES)


def _content(folder: Path, name: str) -> bytes | None:
    return read_inside(folder, name) if os.path.lexists(folder / name) else None
