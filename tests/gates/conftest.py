"""Fleets that are written once for all gates: what differs in them is one service in a hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.cli.running import run
from reconciler.settings import world
from reconciler.usecases.planning import Planned, PlanRequest, make_plan
from reconciler.usecases.snapshots import snapshot_text, take_snapshot
from tests.bench import pages
from tests.bench.fleets import write_fleet


class Fleet(NamedTuple):
    """A fleet's folder, with its live in a file and as the pages of its operator."""

    root: Path
    live: Path
    pages: Path

    @property
    def operator(self) -> Path:
        """The file of the embedded operator."""
        return self.root / ".fleet" / "sandbox.db"

    def planned(self) -> Planned:
        """Plan, with live from the file; the result passes through no task, which would write it out."""
        return run(make_plan(world(self.root), PlanRequest(live=self.live)))


@pytest.fixture(scope="session")
def fleet_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Fleet]:
    """Return a function that returns the fleet of so many services."""

    @cache
    def made(services: int) -> Fleet:
        folder = tmp_path_factory.mktemp(str(services))
        fleet = Fleet(folder / "fleet", folder / "live.json", folder / "pages")
        write_fleet(fleet.root, services)
        fleet.live.write_text(snapshot_text(run(take_snapshot(world(fleet.root)))), encoding="utf-8")
        asyncio.run(pages.save(fleet.operator, fleet.pages))
        return fleet

    return made


@pytest.fixture(autouse=True)
def reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything read in this process by the fast parser, and no cache but where a test sets one up."""
    monkeypatch.setenv("FLEET_YAML", "fast")
    monkeypatch.setenv("FLEET_PROCESSES", "1")
    monkeypatch.setenv("FLEET_CACHE_DIR", "")
