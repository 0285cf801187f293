"""A hostile repository as a case: what plants it, and what commands say of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.security.commands import CALLS, Call
from tests.security.stage import Stage


@dataclass(frozen=True, slots=True)
class Hostile:
    """One repository.

    `refused` is what every command says that reads the folder, if the whole repository is refused; `says` is what
    single commands say besides, by how their command line begins.
    """

    name: str
    plant: Callable[[Stage], None]
    refused: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    #: Whether a branch can hold it, or it comes with an archive, or is the user's own.
    committed: bool = True
    #: Whether it is always tried alone; else together with others that change nothing for it.
    alone: bool = True
    #: The commands that have to do with it; the others are tried too if everything is asked for.
    only: Collection[str] = ()

    def calls(self, *, everything: bool) -> Sequence[Call]:
        """Return what is run on it."""
        return CALLS if everything or not self.only else [call for call in CALLS if call.name in self.only]


HOSTILE: list[Hostile] = []


def hostile(
    *,
    refused: str = "",
    says: Mapping[str, str] | None = None,
    committed: bool = True,
    alone: bool = True,
    only: Collection[str] = (),
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """List a function that plants something as one of the repositories."""

    def listed(plant: Callable[[Stage], None]) -> Callable[[Stage], None]:
        HOSTILE.append(Hostile(plant.__name__.removeprefix("_"), plant, refused, says or {}, committed, alone, only))
        return plant

    return listed


def edit_settings(stage: Stage, old: str, new: str) -> None:
    """Replace text in fleet.yaml that must be there."""
    path = stage.fleet / "fleet.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def make_link(path: Path, target: Path | str) -> None:
    """Put a link in the place of whatever is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
