"""A saved snapshot that lost something is no snapshot, or orders nothing that the whole one does not ask for.

`FLEET_MUTATIONS=6000` has so many of them mutated, instead of the few of an ordinary run.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import FleetError
from reconciler.model.config import Ownership
from reconciler.model.snapshot import Snapshot
from reconciler.usecases.snapshots import read_live, snapshot_text
from tests.partial.company import fleet, lists
from tests.partial.mutations import mutated, mutations
from tests.partial.plans import Verdict, ordered, planned, read, verdict
from tests.partial.server import Server

MANY = int(os.environ.get("FLEET_MUTATIONS", "160"))


@cache
def saved() -> Mapping[str, Any]:
    """Return what is saved of the company, as JSON has it."""
    answers = read(Server(lists()), fleet(Ownership.ORGANISATION, rules=True))
    parsed: Mapping[str, Any] = json.loads(snapshot_text(answers))
    return parsed


def reread(path: Path, content: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot that a file with some content is."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return read_live(path)


@pytest.mark.parametrize("ownership", Ownership)
def test_no_mutated_snapshot_orders_more_without_an_error_or_a_named_gap(tmp_path: Path, ownership: Ownership) -> None:
    declared = fleet(ownership, rules=True)
    clean = planned(declared, reread(tmp_path / "live.json", saved()))
    assert ordered(clean)
    bad, refused = [], 0
    every = [each for each in mutations({"saved": [saved()]}) if len(each.path) > 1]
    for mutation in random.Random(41).sample(every, MANY // 2):
        [content] = mutated({"saved": [saved()]}, mutation)["saved"]
        try:
            found = verdict(clean, planned(declared, reread(tmp_path / "live.json", content)))
        except FleetError as error:
            found, refused = Verdict(error), refused + 1
        if found.is_silent or found.is_for_ever:
            bad.append((str(mutation), sorted(found.more)))
    assert not bad
    assert refused
