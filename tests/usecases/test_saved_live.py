"""What was saved reads as it was, and whatever became of a file since reads the same, or not at all, either way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from reconciler.errors import UnreadablePlan
from reconciler.model.snapshot import EndedOption, LiveUser, OpenOrder, Snapshot
from reconciler.sandbox import Sandbox
from reconciler.usecases.saved_live import quickly_read
from reconciler.usecases.snapshots import FORMAT_VERSION, patiently_read, read_live, snapshot_text, whole_snapshot
from tests.harness import Trial

PATH = Path("live.json")
ADAPTER = TypeAdapter(Snapshot)


@cache
def live() -> Snapshot:
    """Return a small company with everything that a snapshot can have, and a name with an accent."""
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=40)
    read = Trial(sandbox).snapshot()
    zoe = LiveUser("zoe@brouwerij.example", "ind-z", "Zoë Ünal", None, 'Sales "1"')
    return replace(
        read,
        users={**read.users, zoe.key: zoe},
        ended_options=(EndedOption("roaming-world", read.services[0].id, date(2026, 1, 1), date(2026, 2, 1)),),
        open_orders=(OpenOrder("ord-1", "held", placed=read.read_at, live_ids=frozenset({"prd-00000001"})),),
        counted=read.totals,
    )


def quickly(content: bytes) -> Snapshot | None:
    return quickly_read(content, FORMAT_VERSION, whole_snapshot)


def test_what_was_saved_is_read_quickly_and_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "live.json"
    path.write_text(snapshot_text(live()), encoding="utf-8")
    assert read_live(path) == quickly(path.read_bytes()) == live()
    assert live().gone
    assert any(item.options for item in live().services)


def test_what_was_saved_before_there_were_lines_for_services_reads_the_same() -> None:
    saved = {"format_version": "1.0", "snapshot": ADAPTER.dump_python(live(), mode="json")}
    content = (json.dumps(saved, indent=1, ensure_ascii=False) + "\n").encode()
    assert quickly(content) == patiently_read(content, PATH) == live()


@pytest.mark.parametrize("part", ["services", "gaps", "open_orders", "bundle_changes", "catalogue"])
def test_a_file_that_lacks_a_part_is_not_one_that_has_nothing_there(part: str) -> None:
    saved = json.loads(snapshot_text(live()))
    del saved["snapshot"][part]
    content = json.dumps(saved).encode()
    assert quickly(content) is None
    with pytest.raises(UnreadablePlan):
        patiently_read(content, PATH)


@pytest.mark.parametrize("part", ["users", "services", "gone", "open_orders"])
def test_a_file_that_lost_a_row_is_no_snapshot_any_more(part: str) -> None:
    saved = json.loads(snapshot_text(live()))
    rows = saved["snapshot"][part]
    rows.popitem() if isinstance(rows, dict) else rows.pop()
    content = json.dumps(saved).encode()
    assert quickly(content) is None
    with pytest.raises(UnreadablePlan, match="it has lost rows"):
        patiently_read(content, PATH)


def test_a_saved_service_is_a_line() -> None:
    [line] = [line for line in snapshot_text(live()).splitlines() if line.startswith('   ["prd-00000001"')]
    assert json.loads(line.rstrip(","))[0] == "prd-00000001"


def test_services_that_were_read_share_their_users_bundles_and_options() -> None:
    read = quickly(snapshot_text(live()).encode())
    assert read is not None
    assert all(item.service.user is read.users[item.service.user].key for item in read.services)
    assert len({id(item.service.options) for item in read.services}) == len({i.service.options for i in read.services})


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 7, 1.5, "", "é", "\ud800", [], {}, [None], ["x"], "2026-01-01", "2026-02-30", "20260101", "esim"]
)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Return a saved snapshot with something changed in it, left out of it or added to it."""
    saved = json.loads(snapshot_text(live()))
    for part in ("services", "gone", "ended_options"):
        del saved["snapshot"][part][3:]
    saved.pop("rows")
    spot: Any = saved
    for _ in range(draw(st.integers(0, 5))):
        inner = [
            value
            for value in (spot.values() if isinstance(spot, dict) else spot)
            if value and type(value) in (list, dict)
        ]
        if not inner:
            break
        spot = draw(st.sampled_from(inner))
    if isinstance(spot, dict):
        spot[draw(st.sampled_from([*spot, "other"]))] = draw(ODD)
    else:
        at = draw(st.integers(0, len(spot)))
        spot[at : at + draw(st.integers(0, 1))] = [draw(ODD)]
    return json.dumps(saved, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@given(texts())
@example(b"")
@example(b'{"format_version": 1.0, "snapshot": {}}')
@example(b'{"format_version": "2.0", "snapshot": {}}')
@example(b'{"format_version": "1.0", "snapshot": {"other": "\xff"}}')
@example(snapshot_text(live()).encode().replace(b"brouwerij-demo", b"\xed\xa0\x80"))
def test_whatever_became_of_a_file_is_read_the_same_either_way_or_not_at_all(content: bytes) -> None:
    read = quickly(content)
    if read is not None:
        assert repr(read.services) == repr(patiently_read(content, PATH).services)
        assert read == patiently_read(content, PATH)


def test_a_broken_file_is_an_error_that_says_where(tmp_path: Path) -> None:
    path = tmp_path / "live.json"
    saved = json.loads(snapshot_text(live()))
    saved["snapshot"]["services"][0][6] = "soon"
    path.write_text(json.dumps(saved))
    with pytest.raises(UnreadablePlan, match=r"broken snapshot: services\.0\.6: Input should be a valid date"):
        read_live(path)
