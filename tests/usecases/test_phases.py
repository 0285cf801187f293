from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.usecases.phases import Phases


class Hand:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def test_a_phase_within_another_interrupts_it_and_what_is_outside_of_all_counts_nowhere() -> None:
    clock = Hand()
    phases = Phases(clock)
    clock.move(5)
    with phases.phase("live"):
        clock.move(1)
        with phases.phase("compare"):
            clock.move(0.25)
        clock.move(0.5)
    clock.move(5)
    with phases.phase("compare"):
        clock.move(1)
    assert str(phases) == "live 1.50 s, compare 1.25 s"


def test_a_phase_that_fails_is_over() -> None:
    clock = Hand()
    phases = Phases(clock)
    with pytest.raises(ValueError, match="broken"), phases.phase("files"):
        raise ValueError("broken")
    clock.move(5)
    with phases.phase("live"):
        clock.move(2)
    assert str(phases) == "files 0.00 s, live 2.00 s"
