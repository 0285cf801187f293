"""Which users' YAML differs from what it was: by what it says, not by how it is written or in which file it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.desired.declared import DeclaredUser
from reconciler.desired.gathering import Gathering
from reconciler.desired.load import read_files
from reconciler.desired.partial import PartialFleet
from reconciler.desired.settings import SETTINGS, Settings, read_settings
from reconciler.errors import InvalidInput, Place
from reconciler.model.config import FleetConfig

#: Settings that decide who may do what or where it is written down; a change of another can change anybody's plan.
_OF_NO_SERVICE = frozenset({"contact", "approvals", "journal"})
_NOWHERE = Place("", 1, 1)


@dataclass(frozen=True, slots=True)
class Changed:
    """The users whose YAML differs, None where that may be everybody, and then why."""

    users: frozenset[str] | None
    whole: str | None = None


def changed(fleet: PartialFleet, before: Mapping[str, bytes | None]) -> Changed:
    """Return who differs from `before`: the files that differ, by name, as they were; None for one there was not."""
    try:
        earlier = _settings(before)
    except InvalidInput as error:
        return Changed(None, f"{SETTINGS} of then has problems of its own: {error.problems[0]}")
    if earlier is not None:
        reason = _of_everybody(earlier.config, fleet.settings.config)
        if reason:
            return Changed(None, reason)
    then = Gathering(fleet.gathering.root, {name: content for name, content in before.items() if content is not None})
    names = sorted(before.keys() - {SETTINGS})
    read_files(then, [name for name in names if before[name] is not None], None, whole=False)
    if then.problems:
        return Changed(None, f"the files of then have problems of their own: {then.problems[0]}")
    fleet.parse(names)
    now = {user.key: user for user in fleet.gathering.users.values() if user.place.file in before}
    differing = {key for key in then.users.keys() | now.keys() if _bare(then.users.get(key)) != _bare(now.get(key))}
    profiles = _changed_profiles(earlier, fleet.settings) if earlier is not None else set()
    return Changed(frozenset(differing.union(user.key for user in fleet.using(profiles))))


def _settings(before: Mapping[str, bytes | None]) -> Settings | None:
    """Return the settings as they were; None where they are as now. Raises InvalidInput where there were none."""
    if SETTINGS not in before:
        return None
    content = before[SETTINGS] or b""
    return read_settings(content.decode("utf-8-sig", "replace"))


def _of_everybody(earlier: FleetConfig, now: FleetConfig) -> str | None:
    """Say which change of the settings can change anybody's plan; None where there is none."""
    names = sorted(name for name in FleetConfig.__slots__ if name not in _OF_NO_SERVICE)
    differing = [name for name in names if _said(getattr(earlier, name)) != _said(getattr(now, name))]
    return f"{SETTINGS} changed in {', '.join(differing)}" if differing else None


def _said(value: object) -> object:
    """Return a setting without the places it stands at."""
    if isinstance(value, tuple):
        return tuple(replace(each, place=_NOWHERE) if hasattr(each, "place") else each for each in value)
    return value


def _changed_profiles(earlier: Settings, now: Settings) -> set[str]:
    before, after = (
        {name: profile._replace(dated=None) for name, profile in settings.profiles.items()}
        for settings in (earlier, now)
    )
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _bare(user: DeclaredUser | None) -> DeclaredUser | None:
    """Return a user without the places it stands at."""
    if user is None:
        return None
    by_label = sorted(user.services, key=lambda service: service.label)
    services = tuple(service._replace(place=_NOWHERE, dated=None) for service in by_label)
    return user._replace(place=_NOWHERE, services=services)
