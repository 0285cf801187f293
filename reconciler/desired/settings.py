"""`fleet.yaml`: its configuration and its profiles, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from reconciler.desired import wording
from reconciler.desired.config import config_of
from reconciler.desired.declared import Profile, declared_bundle, declared_options
from reconciler.desired.documents import FleetFile, ProfilePart
from reconciler.desired.spans import date_problems
from reconciler.desired.users import dated
from reconciler.desired.yaml import Text, parse
from reconciler.errors import InvalidInput, Problem
from reconciler.model.config import FleetConfig

SETTINGS = "fleet.yaml"
#: Yields what is wrong with the files that the settings name.
Beside = Callable[[FleetConfig, Text], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands in `fleet.yaml`; the profiles as they were written, too."""

    config: FleetConfig
    written: dict[str, ProfilePart]
    profiles: dict[str, Profile]


def settings_of(read: Text, problems: list[Problem], beside: Beside | None = None) -> Settings | None:
    """Return the settings, None where they make no sense; what is wrong is added to `problems`.

    The files it names are looked at where `beside` is given.
    """
    try:
        document = FleetFile.model_validate(read.value if read.value is not None else {})
    except ValidationError as error:
        problems.extend(wording.problems(error, FleetFile, read))
        return None
    config = config_of(document, read, problems)
    if beside is not None:
        problems.extend(beside(config, read))
    for name, part in document.profiles.items():
        problems.extend(date_problems(part, read, ("profiles", name)))
    profiles = {
        name: Profile(
            declared_bundle(part.bundle), declared_options(part.options), dated(part, read, ("profiles", name)) or None
        )
        for name, part in document.profiles.items()
    }
    return Settings(config, dict(document.profiles), profiles)


def read_settings(text: str) -> Settings:
    """Return the settings that are the text of a `fleet.yaml`; raises InvalidInput where it makes no sense."""
    read = parse(text, SETTINGS)
    found = list(read.problems)
    settings = settings_of(read, found)
    if found or settings is None:
        raise InvalidInput(found)
    return settings
