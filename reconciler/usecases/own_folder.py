"""The folder `.fleet` beside the files: what lies there is ours and never committed; what is kept here can be lost."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from reconciler.files import make_private_folder, read_text_inside, resolve_inside, write_private, write_whole

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


def keep(root: Path, name: str, value: Any) -> None:
    """Keep a value under a name, whole or not at all; where nothing can be written, it is not kept.

    A fleet's folder that is not there yet is not made: whoever writes the first files may still be refused.
    """
    if not root.is_dir():
        return
    with suppress(OSError):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        write_private(place_within(root, f"{OWN_FOLDER}/{name}"), text.encode("utf-8", "surrogatepass"))


def kept(root: Path, name: str) -> Any:
    """Return what was kept under a name, None where there is nothing, or nothing that can be read."""
    try:
        return json.loads(read_text_inside(root, f"{OWN_FOLDER}/{name}"))
    except (OSError, ValueError, RecursionError):
        return None
