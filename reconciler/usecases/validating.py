"""Check the files alone; no network."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from reconciler.desired.load import load
from reconciler.desired.resolve import resolve
from reconciler.model.fleet import DesiredFleet
from reconciler.ports import World


def validate(world: World, day: date | None = None) -> DesiredFleet:
    """Return what the files declare as of `day`, by default today; raises InvalidInput with every problem."""
    documents = load(world.root, progress=world.reading.files)
    return resolve(documents, day or world.clock.now().astimezone(ZoneInfo(documents.config.timezone)).date())
