"""Gather the files of a fleet, one by one, with everything that is wrong with each and between them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from reconciler.desired.beside import problems_beside
from reconciler.desired.declared import DeclaredUser
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

    def settings(self) -> Settings | None:
        """Read `fleet.yaml`; None where there is none that makes sense."""
        if SETTINGS not in self.replaced and not (self.root / SETTINGS).exists():
            hint = f"Name the folder it lies in with -C DIR, or write {self.root / SETTINGS}."
            message = f"there is no {SETTINGS} in '{self.root}'"
            self.problems.append(Problem(message, Place(SETTINGS, 1, 1), hint))
            return None
        read = self.text(SETTINGS)
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

    def content(self, name: str) -> bytes | None:
        """Return what a file holds; None, with a problem, where it cannot be read."""
        try:
            content = self.replaced[name] if name in self.replaced else (self.root / name).read_bytes()
        except OSError as error:
            self.problems.append(Problem(f"this cannot be read: {error.strerror}", Place(name, 1, 1)))
            return None
        self.hashed[name] = hashlib.sha256(content).hexdigest()
        return content

    def text(self, name: str) -> Text | None:
        """Return a file's values and positions; None, with its problems gathered, where there are none."""
        content = self.content(name)
        if content is None:
            return None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            message = f"this is not UTF-8: byte {content[error.start]:#04x}"
            self.problems.append(Problem(message, Place(name, line, 1), "Save the file as UTF-8."))
            return None
        read = parse(text, name)
        self.problems.extend(read.problems)
        return None if read.problems and read.value is None else read

    def add(self, name: str, profiles: Profiles) -> None:
        """Read a users' file; a user that an earlier one declares already is a problem."""
        read = self.text(name)
        for user in users_of(read, profiles, self.problems) if read is not None else ():
            earlier = self.users.get(user.key)
            if earlier is not None:
                message = f"user '{user.key}' is declared twice; first at {earlier.place}"
                self.problems.append(Problem(message, user.place, "Declare all services of a user in one place."))
            else:
                self.users[user.key] = user
