"""Gather the files of a fleet, one by one, with everything that is wrong with each and between them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from reconciler.desired.beside import problems_beside
from reconciler.desired.declared import DeclaredUser, odd_iccids
from reconciler.desired.declaring import Declaring
from reconciler.desired.late import Source
from reconciler.desired.rows import File, Kind, Rows
from reconciler.desired.settings import SETTINGS, Settings, settings_of
from reconciler.desired.users import Profiles, users_of
from reconciler.desired.yaml import Text, parse
from reconciler.errors import Place, Problem, quoted
from reconciler.files import Folder, files_below, resolve_inside

USERS = "users"


@dataclass(slots=True)
class Gathering:
    """What was read so far of the fleet in `root`, and what was wrong with it.

    `replaced` has what is to be read instead of a file, or of one that is not there, by its name from `root`.
    """

    root: Path
    replaced: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)
    users: dict[str, DeclaredUser] = field(default_factory=dict)
    hashed: dict[str, str] = field(default_factory=dict)
    #: The ICCIDs whose check digit is wrong.
    odd: set[str] = field(default_factory=set)
    _declaring: Declaring = field(default_factory=Declaring)
    _folder: Folder = field(init=False)

    def __post_init__(self) -> None:
        self._folder = Folder(self.root)

    def settings(self) -> Settings | None:
        """Read `fleet.yaml`; None where there is none that makes sense."""
        if SETTINGS not in self.replaced and not os.path.lexists(self.root / SETTINGS):
            hint = f"Name the folder it lies in with -C DIR, or write {self.root / SETTINGS}."
            message = f"there is no {SETTINGS} in '{self.root}'"
            self.problems.append(Problem(message, Place(SETTINGS, 1, 1), hint))
            return None
        file = self.file(SETTINGS)
        read = self.text(file) if file is not None else None
        beside = partial(problems_beside, self.root)
        return settings_of(read, self.problems, beside) if read is not None else None

    def files(self) -> Iterator[str]:
        """Yield the users' files in order; a folder that cannot be listed, or is a link to one, is a problem."""
        replaced = {self.root / name for name in self.replaced}
        for path in sorted({*self._below_users(), *(replaced - {self.root / SETTINGS})}):
            name = path.relative_to(self.root).as_posix()
            if not _is_text(name):
                self._refuse(_legible(name), "the name of this file is not UTF-8", "Rename it.")
                continue
            if path.suffix.lower() not in (".yaml", ".yml") or path.name.startswith("."):
                if path.is_symlink() and path.is_dir():
                    hint = "Put the folder itself here, or take the link away."
                    self._refuse(name, "this is a link to a folder, which is not followed", hint)
                continue
            # one that leads out is yielded, for whoever reads it to refuse
            if path in replaced or path.is_file() or _leads_out(self.root, name):
                yield name
            else:
                self._refuse(name, "this is no file", "Rename it, or put a file here.")

    def _below_users(self) -> Iterator[Path]:
        try:
            yield from files_below(self.root, USERS)
        except OSError as error:
            at = Path(str(error.filename))
            name = at.relative_to(self.root).as_posix() if at.is_relative_to(self.root) else USERS
            self._refuse(name, f"this cannot be listed: {error.strerror}", "Look at what it is, and at its rights.")

    def _refuse(self, name: str, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(message, Place(name, 1, 1), hint))

    def file(self, name: str) -> File | None:
        """Return a file; None, with a problem, where it cannot be read."""
        try:
            file = File.of(name, self.content(name))
        except OSError as error:
            self._refuse(name, f"this cannot be read: {error.strerror}")
            return None
        self.hashed[name] = file.digest
        return file

    def content(self, name: str) -> bytes:
        """Return what a file holds now; raises OSError where it cannot be read."""
        return self.replaced[name] if name in self.replaced else self._folder.read(name)

    def size(self, name: str) -> int:
        """Return how many bytes a file has; none where it cannot be read."""
        try:
            return len(self.replaced[name]) if name in self.replaced else (self.root / name).stat().st_size
        except OSError:
            return 0

    def text(self, file: File) -> Text | None:
        """Return a file's values and positions; None, with its problems gathered, where there are none."""
        try:
            text = file.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = file.content[: error.start].count(b"\n") + 1
            message = f"this is not UTF-8: byte {file.content[error.start]:#04x}"
            self.problems.append(Problem(message, Place(file.name, line, 1), "Save the file as UTF-8."))
            return None
        read = parse(text, file.name)
        self.problems.extend(read.problems)
        return None if read.problems and read.value is None else read

    def add(self, file: File, rows: Rows | None, profiles: Profiles) -> None:
        """Take in a users' file, by its rows where it has some; a user declared by an earlier one is a problem."""
        for user in self._users(file, rows, profiles):
            earlier = self.users.get(user.key)
            if earlier is not None:
                message = f"user {quoted(user.key)} is declared twice; first at {earlier.place}"
                self.problems.append(Problem(message, user.place, "Declare all services of a user in one place."))
            else:
                self.users[user.key] = user

    def _users(self, file: File, rows: Rows | None, profiles: Profiles) -> Iterable[DeclaredUser]:
        if rows is not None and all(_has_bundle(kind, profiles) for kind in rows.kinds):
            self.odd.update(rows.odd)
            return self._declaring.users(rows, Source(file.name, partial(self.content, file.name)))
        read = self.text(file)
        users = users_of(read, profiles, self.problems) if read is not None else []
        self.odd.update(iccid for user in users for iccid in odd_iccids(user))
        return users


def _leads_out(root: Path, name: str) -> bool:
    try:
        resolve_inside(root, name)
    except OSError:
        return True
    return False


def _is_text(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _legible(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _has_bundle(kind: Kind, profiles: Profiles) -> bool:
    """Tell whether a kind of services gets a bundle from somewhere, as far as anybody knows."""
    if profiles is None or kind.profile is None:
        return True
    profile = profiles.get(kind.profile)
    return profile is not None and (kind.bundle is not None or profile.bundle is not None)
