"""The folder `.fleet` beside the files, which holds the embedded operator: never committed, and anybody's to fill."""

from __future__ import annotations

from pathlib import Path

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
