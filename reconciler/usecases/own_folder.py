"""The folder `.fleet` beside the files, which holds the embedded operator: never committed, and anybody's to fill."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.files import make_private_folder, resolve_inside, write_whole

OWN_FOLDER = ".fleet"


def make_folder(folder: Path) -> None:
    """Make a folder of our own that its owner alone may enter, with a word to git that nothing of it is committed.

    `folder` is a real path: what names it within the fleet's folder was followed before. Where the folder cannot be
    made, whoever writes into it says so.
    """
    try:
        make_private_folder(folder)
        if folder.name == OWN_FOLDER and not os.path.lexists(folder / ".gitignore"):
            write_whole(folder / ".gitignore", b"*\n")
    except OSError:
        return


def place_within(root: Path, name: str) -> Path:
    """Return the real path of what is named in a fleet's folder, in a folder that was made for it.

    Raises UnsafeFileError where it leads out of the fleet's folder.
    """
    path = resolve_inside(root, name)
    make_folder(path.parent)
    return path
