"""The state folder of the test that runs: the journal of a fleet in it, and which connection is trusted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from reconciler.desired.load import load_settings
from reconciler.model.connection import connection_of
from reconciler.usecases.connections import remember
from reconciler.usecases.journal_place import journal_path


def journal_of(root: Path) -> Path:
    """Return the file of the journal of the fleet in `root`; it need not be there."""
    return journal_path(load_settings(root).config, root, os.environ)


def lose_journal(root: Path) -> None:
    """Delete the journal of the fleet in `root`, as a job's machine that is thrown away does."""
    shutil.rmtree(journal_of(root).parent)


def trust(root: Path) -> None:
    """Have the connection of the fleet in `root` confirmed, as `fleet trust` does."""
    remember(root, connection_of(load_settings(root).config), os.environ)
