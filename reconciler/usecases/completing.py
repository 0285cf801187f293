"""What a word of a command line may be: the names of the files, and what the operator was last seen to offer.

Nothing here asks the operator. What the files hold is kept per file with its size and time, so that only those that
changed since are read again; a file that is wrong offers what stands above the mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from reconciler.desired.outline import KnownUser, Outline, outline
from reconciler.files import files_below, read_text_inside
from reconciler.model.identifiers import user_key
from reconciler.usecases.state_folder import keep, kept
from reconciler.usecases.wares import remembered

_FILE = "names.json"
_SETTINGS, _USERS = "fleet.yaml", "users"
#: A word, and what it is.
Words = Mapping[str, str]
#: By the name of a file, its stamp and its outline.
_Kept = dict[str, list[Any]]


def users(root: Path) -> Words:
    """Return the users of the files, by key, with their names."""
    return {key: user.name for key, user in names(root).users.items()}


def labels(root: Path, user: str) -> Words:
    """Return the services of a user, by label, each with its bundle or profile."""
    known = names(root).users.get(user_key(user))
    return known.services if known else {}


def new_labels(root: Path, user: str) -> Words:
    """Return the labels that others have and this user has not."""
    taken = labels(root, user)
    others = dict.fromkeys(label for other in names(root).users.values() for label in other.services)
    return {label: "" for label in others if label not in taken}


def cost_centres(root: Path) -> Words:
    """Return the cost centres of the files."""
    return dict.fromkeys(names(root).cost_centres, "")


def profiles(root: Path) -> Words:
    """Return the profiles of `fleet.yaml`."""
    return dict.fromkeys(names(root).profiles, "")


def files(root: Path) -> Words:
    """Return the users' files, from the fleet's folder."""
    return {path.relative_to(root).as_posix(): "" for path in _files(root) if path.name != _SETTINGS}


def bundles(root: Path) -> Words:
    """Return the bundles on sale when the operator was last asked, with their prices."""
    return {key: ware.words for key, ware in remembered(root).bundles.items() if ware.sold}


def options(root: Path, bundle: str | None) -> Words:
    """Return the options on sale then; those that go with a bundle, where it is a known one."""
    wares = remembered(root)
    known = wares.bundles.get(bundle or "")
    fitting = known.options if known else wares.options
    return {key: ware.words for key, ware in wares.options.items() if ware.sold and key in fitting}


def wares(root: Path) -> tuple[Words, Words]:
    """Return every bundle and every option there was then, also those no longer sold."""
    bundles, options = remembered(root)
    return {key: ware.words for key, ware in bundles.items()}, {key: ware.words for key, ware in options.items()}


@cache
def names(root: Path) -> Outline:
    """Return the names of every file, reading those that changed since they were last read."""
    known = kept(root, _FILE)
    try:
        return _together(_read_again(root, known if isinstance(known, dict) else {}))
    except (TypeError, ValueError, AttributeError):  # somebody else's file, or an older version's
        return _together(_read_again(root, {}))


def _read_again(root: Path, known: _Kept) -> _Kept:
    """Return the names by file with the stamp of each file, and keep them where they are others than those known."""
    now: _Kept = {}
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        stamp = _stamp(path)
        found = known.get(name)
        now[name] = found if found and found[0] == stamp else [stamp, outline(_text(root, name))]
    if now.keys() != known.keys() or any(now[name] is not known[name] for name in now):
        keep(root, _FILE, now)
    return now


def _together(files: _Kept) -> Outline:
    outlines = [Outline(*found) for _, found in files.values()]
    users = {key: KnownUser(*user) for each in outlines for key, user in each.users.items()}
    centres = sorted({centre for each in outlines for centre in each.cost_centres})
    profiles = [profile for each in outlines for profile in each.profiles]
    return Outline(dict(sorted(users.items())), tuple(centres), tuple(profiles))


def _files(root: Path) -> Iterator[Path]:
    yield root / _SETTINGS
    try:
        found = [path for path in files_below(root, _USERS) if not path.name.startswith(".")]
    except OSError:
        return
    yield from sorted(path for path in found if path.suffix.lower() in (".yaml", ".yml"))


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size]


def _text(root: Path, name: str) -> str:
    try:
        return read_text_inside(root, name)
    except (OSError, UnicodeDecodeError):
        return ""
