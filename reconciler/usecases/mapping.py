"""Describe exports in `fleet.yaml`: what is recognised of them, with what somebody says of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.desired.catalogue import read_catalogue
from reconciler.desired.load import SETTINGS, read_config
from reconciler.desired.settings_text import provider_text, with_provider
from reconciler.errors import EditRefused, InvalidInput, UsageError
from reconciler.files import LARGEST_SETTINGS, read_inside
from reconciler.model.catalogue import Catalogue
from reconciler.providers.file.dating import pattern
from reconciler.providers.file.guess import Guess, guess
from reconciler.usecases.writing import Rewritten, write

_PINNED = ("encoding", "delimiter", "decimal", "dates")
_CATALOGUE = "catalogue.yaml"


class Mapped(NamedTuple):
    """An export by its file, what was recognised of it, and what words mean that nobody knew."""

    file: str
    guess: Guess
    values: Mapping[str, Mapping[str, str]]


def recognise(root: Path, path: Path) -> Mapped:
    """Return what is recognised of an export; raises UnusableExport, UsageError for one that lies elsewhere."""
    if not path.resolve().is_relative_to(root.resolve()):
        hint = "Put it there, for example under exports/, and keep that folder out of version control."
        raise UsageError(f"{path} does not lie within the fleet's folder '{root}'", hint=hint)
    file = pattern(path.resolve().relative_to(root.resolve()).as_posix())
    return Mapped(file, guess(path, known_catalogue(root)), {})


def known_catalogue(root: Path) -> Catalogue | None:
    """Return the catalogue of a fleet, None where there is none that can be read."""
    catalogue, problems = read_catalogue(root, _CATALOGUE)
    return None if problems else catalogue


def described(mapped: Sequence[Mapped]) -> str:
    """Return the `provider:` part of fleet.yaml that describes exports."""
    return provider_text(_settings(mapped, {}))


def write_mapping(root: Path, mapped: Sequence[Mapped]) -> Path:
    """Write the description of exports into fleet.yaml, the other exports and settings of the provider kept.

    Raises EditRefused where there is none or it would not be valid, with what is wrong.
    """
    path = root / SETTINGS
    if not path.exists():
        raise EditRefused(f"there is no {path}", hint="Write one with version and organisation, and run this again.")
    before = read_inside(root, SETTINGS, limit=LARGEST_SETTINGS)
    text = before.decode()
    try:
        after = with_provider(text, lambda old: _settings(mapped, old))
        read_config(after)
    except InvalidInput as error:
        told = "; ".join(f"{each.place}: {each.message}" for each in error.problems)
        hint = "Nothing was written. Map every export at once, and say under contract what exports do not tell."
        raise EditRefused(f"{SETTINGS} would not be valid: {told}", hint=hint) from error
    write(root, [Rewritten(SETTINGS, before, after.encode())])
    return path


def _settings(mapped: Sequence[Mapped], old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the provider: the old ones of this one, with what is mapped in their place."""
    kept = dict(old) if old.get("type") == "file" else {}
    exports = dict(kept.get("exports") or {})
    exports |= {each.guess.kind: _export(each) for each in mapped}
    order = [kind for kind in ("users", "services", "options") if kind in exports]
    return {"type": "file", **kept, "exports": {kind: exports[kind] for kind in order}}


def _export(mapped: Mapped) -> dict[str, Any]:
    form = mapped.guess.form
    pins = {name: value for name in _PINNED if (value := getattr(form, name))}
    part: dict[str, Any] = {"file": mapped.file, **pins, "columns": dict(mapped.guess.columns)}
    values = {name: dict(words) for name, words in mapped.values.items() if words}
    return part | ({"values": values} if values else {})
