"""Where the new keys of a document go, and which of its mappings are written one key below the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from reconciler.desired.layout import Entry
from reconciler.desired.write import INNER_KEYS, SERVICE_KEYS, USER_KEYS

#: Keys from the root: `("users", "an@x", "services", "phone")`; `-` for an item of a list.
Path = tuple[str, ...]
_USERS, _SERVICES, _SERVICE = 1, 3, 4
_KEYS = {0: ("users",), 2: USER_KEYS, _SERVICE: SERVICE_KEYS}


class Form(Protocol):
    """How a kind of document is laid out."""

    def in_order(self, keys: Iterable[str], path: Path) -> list[str]:
        """Return new keys of the mapping at `path` in the order in which they are to stand."""

    def behind(self, key: str, kept: Sequence[Entry], path: Path) -> Entry | None:
        """Return the entry behind which a new key of the mapping at `path` stands, None where it is the first."""

    def separates(self, path: Path) -> bool:
        """Tell whether a new entry of the mapping at `path` gets a blank line where the others have one."""

    def opens(self, path: Path, before: object) -> bool:
        """Tell whether the value at `path`, between brackets so far, is written one key below the other."""

    def writes_out(self, path: Path) -> bool:
        """Tell whether an alias at `path` may be replaced by the value an edit gives it."""


class UsersForm:
    """A users' file: users in order, services one behind the other, attributes as one wants to read them."""

    def in_order(self, keys: Iterable[str], path: Path) -> list[str]:
        """Return users by name, attributes in their usual order."""
        known = _KEYS.get(len(path), INNER_KEYS if len(path) > _SERVICE else ())
        if len(path) == _USERS:
            return sorted(keys)
        return sorted(keys, key=lambda key: known.index(key) if key in known else len(known))

    def behind(self, key: str, kept: Sequence[Entry], path: Path) -> Entry | None:
        """Return the last service, the user before by name where users are sorted, the attribute before in order."""
        if len(path) == _SERVICES:
            return kept[-1] if kept else None
        names = [entry.key for entry in kept]
        if len(path) == _USERS:
            if names != sorted(names):
                return kept[-1]
            return next((entry for entry in reversed(kept) if entry.key < key), None)
        order = self.in_order({key, *names}, path)
        before = order[: order.index(key)]
        return next((entry for entry in reversed(kept) if entry.key in before), None)

    def separates(self, path: Path) -> bool:
        """Users and services do."""
        return len(path) in (_USERS, _SERVICES)

    def opens(self, path: Path, before: object) -> bool:
        """Those that hold nothing yet, down to the services."""
        return not before and len(path) < _SERVICE

    def writes_out(self, path: Path) -> bool:
        """Allow it for what a service has."""
        return len(path) > _SERVICE


class SettingsForm:
    """Settings: what is new comes last, and what stands at the top level is written one key below the other."""

    def in_order(self, keys: Iterable[str], path: Path) -> list[str]:
        """Return them as they come."""
        return list(keys)

    def behind(self, key: str, kept: Sequence[Entry], path: Path) -> Entry | None:
        """Return the last."""
        return kept[-1] if kept else None

    def separates(self, path: Path) -> bool:
        """None does."""
        return False

    def opens(self, path: Path, before: object) -> bool:
        """Those at the top level."""
        return len(path) == 1

    def writes_out(self, path: Path) -> bool:
        """None is: whoever wrote it wanted both places to say the same."""
        return False
