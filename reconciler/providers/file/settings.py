"""Where an operator's exports lie and what stands where in them, from `provider:` of fleet.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reconciler.providers.file.table import Form

#: Days beyond which an age is no limit, and could not be reckoned with.
_NO_LIMIT = 100_000.0


@dataclass(frozen=True, slots=True)
class Export:
    """One list: its file, how that is written, the heading of each field, and what words mean, by field."""

    kind: str
    file: str
    form: Form
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileSettings:
    """The exports of one operator; `country` is where numbers are written in the national way."""

    services: Export
    users: Export | None
    options: Export | None
    country: str
    max_age: timedelta


def file_settings(values: Mapping[str, Any]) -> FileSettings:
    """Return the settings that `provider:` gives; their shape was checked when the file was read."""
    exports = values["exports"]

    def export(kind: str) -> Export | None:
        part = exports.get(kind)
        if part is None:
            return None
        form = Form(*(part.get(name) for name in ("encoding", "delimiter", "decimal", "dates", "sheet")))
        words = {
            name: {word.casefold(): str(meaning) for word, meaning in mapped.items()}
            for name, mapped in part.get("values", {}).items()
        }
        return Export(kind, part["file"], form, part["columns"], words)

    services = export("services")
    assert services is not None, "the document asks for it"
    return FileSettings(
        services=services,
        users=export("users"),
        options=export("options"),
        country=values["country"],
        max_age=timedelta(days=min(float(values["max_age"]), _NO_LIMIT)),
    )
