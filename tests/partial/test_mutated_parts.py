"""A plan of targets or of changed users, read in part from answers that lost something, orders nothing more either.

`FLEET_MUTATIONS=6000` has a tenth of so many answers mutated, instead of the few of an ordinary run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.load import load_settings
from reconciler.errors import FleetError
from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import ChangedSince, Choices
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.usecases.planning import Planned, PlanRequest
from tests.harness import Trial
from tests.partial.company import AN, BEA, CEO, EVA, JAN, LIEN, PIET, WIM, fleet, lists
from tests.partial.mutations import Mutation, mutated, mutations
from tests.partial.plans import DAY, Verdict, ordered, verdict
from tests.partial.server import Server
from tests.properties.test_changed_since import documents, of_files, write

MANY = int(os.environ.get("FLEET_MUTATIONS", "160")) // 10
CHOICES = (
    Choices(targets=(AN, EVA)),
    Choices(targets=(WIM, f"{PIET}/*")),
    Choices(targets=(CEO, BEA)),
    Choices(changed_since=ChangedSince("main", "0" * 40, (JAN, LIEN))),
)
#: Pages so small that not even this fleet is read with the first of them.
SMALL = TmfSettings("http://operator", attempts=1, page_size=5)


def planned_of(root: Path, server: Server, choices: Choices) -> Planned:
    """Return the plan of a folder's files for some users, reading no more than concerns them."""
    trial = Trial(None, load_settings(root).config, app=server, settings=SMALL)  # type: ignore[arg-type]
    return of_files(trial, root, PlanRequest(choices, day=DAY))


def folder(root: Path, declared: DesiredFleet) -> Path:
    """Write the files of a fleet."""
    config = declared.config
    settings: dict[str, Any] = {
        "version": 1,
        "organisation": config.organisation,
        "provider": {"type": "tmf", "url": "http://operator"},
        "contract": {"id": config.contract},
        "ownership": str(config.ownership),
        "ignore": [{"user": rule.user} for rule in config.ignore],
        "protect": [{"service": rule.service} for rule in config.protect],
    }
    return write(root, documents(declared), {user: user[0] for user in declared.users}, settings)


@pytest.fixture(scope="module", params=Ownership)
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of files."""
    return folder(tmp_path_factory.mktemp("fleet"), fleet(request.param, rules=True))


@pytest.mark.parametrize("choices", CHOICES, ids=lambda each: ",".join(sorted(each.targets or each.users or ())))
def test_whole_answers_are_read_in_part_and_give_the_plan_of_reading_everything(root: Path, choices: Choices) -> None:
    made = planned_of(root, Server(lists()), choices)
    assert made.snapshot.counted is not None
    assert ordered(made.plan) == ordered(planned_of(root, Server(lists(), counts=False), choices).plan)


def sample() -> Iterator[tuple[Choices, Mutation]]:
    """Yield so many mutations, each with whom is planned."""
    chosen = random.Random(29)
    every = [each for each in mutations(lists()) if not _is_counted_all_the_same(each)]
    for number in range(MANY):
        yield CHOICES[number % len(CHOICES)], chosen.choice(every)


def _is_counted_all_the_same(mutation: Mutation) -> bool:
    """Tell whether a product names a user by the role alone: counts cannot tell that it is nobody."""
    path = mutation.path
    return mutation.resource == "product" and path[1:4:2] == ("relatedParty", "id") and path[2] == 0


def test_no_mutated_answer_that_is_read_in_part_orders_more_without_an_error_or_a_named_gap(root: Path) -> None:
    clean = {choices: planned_of(root, Server(lists()), choices).plan for choices in CHOICES}
    bad, in_part = [], 0
    for choices, mutation in sample():
        try:
            made = planned_of(root, Server(mutated(lists(), mutation)), choices)
        except FleetError as error:
            found = Verdict(error)
        else:
            in_part += made.snapshot.counted is not None
            found = verdict(clean[choices], made.plan)
        if found.is_silent or found.is_for_ever:
            bad.append((str(mutation), choices.targets or choices.users, sorted(found.more)))
    assert not bad
    assert in_part or MANY < 50
