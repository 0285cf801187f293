"""Save live to a file, and plan from it later or elsewhere, without a way to the operator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.desired.load import load_settings
from reconciler.errors import UnreadablePlan
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import require_complete
from reconciler.ports import Reader, World

FORMAT_VERSION = "1.0"


@cache
def _adapter() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


async def take_snapshot(world: World) -> Snapshot:
    """Return live; raises IncompleteSnapshot rather than give out a part of it."""
    async with reading_whole(world) as (_, snapshot):
        return snapshot


@asynccontextmanager
async def reading_whole(world: World) -> AsyncIterator[tuple[Reader, Snapshot]]:
    """Yield live, and what read it for further questions; raises IncompleteSnapshot where a part is missing."""
    config = load_settings(world.root).config
    async with world.provider(config).reading() as reader:
        snapshot = await reader.snapshot()
        require_complete(snapshot, config.quota)
        yield reader, snapshot


def snapshot_text(snapshot: Snapshot) -> str:
    """Return a snapshot as JSON, the format that `read_live` reads."""
    body = _adapter().dump_python(snapshot, mode="json")
    return json.dumps({"format_version": FORMAT_VERSION, "snapshot": body}, indent=1, ensure_ascii=False) + "\n"


def read_live(path: Path) -> Snapshot:
    """Return the snapshot saved at `path`; raises UnreadablePlan where it is none."""
    again = "Take it again: fleet snapshot -o FILE."
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        version = str(saved["format_version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadablePlan(f"{path} is no saved snapshot: {error}", hint=again) from error
    if version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        raise UnreadablePlan(f"{path} has snapshot format {version}; this version reads {FORMAT_VERSION}", hint=again)
    try:
        return _adapter().validate_python(saved["snapshot"], strict=False)
    except (ValidationError, KeyError) as error:
        raise UnreadablePlan(f"{path} is a broken snapshot: {error}", hint=again) from error
