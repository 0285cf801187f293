"""The folder `.fleet` beside the files: what lies there is ours and never committed; what is kept here can be lost."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

OWN_FOLDER = ".fleet"


def make_folder(folder: Path) -> None:
    """Make a folder of our own, with a word to git that nothing of it is to be committed.

    Where that cannot be done, whoever writes into the folder says so.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == OWN_FOLDER and not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError:
        return


def keep(root: Path, name: str, value: Any) -> None:
    """Keep a value under a name, whole or not at all; where nothing can be written, it is not kept.

    A fleet's folder that is not there yet is not made: whoever writes the first files may still be refused.
    """
    if not root.is_dir():
        return
    path = root / OWN_FOLDER / name
    make_folder(path.parent)
    with suppress(OSError):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{name}.")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, ensure_ascii=False, separators=(",", ":"))
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)


def kept(root: Path, name: str) -> Any:
    """Return what was kept under a name, None where there is nothing, or nothing that can be read."""
    try:
        return json.loads((root / OWN_FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
