"""Files of the fleet that are edited in memory, and written all at once or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from reconciler.desired.edit import Edit, edited
from reconciler.errors import EditRefused, InvalidInput, Place, Problem
from reconciler.files import read_regular, resolve_inside
from reconciler.signals import uninterrupted


class Rewritten(NamedTuple):
    """A file, by its name from the fleet's folder: what was read of it, None for a new one, and what it becomes."""

    name: str
    before: bytes | None
    after: bytes


class Workspace:
    """Texts of the users' files as they are after the edits so far; nothing is written."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[str, bytes | None] = {}
        self._texts: dict[str, str] = {}
        self._waiting: dict[str, list[Edit]] = {}

    def copy(self) -> Workspace:
        """Return another one that goes on from here."""
        other = Workspace(self._root)
        other._before, other._texts = dict(self._before), dict(self._texts)
        other._waiting = {name: list(edits) for name, edits in self._waiting.items()}
        return other

    @property
    def names(self) -> frozenset[str]:
        """The files that were looked at."""
        return frozenset({*self._texts, *self._waiting})

    def edit(self, name: str, *edits: Edit) -> None:
        """Have a file edited, together with what else is waiting for it."""
        self._waiting.setdefault(name, []).extend(edits)

    def text(self, name: str) -> str:
        """Return the text of a file after its edits; raises EditRefused or InvalidInput, and is as before then."""
        if name not in self._texts:
            self._texts[name] = self._opened(name)
        waiting = self._waiting.pop(name, [])
        if waiting:
            self._texts[name] = edited(self._texts[name], waiting, file=name)
        return self._texts[name]

    def put(self, name: str, text: str) -> None:
        """Have a file hold another text."""
        self._texts[name] = text

    def rewritten(self) -> tuple[Rewritten, ...]:
        """Return the files that are not as they were, by name."""
        texts = {name: self.text(name) for name in sorted(self.names)}
        files = (Rewritten(name, self._before[name], text.encode()) for name, text in texts.items())
        return tuple(file for file in files if file.before != file.after)

    def _opened(self, name: str) -> str:
        self._before[name] = content = _content(resolve_inside(self._root, name))
        try:
            return (content or b"").decode()
        except UnicodeDecodeError as error:
            problem = Problem("this is not UTF-8", Place(name, 1, 1), "Save the file as UTF-8.")
            raise InvalidInput([problem]) from error


def write(root: Path, files: Sequence[Rewritten]) -> None:
    """Write files, each whole or not at all, with the mode it had; Ctrl-C waits until they are.

    Raises EditRefused, with nothing written, where one of them was changed since it was read or cannot be written.
    """
    with uninterrupted():
        _write(root, files)


def _write(root: Path, files: Sequence[Rewritten]) -> None:
    staged: list[tuple[Path, Path, Rewritten]] = []
    try:
        for file in files:
            path = resolve_inside(root, file.name)
            _require_unchanged(path, file)
            staged.append((_beside(path, file), path, file))
        for done, (temporary, path, file) in enumerate(staged):
            try:
                _require_unchanged(path, file)
                os.replace(temporary, path)
            except (EditRefused, OSError):
                _put_back(staged[:done])
                raise
    except OSError as error:
        message = f"{error.filename or root}: this cannot be written: {error.strerror}; every file is as it was"
        raise EditRefused(message, hint="Look at the rights of the folder and at the space on the disk.") from error
    finally:
        for temporary, _, _ in staged:
            temporary.unlink(missing_ok=True)
    for folder in {path.parent for _, path, _ in staged}:
        _flush_folder(folder)


def _content(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none; raises UnsafeFileError for what is no file."""
    return read_regular(path) if os.path.lexists(path) else None


def _require_unchanged(path: Path, file: Rewritten) -> None:
    if _content(path) != file.before:
        message = f"{file.name} was changed meanwhile by somebody else; nothing was written"
        raise EditRefused(message, hint="Run the command again, on the file as it is now.")


def _beside(path: Path, file: Rewritten) -> Path:
    """Write the new content to a temporary file beside `path`, on the disk, with its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):
        raise EditRefused(f"{file.name} may not be written to", hint="Look at the rights of the file.")
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.after)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
    except BaseException:  # Ctrl-C too leaves nothing behind
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _put_back(done: Sequence[tuple[Path, Path, Rewritten]]) -> None:
    """Undo what was written, so that a set of files is never written in part."""
    for _, path, file in done:
        if file.before is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(file.before)


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems know no such thing; the files themselves are on the disk
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
