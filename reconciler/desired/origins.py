"""Say of every value that a service has in the files where it comes from: the service, its user or its profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser
from reconciler.desired.load import SETTINGS, Documents, read_again
from reconciler.desired.resolve import bundle_on, is_on
from reconciler.desired.yaml import Text
from reconciler.errors import Place
from reconciler.model.explanation import Origin
from reconciler.model.identifiers import user_key

_Path = tuple[str | int, ...]


def origins(root: Path, documents: Documents, user: DeclaredUser, declared: DeclaredService, day: date) -> list[Origin]:
    """Return the values of a service as they stand in the files of `root`, in reading order.

    Raises InvalidInput where a file is not there any more.
    """
    read = read_again(root, declared.place.file)
    at = _user_path(read, user)
    finder = _Finder(read, (*at, "services", declared.label), "the service", day)
    found = [*finder.offer(declared.bundle, declared.options)]
    if declared.profile:
        profile = documents.profiles[declared.profile]
        shared = _Finder(read_again(root, SETTINGS), ("profiles", declared.profile), f"profile {declared.profile}", day)
        bundle = None if declared.bundle else profile.bundle
        found = [*shared.offer(bundle, profile.options), *found]
    found += finder.plain(declared)
    if declared.cost_centre is None and user.cost_centre is not None:
        found.append(Origin("cost_centre", user.cost_centre, "the user", read.place((*at, "cost_centre"))))
    return [*(each for each in found if each.path == "bundle"), *(each for each in found if each.path != "bundle")]


def _user_path(read: Text, user: DeclaredUser) -> tuple[str, str]:
    """Return where a user stands, who may be written in another case than the key has."""
    written = next(name for name in read.value["users"] if user_key(name) == user.key)
    return ("users", written)


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the values of one entry of a file: of a service, or of a profile."""

    read: Text
    path: _Path
    by: str
    day: date

    def offer(self, bundle: Dated | None, options: tuple[Dated, ...]) -> Iterator[Origin]:
        """Yield the bundle and the options, with their dates, whether they hold on the day or not."""
        if bundle is not None:
            rule = f"until {bundle.until}, then {bundle.then}" if bundle.until else None
            yield self._origin("bundle", bundle_on(bundle, self.day), rule, at=("bundle",))
        for index, option in enumerate(options):
            days = (("from", option.from_), ("until", option.until))
            rule = " ".join(f"{word} {day}" for word, day in days if day) or None
            yield self._origin("options", option.name, rule, at=("options", index), holds=is_on(option, self.day))

    def plain(self, declared: DeclaredService) -> Iterator[Origin]:
        """Yield what a service says of itself beside its bundle and options."""
        sim, port_in = declared.sim, declared.port_in
        values: dict[str, tuple[object, _Path]] = {
            "number": (declared.number, ("number",)),
            "sim.type": (sim.type, ("sim", "type")),
            "sim.iccid": (sim.iccid, ("sim", "iccid")),
            "sim.eid": (sim.eid, ("sim", "eid")),
            "state": (declared.state, ("state",)),
            "cost_centre": (declared.cost_centre, ("cost_centre",)),
            "activation": (declared.activation, ("activation",)),
            "port_in": (port_in and f"{port_in.operator}, account {port_in.account}", ("port_in",)),
            "from": (declared.from_, ("from",)),
            "until": (declared.until, ("until",)),
            "reason": (declared.reason, ("reason",)),
        }
        yield from (self._origin(path, str(value), None, at=at) for path, (value, at) in values.items() if value)

    def _origin(self, path: str, value: str, dates: str | None, *, at: _Path, holds: bool = True) -> Origin:
        return Origin(path, value, self.by, self.read.place((*self.path, *at)), dates, holds)


def declared_at(documents: Documents, place: Place) -> tuple[DeclaredUser, DeclaredService]:
    """Return the service that stands at a place of the files; KeyError where none does."""
    for user in documents.users:
        for declared in user.services:
            if declared.place == place:
                return user, declared
    raise KeyError(str(place))
