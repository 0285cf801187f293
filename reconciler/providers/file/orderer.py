"""Accept orders for somebody to carry out in the portal: nothing is sent, and everything waits for a human.

The journal keeps what was accepted, and the next export proves what was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from reconciler.errors import OperatorRefused
from reconciler.model.snapshot import LiveUser, PlacedOrder
from reconciler.ports import Handle, NewUser, Outcome, Result, ServiceChange

_WAITS = "on the checklist, for somebody to click; the next export proves it"
_PORTAL = "Create the user in the portal, and export the users again."


class FileOrderer:
    """Takes orders that a human carries out."""

    async def create_user(self, new: NewUser, *, reference: str) -> LiveUser:
        """Refuse: whoever is to have services has to be in the export first (R1)."""
        del reference
        raise OperatorRefused(f"{new.key} is not created from here", hint=_PORTAL)

    async def find_user(self, key: str) -> LiveUser | None:
        """Return nobody: nobody is ever created from here."""
        del key
        return None

    async def submit(
        self, changes: Sequence[ServiceChange], *, user: LiveUser, reference: str, effective: date, note: str
    ) -> Sequence[Handle]:
        """Accept `changes` for the checklist."""
        del changes, user, effective, note
        return [Handle(reference, reference)]

    async def poll(self, handle: Handle) -> tuple[Handle, Outcome]:
        """Say that it waits: only an export tells more."""
        return handle, Outcome(Result.WAITING, _WAITS)

    async def find(self, reference: str) -> Sequence[Handle]:
        """Return nothing: an order that the journal has not accepted is on no checklist."""
        del reference
        return []

    async def find_each(self, references: Sequence[str]) -> Mapping[str, Sequence[Handle]]:
        """Return nothing, as `find` does."""
        del references
        return {}

    async def placed_since(self, moment: datetime) -> Sequence[PlacedOrder]:
        """Return nothing: exports tell of no orders."""
        del moment
        return []

    async def cancel(self, handle: Handle) -> Outcome:
        """Take it off the checklist; whether somebody has carried it out, the next export tells."""
        return Outcome(Result.CANCELLED, "it is taken off the checklist", handle.order)
