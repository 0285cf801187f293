"""Where a fleet's orders and credentials go, by what `fleet.yaml` says: to be compared, shown and kept.

It holds no secret: of a variable its name, of a header that is written out the digest of its value. What only says how
a server is asked (time-outs, page sizes, rates) is not part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from reconciler.model.addresses import canonical_url
from reconciler.model.config import FleetConfig

#: The providers that send nothing to anybody.
_LOCAL = frozenset({"sandbox", "file"})
#: What of the settings of a known provider says where something goes; of any other provider everything does.
_DECISIVE: Mapping[str, frozenset[str]] = {
    "sandbox": frozenset({"path"}),
    "file": frozenset({"path"}),
    "tmf": frozenset({"url", "auth", "headers", "base_paths", "insecure", "ca", "proxy"}),
}
_DEFAULTS = {"client_id_env": "FLEET_CLIENT_ID", "client_secret_env": "FLEET_CLIENT_SECRET"}
#: What says where the journal is; the rest of its settings says how long something is waited for.
_JOURNAL_PLACE = frozenset({"journal.path", "journal.url_env"})
_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 40
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Connection:
    """What a fleet is connected to.

    `origins` are the canonical URLs that anything is sent to, the operator's first; `facts` is everything that decides
    where orders, credentials and records go, as (path in fleet.yaml, text), sorted.
    """

    type: str
    origins: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]

    @property
    def origin(self) -> str | None:
        """The operator's URL, None where there is none."""
        return self.origins[0] if self.origins else None

    @property
    def is_local(self) -> bool:
        """Whether nothing is sent to anybody, and the journal is where it always is."""
        return self.type in _LOCAL and not _JOURNAL_PLACE & {name for name, _ in self.facts}

    @property
    def remembered(self) -> dict[str, str]:
        """What a machine remembers of it: all but how long the journal is waited for."""
        return {name: text for name, text in self.facts if not name.startswith("journal.") or name in _JOURNAL_PLACE}


def connection_of(config: FleetConfig) -> Connection:
    """Return what a configuration is connected to."""
    kind = config.provider.type
    settings = dict(_with_defaults(kind, config.provider.settings))
    facts = {"organisation": config.organisation, "provider.type": kind}
    facts |= dict(_flat(settings, "provider"))
    given = {part.name: getattr(config.journal, part.name) for part in fields(config.journal)}
    facts |= {
        f"journal.{name}": f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in given.items()
        if value is not None
    }
    origins = (canonical_url(text) for name, text in facts.items() if name.startswith("provider.") and "://" in text)
    found = dict.fromkeys(origin for origin in origins if origin is not None)
    first = canonical_url(facts.get("provider.url", ""))
    ordered = sorted(found, key=lambda origin: origin != first)
    return Connection(kind, tuple(ordered), tuple(sorted(facts.items())))


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what differs between the facts of two connections, a line each, as it stands in fleet.yaml."""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [f"{name}: {_shown(before.get(name))} -> {_shown(after.get(name))}" for name in names]


def place_name(config: FleetConfig, folder: str) -> str:
    """Return the name of the folder in which the journal of a fleet lies, known without any call.

    It goes by organisation, provider type and origin; where there is no origin, by the real path of the fleet's folder,
    so that two copies of an example never share one.
    """
    connection = connection_of(config)
    where = folder if connection.type in _LOCAL else connection.origin or folder
    return named_by([config.organisation, connection.type], where)


def named_by(words: list[str], where: str) -> str:
    """Return a name for a folder or a file that people can read and that no two places share."""
    digest = hashlib.sha256(json.dumps([*words, where]).encode()).hexdigest()[:_DIGITS]
    slug = _SLUG.sub("-", "-".join(words).lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return f"{slug or 'fleet'}-{digest}"


def _with_defaults(kind: str, settings: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    decisive = _DECISIVE.get(kind)
    for name, value in settings.items():
        if decisive is not None and name not in decisive:
            continue
        if kind == "tmf" and name == "url":
            yield name, canonical_url(str(value)) or value
        elif kind == "tmf" and name == "auth" and isinstance(value, Mapping) and value:
            url = canonical_url(str(settings.get("url"))) or ""
            given = {"token_url": f"{url}/oauth2/token", **_DEFAULTS, **value}
            yield name, given | {"token_url": canonical_url(str(given["token_url"])) or given["token_url"]}
        elif name == "headers" and isinstance(value, Mapping):
            yield name, {str(header).lower(): _header(str(text)) for header, text in value.items()}
        else:
            yield name, value


def _header(text: str) -> str:
    """Return the name of a header's variable, or the digest of a value that is written out."""
    return text if text.startswith("$") else f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def _flat(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flat(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}.{index}")
    elif value is not None and value is not False:
        yield path, str(value)


def _shown(text: str | None) -> str:
    return "not set" if text is None else f"'{text}'"
