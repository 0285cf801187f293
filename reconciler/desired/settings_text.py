"""`fleet.yaml` as text: one written from nothing, and profiles added to one that people have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from reconciler.desired.comments import require_comments_kept
from reconciler.desired.declared import Profile
from reconciler.desired.form import Path, SettingsForm
from reconciler.desired.layout import BOM, Layout
from reconciler.desired.splice import spliced
from reconciler.desired.write import comment, profile_lines, scalar, value_text
from reconciler.desired.yaml import parse
from reconciler.errors import EditRefused, InvalidInput

_HEAD = "The settings of a fleet, written by fleet import. Its users and their services stand in users/."
_FILE = "fleet.yaml"
_OWNERSHIP = "users that are not declared are reported and left alone"


class Settings(NamedTuple):
    """What a `fleet.yaml` needs at least; `provider` has the type of the connection and its settings."""

    organisation: str
    provider: Mapping[str, object]
    contract: str | None = None
    currency: str = "EUR"


def settings_text(settings: Settings, profiles: Mapping[str, Profile], *, schema: str) -> str:
    """Return a `fleet.yaml` that names its `schema` first."""
    lines = [
        comment(f"yaml-language-server: $schema={schema}"),
        comment(_HEAD),
        "version: 1",
        f"organisation: {scalar(settings.organisation)}",
        f"currency: {settings.currency}",
        "provider:",
        *_mapping_lines(settings.provider, indent=2),
        *(["contract:", f"  id: {scalar(settings.contract)}"] if settings.contract else []),
        f"ownership: declared-users  {comment(_OWNERSHIP)}",
    ]
    return "\n".join([*lines, *_profile_part(profiles)]) + "\n"


def with_profiles_added(text: str, profiles: Mapping[str, Profile]) -> str | None:
    """Return a `fleet.yaml` with profiles at its end; None where it has some already, or cannot be added to like that.

    Nothing else of the file is touched, and the result is read back to make sure.
    """
    before = parse(text, _FILE)
    if not isinstance(before.value, dict) or "profiles" in before.value:
        return None
    end = "\r\n" if "\r\n" in text else "\n"
    glue = "" if text.endswith("\n") else end
    added = text + glue + end.join(["", *_profile_part(profiles), ""])
    after = parse(added, _FILE)
    kept = not after.problems and {**before.value, "profiles": after.value.get("profiles")} == after.value
    return added if kept and set(after.value["profiles"] or ()) == set(profiles) else None


def provider_text(settings: Mapping[str, object]) -> str:
    """Return the settings of a provider as they stand in `fleet.yaml`."""
    return "\n".join(["provider:", *_mapping_lines(settings, indent=2)]) + "\n"


def with_provider(text: str, settings: Callable[[Mapping[str, object]], Mapping[str, object]]) -> str:
    """Return a `fleet.yaml` with other settings of the provider, made of the old ones; the rest of it is untouched."""
    body = text.removeprefix(BOM)
    read = parse(body, _FILE)
    if read.problems:
        raise InvalidInput(read.problems)
    values = read.value if isinstance(read.value, dict) else {}
    old = values.get("provider")
    after = {**values, "provider": settings(old if isinstance(old, dict) else {})}
    layout = Layout.of(body, _FILE)
    result, gone = spliced(layout, values, after, _entry_lines, SettingsForm())
    made = parse(result, _FILE)
    if made.problems or made.value != after:
        hint = "Write the provider part by hand; without --write it is shown."
        raise EditRefused("the provider cannot be written as this file is", place=read.place(("provider",)), hint=hint)
    require_comments_kept(layout, Layout.of(result, _FILE), gone, ())
    return text[: len(text) - len(body)] + result


def profiles_text(profiles: Mapping[str, Profile]) -> str:
    """Return profiles as they would stand in `fleet.yaml`."""
    return "\n".join(_profile_part(profiles))


def _profile_part(profiles: Mapping[str, Profile]) -> list[str]:
    lines = [line for name, profile in profiles.items() for line in profile_lines(name, profile, indent=2)]
    return ["profiles:", *lines] if lines else []


def _mapping_lines(values: Mapping[str, object], *, indent: int, step: int = 2) -> list[str]:
    lines = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{' ' * indent}{scalar(key)}:", *_mapping_lines(value, indent=indent + step, step=step)]
        else:
            lines.append(f"{' ' * indent}{scalar(key)}: {value_text(key, value, flow=False)}")
    return lines


def _entry_lines(path: Path, value: Any, step: int) -> list[str]:
    """Return a key and its value as lines of a block."""
    return _mapping_lines({path[-1]: value}, indent=0, step=step)
