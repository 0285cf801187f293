"""Save live to a file, and plan from it later or elsewhere, without a way to the operator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.desired.load import load_settings
from reconciler.errors import UnreadablePlan, bounded, bounded_words
from reconciler.files import LARGEST_DOCUMENT, read_given
from reconciler.garbage import uncollected
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import require_complete
from reconciler.ports import Reader, World
from reconciler.usecases.saved_live import quickly_read, written

FORMAT_VERSION = "1.0"
_AGAIN = "Take it again: fleet snapshot -o FILE."


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
    without_rows = replace(snapshot, users={}, services=(), gone=(), ended_options=())
    return written(FORMAT_VERSION, _adapter().dump_python(without_rows, mode="json"), snapshot)


def read_live(path: Path) -> Snapshot:
    """Return the snapshot saved at `path`; raises UnreadablePlan where it is none."""
    try:
        content = read_given(path, limit=LARGEST_DOCUMENT)
    except OSError as error:
        raise UnreadablePlan(f"{path} is no saved snapshot: {error.strerror}", hint=_AGAIN) from error
    with uncollected():
        return quickly_read(content, FORMAT_VERSION, _validated) or patiently_read(content, path)


def patiently_read(content: bytes, path: Path) -> Snapshot:
    """Return the snapshot that a file's content is, however it is laid out; raises UnreadablePlan where it is none."""
    try:
        saved = json.loads(TextIOWrapper(BytesIO(content), encoding="utf-8").read())
        version = str(saved["format_version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadablePlan(f"{path} is no saved snapshot: {bounded_words(error)}", hint=_AGAIN) from error
    if version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        message = f"{path} has snapshot format {bounded(version)}; this version reads {FORMAT_VERSION}"
        raise UnreadablePlan(message, hint=_AGAIN)
    try:
        return _validated(saved["snapshot"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(bounded(part) for part in first["loc"])
        message = f"{path} is a broken snapshot: {where}: {bounded_words(first['msg'])}"
        raise UnreadablePlan(message, hint=_AGAIN) from error
    except (KeyError, ArithmeticError) as error:
        raise UnreadablePlan(f"{path} is a broken snapshot: {bounded_words(error)}", hint=_AGAIN) from error


def _validated(parts: object) -> Snapshot:
    return _adapter().validate_python(parts, strict=False)
