"""Gather the files of a fleet, one by one, with everything that is wrong with each and between them."""

from __future__ import annotations

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
from reconciler.errors import Place, Problem

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

    def settings(self) -> Settings | None:
        """Read `fleet.yaml`; None where there is none that makes sense."""
        if SETTINGS not in self.replaced and not (self.root / SETTINGS).exists():
            hint = f"Name the folder it lies in with -C DIR, or write {self.root / SETTINGS}."
            message = f"there is no {SETTINGS} in '{self.root}'"
            self.problems.append(Problem(message, Place(SETTINGS, 1, 1), hint))
            return None
        file = self.file(SETTINGS)
        read = self.text(file) if file is not None else None
        beside = partial(problems_beside, self.root)
        return settings_of(read, self.problems, beside) if read is not None else None

    def files(self) -> Iterator[str]:
        """Yield the users' files in order; a link that leads back into the folder is not followed."""
        replaced = {self.root / name for name in self.replaced}
        for path in sorted({*(self.root / USERS).rglob("*"), *(replaced - {self.root / SETTINGS})}):
            if path.suffix.lower() not in (".yaml", ".yml") or path.name.startswith("."):
                continue
            name = path.relative_to(self.root).as_posix()
            if path in replaced or path.is_file():
                yield name
            else:
                hint = "Rename it, or put a file here."
                self.problems.append(Problem("this is no file", Place(name, 1, 1), hint))

    def file(self, name: str) -> File | None:
        """Return a file; None, with a problem, where it cannot be read."""
        try:
            file = File.of(name, self.content(name))
        except OSError as error:
            self.problems.append(Problem(f"this cannot be read: {error.strerror}", Place(name, 1, 1)))
            return None
        self.hashed[name] = file.digest
        return file

    def content(self, name: str) -> bytes:
        """Return what a file holds now; raises OSError where it cannot be read."""
        return self.replaced[name] if name in self.replaced else (self.root / name).read_bytes()

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
                message = f"user '{user.key}' is declared twice; first at {earlier.place}"
                self.problems.append(Problem(message, user.place, "Declare all services of a user in one place."))
            else:
                self.users[user.key] = user

    def _users(self, file: File, rows: Rows | None, profiles: Profiles) -> Iterable[DeclaredUser]:
        kinds = self._declaring.shared(rows) if rows is not None else []
        if rows is not None and all(_has_bundle(kind, profiles) for kind in kinds):
            self.odd.update(rows.odd)
            return self._declaring.users(rows, kinds, Source(file.name, partial(self.content, file.name)))
        read = self.text(file)
        users = users_of(read, profiles, self.problems) if read is not None else []
        self.odd.update(iccid for user in users for iccid in odd_iccids(user))
        return users


def _has_bundle(kind: Kind, profiles: Profiles) -> bool:
    """Tell whether a kind of services gets a bundle from somewhere, as far as anybody knows."""
    if profiles is None or kind.profile is None:
        return True
    profile = profiles.get(kind.profile)
    return profile is not None and (kind.bundle is not None or profile.bundle is not None)
