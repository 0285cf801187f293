"""Bring the users' files into the usual form, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from reconciler.desired.formatting import formatted
from reconciler.desired.load import USERS, user_files
from reconciler.errors import EditRefused, InvalidInput, Problem, UsageError
from reconciler.ports import World
from reconciler.usecases.writing import Rewritten, Workspace


def format_files(world: World, chosen: Sequence[Path]) -> tuple[Rewritten, ...]:
    """Return what `chosen` files, or every users' file, become; those in the usual form are not among them.

    Raises InvalidInput with the problems of every file that cannot be read or formatted, UsageError for a file that is
    not one of the fleet's.
    """
    workspace = Workspace(world.root)
    problems: list[Problem] = []
    names = list(_names(world.root, chosen))
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
    return workspace.rewritten()


def _names(root: Path, chosen: Sequence[Path]) -> Iterator[str]:
    if not chosen:
        names = user_files(root)
        if not names:
            raise UsageError(
                f"there are no users' files in '{root / USERS}'", hint="Name the fleet's folder with -C DIR."
            )
        yield from names
    for path in chosen:
        found = next((each for each in (path, root / path) if each.is_file()), None)
        inside = found is not None and found.resolve().is_relative_to((root / USERS).resolve())
        if found is None or not inside:
            raise UsageError(f"'{path}' is no users' file of this fleet", hint=f"Name one like {USERS}/sales.yaml.")
        yield found.resolve().relative_to(root.resolve()).as_posix()
