"""Whether the connection that `fleet.yaml` names may be used: it is checked before a byte is sent over it.

In CI it has to be the one of the base branch. On a machine of somebody's own it has to be the one that the folder had
before, which is remembered in the user's state folder at first use; another one has to be confirmed there by typing
where it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.desired.load import SETTINGS, read_config
from reconciler.errors import ApprovalMissing, ConnectionRefused, FleetError, InvalidInput
from reconciler.model.config import FleetConfig
from reconciler.model.connection import Connection, connection_of, differences
from reconciler.ports.asking import Asking
from reconciler.usecases.state_folder import keep_or_fail, kept, main_folder

_FILE = "connection.json"
_IN_CI = "In CI the connection is the base branch's. Change it in a pull request of its own, reviewed and merged alone."
_TRUST = "Nothing was sent. If this is right, confirm it: fleet trust"
_FIRST = "Merge the fleet's settings first, in a pull request of their own."


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """A folder's connection, and what was remembered of it; None where it was never used here."""

    connection: Connection
    remembered: Mapping[str, str] | None

    @property
    def changes(self) -> list[str]:
        """What differs from what was remembered, a line each."""
        return differences(self.remembered, self.connection.remembered) if self.remembered is not None else []

    @property
    def must_be_confirmed(self) -> bool:
        """Whether nothing may be sent before somebody confirms it."""
        return not self.connection.is_local and bool(self.changes)


@dataclass(slots=True)
class ConnectionGuard:
    """Lets a connection be used or not; `base` returns the text of the base branch's settings, and is None outside CI.

    `is_named` means that the user named the connection on the command line, so that no file chose it.
    """

    root: Path
    environment: Mapping[str, str]
    asking: Asking
    base: Callable[[], str | None] | None = None
    is_named: bool = False
    _allowed: list[Connection] = field(default_factory=list)

    def require(self, config: FleetConfig) -> None:
        """Return where the connection may be used; raises ConnectionRefused, and what reading the base raises."""
        connection = connection_of(config)
        if connection in self._allowed:
            return
        if self.base is not None:
            self._require_as_in_base(connection, self.base)
        else:
            self._require_remembered(connection)
        self._allowed.append(connection)

    def _require_as_in_base(self, connection: Connection, base: Callable[[], str | None]) -> None:
        """Hold a connection against the base branch's; where none can be told, only one that sends nothing is used."""
        try:
            text = base()
        except ApprovalMissing:
            if connection.is_local:
                return
            raise
        require_as_in_base(connection, text)

    def _require_remembered(self, connection: Connection) -> None:
        state = connection_state(self.root, connection, self.environment)
        if self.is_named or state.remembered is None:
            self._remember_first(connection)
        elif state.must_be_confirmed:
            confirm(state, self.root, self.environment, self.asking)

    def _remember_first(self, connection: Connection) -> None:
        """Remember a connection at its first use; one that sends nothing is remembered where that can be done."""
        if connection.is_local:
            with suppress(FleetError):
                remember(self.root, connection, self.environment)
            return
        if self.root.is_dir():
            remember(self.root, connection, self.environment)
        self.asking.show(f"First use of {self.root}: {described(connection)}")


def connection_state(root: Path, connection: Connection, environment: Mapping[str, str]) -> ConnectionState:
    """Return a connection with what was remembered of the one that the folder had."""
    return ConnectionState(connection, _facts(kept(main_folder(root), _FILE, environment)))


def confirm(state: ConnectionState, root: Path, environment: Mapping[str, str], asking: Asking) -> None:
    """Have somebody at a terminal type where a changed connection goes, and remember it.

    Raises ConnectionRefused where nobody is there, or something else was typed.
    """
    word = to_type(state)
    lines = (f"The connection of {root} is not the one it had:", *(f"  {change}" for change in state.changes))
    answer = asking.typed("\n".join((*lines, f"Type {word} to confirm that orders and credentials go there")))
    if answer != word:
        message = f"the connection of {root} is not the one it had: {'; '.join(state.changes)}"
        raise ConnectionRefused(message, hint=_TRUST)
    remember(root, state.connection, environment)


def remember(root: Path, connection: Connection, environment: Mapping[str, str]) -> None:
    """Remember the connection of a folder; raises FleetError where the state folder cannot be written."""
    keep_or_fail(main_folder(root), _FILE, connection.remembered, environment)


def to_type(state: ConnectionState) -> str:
    """Return what is to be typed to confirm a connection: the URL that is new in it, else the operator's."""
    known = set((state.remembered or {}).values())
    connection = state.connection
    new = (origin for origin in connection.origins if origin not in known)
    return next(new, None) or connection.origin or connection.type


def described(connection: Connection) -> str:
    """Return where a connection goes, in one line."""
    facts = dict(connection.facts)
    others = [origin for origin in connection.origins[1:] if not origin.startswith(f"{connection.origin}/")]
    also = f" and {' and '.join(others)}" if others else ""
    where = f"{connection.origin or 'what the provider knows'}{also}"
    return f"it connects to {where} (provider {connection.type}) as '{facts['organisation']}'"


def require_as_in_base(connection: Connection, base: str | None) -> None:
    """Raise ConnectionRefused unless a connection is that of the base branch's settings, whose text is `base`."""
    if base is None:
        if connection.is_local:
            return
        raise ConnectionRefused(f"the base branch has no {SETTINGS}, and so no connection to use", hint=_FIRST)
    try:
        known = connection_of(read_config(base))
    except InvalidInput as error:
        if connection.is_local:
            return
        message = f"the connection of the base branch cannot be told: {_first(error.problems)}"
        raise ConnectionRefused(message, hint=_FIRST) from error
    changes = differences(dict(known.facts), dict(connection.facts))
    if changes:
        raise ConnectionRefused(f"the connection is not the base branch's: {'; '.join(changes)}", hint=_IN_CI)


def _first(problems: Sequence[Any]) -> str:
    more = f", and {len(problems) - 1} more problems" if len(problems) > 1 else ""
    return f"{problems[0].place}: {problems[0].message}{more}"


def _facts(value: Any) -> dict[str, str] | None:
    """Return remembered facts, None where they are none: what nobody can read was never remembered."""
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        return None
    return value
