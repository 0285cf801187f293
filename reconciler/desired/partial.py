"""The files of a fleet of which only those are parsed that matter to some users; the others are searched.

Parsing a hundred thousand services takes long, and looking for a few numbers in their bytes does not. What is wrong
with a file that nobody asks about is not noticed; `load` reads them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reconciler.desired.declared import DeclaredUser
from reconciler.desired.gathering import Gathering
from reconciler.desired.load import Documents, Progress, documents_of, read_files
from reconciler.desired.mentions import Words, words
from reconciler.desired.settings import Settings
from reconciler.errors import InvalidInput
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import Extent


@dataclass(slots=True)
class PartialFleet:
    """A fleet's files as bytes, and what was gathered from those that were parsed."""

    settings: Settings
    gathering: Gathering
    unparsed: dict[str, bytes]
    progress: Progress | None = None

    @classmethod
    def open(cls, root: Path, *, progress: Progress | None = None) -> PartialFleet:
        """Read all files and parse `fleet.yaml`; raises InvalidInput where that is wrong or a file cannot be read.

        `progress` is told how many files are parsed, of how many that have to be.
        """
        contents: dict[str, bytes] = {}
        gathering = Gathering(root, contents)
        settings = gathering.settings()
        for name in gathering.files():
            file = gathering.file(name)
            if file is not None:
                contents[name] = file.content
        if settings is None or gathering.problems:
            raise InvalidInput(gathering.problems)
        return cls(settings, gathering, dict(contents), progress)

    @property
    def config(self) -> FleetConfig:
        """What `fleet.yaml` says."""
        return self.settings.config

    def about(self, extent: Extent, holders: Iterable[str] = ()) -> Documents:
        """Return documents that have whatever the files say of an extent, and whether they declare the `holders`.

        Raises InvalidInput with what is wrong with a file that was parsed for that.
        """
        users = extent.users.union(holders)
        self.parse_mentions(words(users=users, numbers=extent.numbers, iccids=extent.iccids, globs=extent.globs))
        while self.unparsed and not self.gathering.users and not self.gathering.problems:
            self.parse([next(iter(self.unparsed))])  # files that declare nobody at all are another matter
        return self.documents()

    def whole(self) -> Documents:
        """Return the documents of all files; raises InvalidInput with everything that is wrong with them."""
        self.parse(list(self.unparsed))
        return self.documents()

    def documents(self) -> Documents:
        """Return the documents of the files parsed so far."""
        return documents_of(self.gathering, self.settings)

    def using(self, profiles: Iterable[str]) -> list[DeclaredUser]:
        """Return the users who have a service with one of the profiles."""
        names = set(profiles)
        if names:
            self.parse_mentions(words(profiles=names))
        declared = self.gathering.users.values()
        return [user for user in declared if any(service.profile in names for service in user.services)]

    def parse_mentions(self, wanted: Words) -> None:
        """Parse the files that could have one of the words."""
        self.parse([name for name, content in self.unparsed.items() if wanted.may_be_in(content)])

    def parse(self, names: Iterable[str]) -> None:
        """Parse some files, those that were not yet."""
        new = [name for name in names if self.unparsed.pop(name, None) is not None]
        if new:
            read_files(self.gathering, new, self.settings.written, whole=False, progress=self.progress)
