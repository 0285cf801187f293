"""Where the journal of a fleet lies, and that nobody else could have put it there.

A journal says what was ordered and what was approved. So it never lies in the fleet's folder, which is filled by
whoever proposes a change: it is in the user's state folder, in another file that fleet.yaml names, or in a database.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import InvalidInput, JournalError, Problem
from reconciler.model.config import FleetConfig
from reconciler.model.connection import place_name
from reconciler.usecases.own_folder import OWN_FOLDER
from reconciler.usecases.state_folder import expanded_path, own_folder, require_outside, state_folder

JOURNAL_FILE = "journal.db"
#: Where journals used to lie, from the fleet's folder.
OLD_JOURNAL = f"{OWN_FOLDER}/{JOURNAL_FILE}"
_ADOPT = f"To keep what it records: fleet journal adopt {OLD_JOURNAL}. If it is not yours, delete it."


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
    """Return the URL of the journal, whose folder is made where it is missing.

    Raises InvalidInput where the variable that holds it is not set or makes no sense, FleetError where the state folder cannot be
    written, JournalError where the file is somebody else's.
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
        own_folder(path.parent)
    require_own_file(path)
    if "?" in str(path):
        raise JournalError(f"the journal cannot lie in a folder with a '?' in its name: {path}")
    return f"sqlite:///{path}"


def require_own_file(path: Path) -> None:
    """Raise JournalError where a file is there that is a link, is not a regular file, or belongs to another user."""
    try:
        about = os.lstat(path)
    except FileNotFoundError:
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
    if os.path.lexists(root / OLD_JOURNAL):
        message = f"nothing is ordered while a journal lies in the fleet's folder: {root / OLD_JOURNAL}"
        raise JournalError(message, hint=_ADOPT)
