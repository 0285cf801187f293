"""All that a use case may touch, in one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.config import FleetConfig
from reconciler.ports.operators import Provider
from reconciler.ports.recording import Clock
from reconciler.ports.watching import Reading


@dataclass(frozen=True, slots=True)
class World:
    """Everything a use case may touch: the fleet's folder, its commit, the time, and the way to the operator."""

    root: Path
    clock: Clock
    provider: Callable[[FleetConfig], Provider]
    commit: Callable[[], str | None]
    run_id: Callable[[], str]
    #: Whether another attempt of what runs here would be given the same run id, as a repeated CI job is.
    run_repeats: bool
    requester: Callable[[], str]
    authors: Callable[[], Collection[str]]
    #: The text of a file of the fleet's folder as the base branch has it in CI, else as it lies there; None for none.
    trusted: Callable[[str], str | None]
    place: Callable[[], str]
    #: The URL of the journal; raises where the connection may not be used, or the journal cannot be there.
    journal_url: Callable[[FleetConfig], str]
    reading: Reading
    #: Is told which phase of the work goes on, by its name, until what it returns is left.
    phase: Callable[[str], AbstractContextManager[object]] = nullcontext
