"""What a run meant to do and what came of it, in the order it happened.

Held in memory: it is the report of one run. A journal that survives the process implements the same port.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.ports import Outcome


class Intent(NamedTuple):
    """An order that was about to be sent."""

    reference: str
    actions: tuple[str, ...]


@dataclass(slots=True)
class RunLog:
    """The journal of one run: intents in order, and the last outcome of each action."""

    intents: list[Intent] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def intend(self, reference: str, actions: Sequence[str]) -> None:
        """Record that an order for `actions` is about to be sent under `reference`."""
        self.intents.append(Intent(reference, tuple(actions)))

    def settle(self, reference: str, action: str, outcome: Outcome) -> None:
        """Record what became of one action; a later outcome replaces an earlier one."""
        del reference
        self.outcomes[action] = outcome

    def is_settled(self, action: str) -> bool:
        """Tell whether an outcome of `action` is recorded."""
        return action in self.outcomes
