"""Save live to a file, and plan from it later or elsewhere, without a way to the operator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.desired.load import load_settings
from reconciler.errors import UnreadablePlan, bounded, bounded_words, quoted
from reconciler.files import LARGEST_DOCUMENT, read_given
from reconciler.garbage import uncollected
from reconciler.model.snapshot import Snapshot
from reconciler.planning.planner import require_complete
from reconciler.ports import Reader, World
from reconciler.usecases.saved_live import counted, is_sound, quickly_read, written

FORMAT_VERSION = "1.1"
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
        return quickly_read(content, FORMAT_VERSION, whole_snapshot) or patiently_read(content, path)


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
        snapshot = whole_snapshot(saved["snapshot"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(bounded(part) for part in first["loc"])
        message = f"{path} is a broken snapshot: {where}: {bounded_words(first['msg'])}"
        raise UnreadablePlan(message, hint=_AGAIN) from error
    except (ValueError, KeyError, ArithmeticError) as error:
        raise UnreadablePlan(f"{path} is a broken snapshot: {bounded_words(error)}", hint=_AGAIN) from error
    odd = next((item.id for item in (*snapshot.services, *snapshot.gone) if not is_sound(item)), None)
    if odd is not None:
        raise UnreadablePlan(f"{path} is a broken snapshot: service {quoted(odd)} is not told in full", hint=_AGAIN)
    if saved.get("rows") not in (None, counted(snapshot)):
        raise UnreadablePlan(f"{path} is a broken snapshot: it has lost rows since it was saved", hint=_AGAIN)
    return snapshot


def whole_snapshot(parts: object) -> Snapshot:
    """Return the snapshot of its parts; raises ValueError where one is missing, which would read as nothing there."""
    snapshot = _adapter().validate_python(parts, strict=False)
    missing = _missing(parts, _adapter().dump_python(snapshot, mode="json"))
    if missing is not None:
        raise ValueError(f"{missing} is missing")
    doubted = {doubt.id for doubt in snapshot.doubts}
    for order in snapshot.open_orders:
        about = order.live_ids | order.addresses
        if "" in about or not (about or order.id in doubted):
            raise ValueError(f"order {order.id} does not tell what it is about")
    return snapshot


#: Parts that snapshots of earlier versions do not have.
_LATER = frozenset({"ended_options", "exported", "remarks", "tasks", "counted", "doubts"})


def _missing(given: object, whole: object, at: str = "snapshot") -> str | None:
    """Return where what was given lacks something of the `whole` that was made of it, with defaults for the rest."""
    pairs: Iterable[tuple[object, object, object]] = ()
    if isinstance(whole, dict) and isinstance(given, dict):
        lost = whole.keys() - given.keys() - (_LATER if at == "snapshot" else set())
        if lost:
            return f"{at}.{min(lost)}"
        pairs = ((given[key], whole[key], key) for key in whole.keys() & given.keys())
    elif isinstance(whole, list) and isinstance(given, list):
        if len(given) != len(whole):
            return f"part of {at}"
        pairs = zip(given, whole, range(len(whole)), strict=True)
    elif isinstance(whole, dict | list) or (given is None) is not (whole is None):
        return at
    found = (_missing(one, other, f"{at}.{key}") for one, other, key in pairs)
    return next((place for place in found if place is not None), None)
