"""Adopt the journal of an earlier version, which lay in the fleet's folder: what it records is taken over."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.applying.journal.adoption import OldRun, adopt_rows, old_runs
from reconciler.applying.journal.database import Database
from reconciler.desired.load import load_settings
from reconciler.errors import ApprovalMissing, JournalError
from reconciler.files import UnsafeFileError, open_regular
from reconciler.ports import World
from reconciler.usecases.journal_place import ADOPTED, require_own_file

_BESIDE = ("", "-wal", "-shm", "-journal")
_TRACKED = "A branch could have brought it. Take it out of the repository and delete it: git rm --cached."


class Adopted(NamedTuple):
    """How many runs were new to the journal, and where the adopted file lies now."""

    runs: int
    moved_to: Path


def adopt_journal(
    world: World, path: Path, *, was_ever_tracked: Callable[[Path], bool], confirm: Callable[[Sequence[OldRun]], bool]
) -> Adopted:
    """Take what a journal's file records into the journal of this fleet, once `confirm` has seen its runs and said yes.

    Raises JournalError for a file that git tracks or ever tracked, that is a link, is another user's, is no journal, or
    is in use; ApprovalMissing where `confirm` said no. Nothing is changed then.
    """
    path = path if os.path.lexists(path) else world.root / path
    _require_own(path)
    if was_ever_tracked(path):
        raise JournalError(f"{path} is not adopted: git tracks it, or did so once", hint=_TRACKED)
    config = load_settings(world.root).config
    if not confirm(old_runs(path)):
        raise ApprovalMissing("the journal was not adopted: the answer was not 'yes'")
    url = world.journal_url(config)
    if url == f"sqlite:///{path.absolute()}":
        raise JournalError(f"{path} is the journal of this fleet already")
    database = Database.open(url)
    try:
        count = adopt_rows(database, path, who=world.requester())
    finally:
        database.close()
    return Adopted(count, _moved_aside(path))


def _require_own(path: Path) -> None:
    """Raise JournalError where there is no regular file of the user's own."""
    require_own_file(path)
    try:
        os.close(open_regular(path))
    except UnsafeFileError as error:
        raise JournalError(f"the journal {path} is not used: {error.strerror}") from error
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error.strerror}") from error


def _moved_aside(path: Path) -> Path:
    """Rename a journal with the files that belong to it, so that it is not in the way any more; nothing is deleted."""
    to = path.with_name(f"{path.name}{ADOPTED}")
    number = 1
    while os.path.lexists(to):
        number += 1
        to = path.with_name(f"{path.name}{ADOPTED}-{number}")
    for end in _BESIDE:
        if os.path.lexists(f"{path}{end}"):
            os.rename(f"{path}{end}", f"{to}{end}")
    return to
