"""What a fleet administrator wants done, in words of the domain, and what a change makes of a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeAlias

from reconciler.desired.entries import typed
from reconciler.desired.load import Documents
from reconciler.desired.yaml import nearest
from reconciler.errors import EditRefused, quoted
from reconciler.usecases.words import option_name

_Service = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Add:
    """A new service, `service` as it stands in a file; `file` where its user is in none yet.

    `name` is that of a user who is to be created at the operator.
    """

    user: str
    label: str
    service: _Service
    file: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Other values for attributes of a service, None to take one away; of a SIM those that are named.

    `bundle_from` is the first day of another bundle; until then the service keeps the one it has.
    """

    user: str
    label: str | None
    values: _Service = field(default_factory=dict)
    sim: _Service = field(default_factory=dict)
    add_options: Sequence[Any] = ()
    drop_options: Sequence[str] = ()
    bundle_from: date | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """A service less; its number is given up (R9)."""

    user: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A service for another user; neither its number nor the quota is touched (R2)."""

    user: str
    label: str | None
    to: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """A user without services from now on, and why."""

    user: str
    reason: str | None = None


Wanted: TypeAlias = Add | Change | Remove | Transfer | Leave


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a change makes of a service as it stands in a file."""

    wanted: Change
    address: str
    documents: Documents

    def __call__(self, service: _Service) -> _Service:
        """Return the service changed; raises EditRefused or InvalidInput where it cannot be so."""
        wanted = self.wanted
        result = {**service, **wanted.values}
        if wanted.bundle_from is not None:
            until = wanted.bundle_from - timedelta(days=1)
            result["bundle"] = {
                "name": self._bundle(service),
                "until": until.isoformat(),
                "then": wanted.values["bundle"],
            }
        if wanted.sim:
            result["sim"] = _present({**service.get("sim", {}), **wanted.sim})
        if wanted.add_options or wanted.drop_options:
            result["options"] = self._options(result.get("options") or [])
        result = _present(result)
        typed(self.address, result)
        return result

    def _bundle(self, service: _Service) -> str:
        """Return the bundle a service has now, its own or its profile's."""
        bundle = service.get("bundle")
        if isinstance(bundle, str):
            return bundle
        profile = self.documents.profiles.get(service.get("profile", ""))
        if bundle is None and profile is not None and profile.bundle is not None and profile.bundle.until is None:
            return profile.bundle.name
        hint = "Give it one bundle first, with --bundle alone."
        raise EditRefused(f"{self.address} changes its bundle on a day already", hint=hint)

    def _options(self, options: Sequence[Any]) -> list[Any]:
        names = [option_name(option) for option in options]
        for dropped in self.wanted.drop_options:
            if dropped not in names:
                raise EditRefused(
                    f"{self.address} has no option {quoted(dropped)}{nearest(dropped, names)}", hint=self._has(names)
                )
        added = {option_name(option) for option in self.wanted.add_options}
        kept = [option for option in options if option_name(option) not in {*self.wanted.drop_options, *added}]
        return [*kept, *self.wanted.add_options]

    def _has(self, names: Sequence[str]) -> str:
        return f"It has {', '.join(names)}." if names else "It has none of its own; a profile's stand in fleet.yaml."


def _present(values: _Service) -> dict[str, Any]:
    """Return what has a value."""
    return {key: value for key, value in values.items() if value not in (None, {}, [])}
