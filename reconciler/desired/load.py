"""Read `fleet.yaml` and `users/**` of a folder, and report everything that is wrong with them at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from reconciler.desired.cache import Cache
from reconciler.desired.crew import read_rows
from reconciler.desired.declared import DeclaredUser, Profile
from reconciler.desired.gathering import USERS, Gathering
from reconciler.desired.settings import SETTINGS, Settings, read_settings
from reconciler.desired.tuning import Tuning
from reconciler.desired.users import Profiles
from reconciler.desired.yaml import Text
from reconciler.errors import InvalidInput, Place, Problem
from reconciler.garbage import uncollected
from reconciler.model.config import FleetConfig

__all__ = [
    "SETTINGS",
    "USERS",
    "Documents",
    "has_settings",
    "load",
    "load_settings",
    "read_again",
    "read_config",
    "user_files",
]
#: How many bytes of files are worth a cache.
_WORTH_KEEPING = 1_000_000
_NOTHING: Mapping[str, bytes] = MappingProxyType({})
#: Is told how many files are read, of how many.
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Documents:
    """All files of a fleet, read and checked one by one; nothing is resolved yet."""

    root: str
    config: FleetConfig
    profiles: dict[str, Profile]
    users: tuple[DeclaredUser, ...]
    digest: str
    #: The ICCIDs whose check digit is wrong; None where nobody has looked.
    odd: frozenset[str] | None = None


def load(root: Path, replaced: Mapping[str, bytes] = _NOTHING, *, progress: Progress | None = None) -> Documents:
    """Return the documents of the fleet in `root`; raises InvalidInput with all problems, by file and line.

    `replaced` has what is to be read instead of a file, or of one that is not there, by its name from `root`.
    """
    gathering = Gathering(root, replaced)
    settings = gathering.settings()
    profiles = settings.written if settings else None
    read_files(gathering, list(gathering.files()), profiles, progress=progress)
    return documents_of(gathering, settings)


def read_files(
    gathering: Gathering,
    names: Sequence[str],
    profiles: Profiles,
    *,
    whole: bool = True,
    progress: Progress | None = None,
) -> None:
    """Take in users' files, by processes and from the cache where there is much to read.

    `whole` is whether these are all files of the fleet: the cache then forgets about others. `progress` is told how
    many are done, of how many.
    """
    tuning = Tuning.of(os.environ)
    size = sum(map(gathering.size, names))
    cache = Cache.open(tuning.cache if size >= _WORTH_KEEPING else None, gathering.root)
    files = (file for name in names if (file := gathering.file(name)) is not None)
    tell = progress or _untold
    tell(0, len(names))
    parsed = read_rows(files, cache, fast=tuning.fast, processes=tuning.processes_for(size))
    with uncollected(), closing(parsed):
        for done, (file, rows) in enumerate(parsed, 1):
            gathering.add(file, rows, profiles)
            tell(done, len(names))
    cache.save(forget=whole)


def load_settings(root: Path) -> Documents:
    """Return the documents of the fleet in `root` without its users; raises InvalidInput with all problems."""
    gathering = Gathering(root, _NOTHING)
    return documents_of(gathering, gathering.settings())


def documents_of(gathering: Gathering, settings: Settings | None) -> Documents:
    """Return what was gathered; raises InvalidInput with all problems, by file and line."""
    if gathering.problems or settings is None:
        raise InvalidInput(sorted(gathering.problems, key=_by_place))
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(gathering.hashed.items()))
    return Documents(
        root=gathering.root.name or str(gathering.root),
        config=settings.config,
        profiles=settings.profiles,
        users=tuple(gathering.users[key] for key in sorted(gathering.users)),
        digest=f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}",
        odd=frozenset(gathering.odd),
    )


def has_settings(root: Path) -> bool:
    """Tell whether there is a `fleet.yaml` in `root`."""
    return (root / SETTINGS).exists()


def read_again(root: Path, name: str) -> Text:
    """Return a file of the fleet in `root` with the place of everything in it; InvalidInput where that is gone."""
    gathering = Gathering(root, _NOTHING)
    file = gathering.file(name)
    read = gathering.text(file) if file is not None else None
    if read is None:
        raise InvalidInput(gathering.problems)
    return read


def user_files(root: Path) -> list[str]:
    """Return the users' files of the fleet in `root`, by their paths within it.

    Raises InvalidInput where something is there that is none, or cannot be listed.
    """
    gathering = Gathering(root, _NOTHING)
    names = list(gathering.files())
    if gathering.problems:
        raise InvalidInput(gathering.problems)
    return names


def read_config(text: str) -> FleetConfig:
    """Return the configuration that is the text of a `fleet.yaml`; raises InvalidInput where it makes no sense."""
    return read_settings(text).config


def _untold(_done: int, _total: int) -> None:
    """Tell nobody how many files are read."""


def _by_place(problem: Problem) -> tuple[str, int, int, str]:
    place = problem.place or Place("", 0, 0)
    return place.file, place.line, place.column, problem.message
