"""What a plan does, counted: seconds differ from machine to machine, counts do not."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from math import ceil
from pathlib import Path

import pytest

from reconciler.desired.load import load
from reconciler.model.fleet import Service
from reconciler.model.plan import Action
from reconciler.providers.tmf import TmfProvider
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import Sandbox
from tests.bench.fleets import edit_one
from tests.gates.conftest import Fleet
from tests.gates.counting import Counted, alive, counted
from tests.harness import CONFIG
from tests.providers.wire import Wire

Fleets = Callable[[int], Fleet]
#: Many enough for a cache, which is kept of a megabyte of files or more.
CACHED, PAGE = 6_000, 100
#: What a plan may call for each service, reading both sides from files included.
CALLS_A_SERVICE = 120


@pytest.mark.parametrize("yaml", ["fast", "plain"])
def test_every_file_is_parsed_once_and_with_a_cache_only_those_that_changed(
    fleet_of: Fleets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, yaml: str
) -> None:
    root = fleet_of(CACHED).root
    monkeypatch.setenv("FLEET_YAML", yaml)
    monkeypatch.setenv("FLEET_CACHE_DIR", str(tmp_path))
    settings = (root / "fleet.yaml").read_text()
    assert parsed(root) == Counter([settings, *texts(root)])
    assert parsed(root) == Counter([settings])
    before = texts(root)
    edit_one(root, 0)
    assert parsed(root) == Counter([settings, *(texts(root) - before)])


def test_places_are_looked_up_in_the_lines_of_users_who_differ_alone(fleet_of: Fleets) -> None:
    fleet = fleet_of(1000)
    once = sum(map(len, parsed(fleet.root).elements()))
    with counted() as found:
        places = {action.place and action.place.line for action in fleet.planned().plan.actions}
    assert len(places) > 1
    assert sum(map(len, found.parsed)) < once * 1.1


def test_as_many_pages_are_asked_for_as_there_are(fleet_of: Fleets) -> None:
    fleet = fleet_of(1000)
    asked = pages_asked(fleet, concurrency=1)
    assert asked["individual"] == ceil(saved(fleet, "users") / PAGE)
    assert asked["product"] == ceil(saved(fleet, "products") / PAGE)


def test_no_more_pages_are_asked_for_ahead_than_may_be_under_way_at_once(fleet_of: Fleets) -> None:
    needed, asked = (pages_asked(fleet_of(1000), concurrency=at_once) for at_once in (1, 4))
    assert all(count < needed[name] + 4 for name, count in asked.items())


def test_only_what_differs_becomes_an_action_and_only_what_differs_is_explained(fleet_of: Fleets) -> None:
    fleet, before = fleet_of(1000), alive(Action)
    with counted() as found:
        made = fleet.planned()
    assert len(made.plan.actions) == alive(Action) - before == 1000 // 100
    assert found.of("deepdiff/diff.py", "__init__") <= 1000 // 100


def test_both_sides_have_a_value_for_each_service_and_only_what_differs_has_more(fleet_of: Fleets) -> None:
    fleet, before = fleet_of(1000), alive(Service)
    made = fleet.planned()
    assert alive(Service) - before <= 2 * 1000 + 6 * len(made.plan.actions)


def test_models_are_made_of_kinds_of_services_not_of_services(fleet_of: Fleets) -> None:
    small, large = (models(planned(fleet_of(services))) for services in (500, 1000))
    assert large - small < 500 / 4
    assert large < 1000 / 4


def test_twice_the_services_take_at_most_twice_the_calls(fleet_of: Fleets) -> None:
    small, large = (planned(fleet_of(services)) for services in (500, 1000))
    assert large.total <= small.total * 2 * 1.02
    assert large.total / 1000 <= CALLS_A_SERVICE


def parsed(root: Path) -> Counter[str]:
    """Return the texts that parsers of YAML were given when a fleet was read."""
    with counted() as found:
        load(root)
    return Counter(found.parsed)


def texts(root: Path) -> Counter[str]:
    """Return what stands in the users' files."""
    return Counter(file.read_text(encoding="utf-8") for file in (root / "users").iterdir())


def planned(fleet: Fleet) -> Counted:
    """Return what is done for a plan, what is done once for the first of all plans aside."""
    fleet.planned()
    with counted() as found:
        fleet.planned()
    return found


def models(found: Counted) -> int:
    """Return how many models were made."""
    return sum(found.of("pydantic/main.py", name) for name in ("__init__", "model_validate", "model_construct"))


def pages_asked(fleet: Fleet, *, concurrency: int) -> Counter[str]:
    """Return how many pages of which list are asked for when live is read."""
    wire = Wire(Sandbox.open(fleet.operator).app())
    settings = TmfSettings("http://sandbox", page_size=PAGE, concurrency=concurrency, attempts=1)

    async def read() -> None:
        async with TmfProvider(CONFIG, settings, app=wire).reading() as reader:
            await reader.snapshot()

    asyncio.run(read())
    return Counter(path.rpartition("/")[2] for _, path in wire.asked)


def saved(fleet: Fleet, name: str) -> int:
    """Return how many resources of a list the operator has."""
    return sum(len(json.loads(page.read_bytes())) for page in (fleet.pages / name).iterdir())
