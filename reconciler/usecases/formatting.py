"""Bring the users' files into the usual form, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.desired.formatting import formatted
from reconciler.desired.load import USERS
from reconciler.errors import EditRefused, InvalidInput, Place, Problem, UsageError
from reconciler.files import files_below, is_file_inside
from reconciler.ports import World
from reconciler.usecases.writing import Rewritten, Workspace


class Formatted(NamedTuple):
    """How many files were looked at, and what those become that are not in the usual form."""

    looked_at: int
    files: tuple[Rewritten, ...]


def format_files(world: World, chosen: Sequence[Path]) -> Formatted:
    """Return what `chosen` files, or every users' file, become.

    Raises InvalidInput with the problems of every file that cannot be read or formatted, UsageError for a file that is
    not one of the fleet's.
    """
    workspace = Workspace(world.root)
    problems: list[Problem] = []
    names = list(_chosen(world.root, chosen) if chosen else _all(world.root, problems))
    for done, name in enumerate(names):
        world.reading.files(done, len(names))
        try:
            workspace.put(name, formatted(workspace.text(name), file=name))
        except InvalidInput as error:
            problems.extend(error.problems)
        except EditRefused as error:
            problems.append(Problem(str(error), None, error.hint))
    if problems:
        raise InvalidInput(problems)
    return Formatted(len(names), workspace.rewritten())


def _all(root: Path, problems: list[Problem]) -> Iterator[str]:
    """Yield every users' file; what bears the name of one and is no file is a problem."""
    try:
        found = sorted(files_below(root, USERS))
    except OSError as error:
        hint = "Look at what it is, and at its rights."
        problems.append(Problem(f"this cannot be listed: {error.strerror}", Place(_name_of(error, root), 1, 1), hint))
        return
    for path in found:
        if path.suffix.lower() not in (".yaml", ".yml") or path.name.startswith("."):
            continue
        name = path.relative_to(root).as_posix()
        if is_file_inside(root, name):
            yield name
        else:
            problems.append(_not_a_file(path, name))


def _name_of(error: OSError, root: Path) -> str:
    """Return the name of the folder that could not be listed, from the fleet's."""
    at = Path(str(error.filename))
    return at.relative_to(root).as_posix() if at.is_relative_to(root) else USERS


def _not_a_file(path: Path, name: str) -> Problem:
    place = Place(name, 1, 1)
    if path.is_symlink() and not path.exists():
        message = f"this is a link to '{os.readlink(path)}', which does not exist"
        return Problem(message, place, "Delete the link, or put the file there.")
    return Problem("this is not a regular file of the fleet's folder", place, "Rename it, or put a file here.")


def _chosen(root: Path, chosen: Sequence[Path]) -> Iterator[str]:
    for path in chosen:
        found = next((each for each in (path, root / path) if each.is_file()), None)
        inside = found is not None and found.resolve().is_relative_to((root / USERS).resolve())
        if found is None or not inside:
            raise UsageError(f"'{path}' is no users' file of this fleet", hint=f"Name one like {USERS}/sales.yaml.")
        yield found.resolve().relative_to(root.resolve()).as_posix()
