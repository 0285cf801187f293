"""Where the journal of a fleet lies, and that nobody else could have put it there.

A journal says what was ordered and what was approved. So it never lies in the fleet's folder, which is filled by
whoever proposes a change: it is in the user's state folder, in another file that fleet.yaml names, or in a database.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from reconciler.errors import InvalidInput, JournalError, Problem
from reconciler.files import open_regular
from reconciler.model.config import FleetConfig
from reconciler.model.connection import place_name
from reconciler.usecases.own_folder import OWN_FOLDER
from reconciler.usecases.state_folder import expanded_path, require_outside, require_private_folder, state_folder

JOURNAL_FILE = "journal.db"
#: Where journals used to lie, from the fleet's folder.
OLD_JOURNAL = f"{OWN_FOLDER}/{JOURNAL_FILE}"
#: What follows the name of one that was adopted, and left where it was.
ADOPTED = ".adopted"
_NO_JOURNALS = frozenset({"users", ".git"})
_MOST_FILES = 5000
_SQLITE = b"SQLite format 3\0"
_HEAD = 64 * 1024
_TABLES = (b"CREATE TABLE spent_approvals", b"CREATE TABLE leases")


def journal_path(config: FleetConfig, root: Path, environment: Mapping[str, str]) -> Path:
    """Return the file of a journal that is no database's; it need not exist.

    Raises UsageError where it would lie in the fleet's folder, or in the repository around it.
    """
    if config.journal.path is None:
        name = place_name(config, os.path.realpath(root))
        return state_folder(root, environment) / name / JOURNAL_FILE
    path = expanded_path(config.journal.path, environment)
    require_outside(root, path, "journal.path")
    return path


def journal_url(config: FleetConfig, *, root: Path, environment: Mapping[str, str]) -> str:
    """Return the URL of the journal; nothing is made, since it may be there only to be read.

    Raises InvalidInput where the variable that holds it is not set, FleetError where somebody else could have put
    something into its folder, JournalError where the variable holds no journal's URL, or the file is somebody else's.
    """
    variable = config.journal.url_env
    if variable is not None:
        from reconciler.applying.journal.address import parse_address

        if not environment.get(variable):
            message = f"environment variable {variable} is not set"
            raise InvalidInput([Problem(message, None, "fleet.yaml names it under journal.url_env.")])
        parse_address(environment[variable], variable)
        return environment[variable]
    path = journal_path(config, root, environment)
    if config.journal.path is None:
        require_private_folder(path.parent)
    require_own_file(path)
    if "?" in str(path):
        raise JournalError(f"the journal cannot lie in a folder with a '?' in its name: {path}")
    return f"sqlite:///{path}"


def require_own_file(path: Path) -> None:
    """Raise JournalError where a file is there that is a link, is not a regular file, or belongs to another user."""
    try:
        about = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be used: {error.strerror}") from error
    reason = None
    if stat.S_ISLNK(about.st_mode):
        reason = "it is a link"
    elif not stat.S_ISREG(about.st_mode):
        reason = "it is not a regular file"
    elif hasattr(os, "geteuid") and about.st_uid != os.geteuid():
        reason = "it belongs to another user"
    if reason is not None:
        raise JournalError(f"the journal {path} is not used: {reason}", hint="Move it away, or name another one.")


def require_no_old_journal(root: Path) -> None:
    """Raise JournalError while a journal lies in the fleet's folder, where they used to be.

    It may hold orders that are on their way, so nothing is ordered beside it; and a branch may have brought it, so it
    is not used either.
    """
    name = old_journal(root)
    if name is not None:
        message = f"nothing is ordered while a journal lies in the fleet's folder: {root / name}"
        hint = f"To keep what it records: fleet journal adopt {name}. If it is not yours, delete it."
        raise JournalError(message, hint=hint)


def old_journal(root: Path) -> str | None:
    """Return the journal that lies in the fleet's folder, by its path from there; None where there is none.

    That is whatever has the name it used to have, or a database with a journal's tables: an earlier `journal.path` may
    have named any file. No database is opened for it.
    """
    if os.path.lexists(root / OLD_JOURNAL):
        return OLD_JOURNAL
    found = (path for path in islice(_files(root), _MOST_FILES) if _is_journal(path))
    return next((path.relative_to(root).as_posix() for path in found), None)


def _files(root: Path) -> Iterator[Path]:
    """Yield the files of the fleet's folder but those of its users and of git, following no link."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _NO_JOURNALS)
        yield from (Path(folder, name) for name in sorted(names) if not name.partition(ADOPTED)[1])


def _is_journal(path: Path) -> bool:
    """Tell whether a file is a database with the tables of a journal, by the text of their definitions at its head."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                return False
            head = file.read(_HEAD)
    except OSError:
        return False
    return all(name in head for name in _TABLES)
