"""A plan of some users, for which only what concerns them is read, is the whole plan without the others."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from reconciler.desired.changes import Changed, changed
from reconciler.desired.load import load
from reconciler.desired.partial import PartialFleet
from reconciler.model.fleet import DesiredFleet, Service
from reconciler.model.plan import ChangedSince, Choices
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.usecases.planning import Planned, PlanRequest, plan_files, planned
from tests.harness import Trial, run, with_quota
from tests.properties.fleets import USERS, fleet_seeds, wanted

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
SETTINGS = {
    "version": 1,
    "organisation": "brouwerij-demo",
    "provider": {"type": "sandbox"},
    "contract": {"id": "MC-2026-001", "quota": {"ratio": "1", "base": 10}},
}
#: Pages so small that not even a small fleet is read with the first of them.
SMALL = TmfSettings("http://sandbox", attempts=1, page_size=2)
Users = Mapping[str, dict[str, Any]]


@QUICK
@given(st.data(), st.sets(st.sampled_from(USERS), max_size=2), st.sampled_from(["declared-users", "organisation"]))
def test_a_plan_of_some_users_is_the_whole_plan_of_them(data: st.DataObject, chosen: set[str], ownership: str) -> None:
    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = replace(Trial.of(seed, with_quota(base=10)), settings=SMALL)
    if data.draw(st.booleans()):
        trial.sandbox.drift(data.draw(st.integers(0, 1000)))
    homes = {user: data.draw(st.sampled_from("abc")) for user in fleet.users}
    if ownership == "organisation" and not fleet.users:
        ownership = "declared-users"
    limits = data.draw(st.sampled_from([{}, {}, {"removals_percent": "30"}, {"removals": 1}]))
    request = PlanRequest(Choices(changed_since=ChangedSince("main", "0" * 40, tuple(sorted(chosen)))))
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), documents(fleet), homes, {**SETTINGS, "ownership": ownership, "limits": limits})
        made = of_files(trial, root, request)
        whole = planned(trial.world(root), load(root), trial.snapshot(), request)
        event("read in part" if made.snapshot.counted else "read whole")
        assert made.plan == whole.plan


@QUICK
@given(st.data())
def test_users_changed_where_what_they_say_did(data: st.DataObject) -> None:
    seed = data.draw(fleet_seeds())
    before, after = (dict(documents(data.draw(wanted(seed)))) for _ in range(2))
    for user in USERS:
        if data.draw(st.booleans()):
            after.pop(user, None)
            after |= {user: before[user]} if user in before else {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        contents = []
        for users in (before, after):
            homes = {user: data.draw(st.sampled_from("abc")) for user in users}
            for path in (root / "users").glob("*"):
                path.unlink()
            write(root, users, homes, SETTINGS)
            contents.append({f"users/{path.name}": path.read_bytes() for path in (root / "users").glob("*")})
        then, now = contents
        differing = {name: then.get(name) for name in then.keys() | now.keys() if then.get(name) != now.get(name)}
        found = changed(PartialFleet.open(root), differing)
    assert found == Changed(frozenset(user for user in USERS if before.get(user) != after.get(user)))


def of_files(trial: Trial, root: Path, request: PlanRequest) -> Planned:
    """Return the plan of files of which only some are parsed, and of a part of live."""

    async def work() -> Planned:
        async with trial.provider().reading() as reader:
            return await plan_files(trial.world(root), PartialFleet.open(root), reader.snapshot, request)

    return run(work())


def documents(fleet: DesiredFleet) -> Users:
    """Return users as they stand in a file."""
    users: dict[str, dict[str, Any]] = {user: {"services": {}} for user in fleet.users}
    for item in fleet.services:
        users[item.service.user]["services"][str(item.service.label)] = _service(item.service)
    return users


def write(root: Path, users: Users, homes: Mapping[str, str], settings_: Mapping[str, Any]) -> Path:
    """Write a fleet's files, each user into the one that is their home; JSON is YAML."""
    (root / "users").mkdir(exist_ok=True)
    (root / "fleet.yaml").write_text(json.dumps(settings_))
    for home in {*homes.values()}:
        theirs = {user: part for user, part in users.items() if homes[user] == home}
        (root / "users" / f"{home}.yaml").write_text(json.dumps({"users": theirs}, indent=1))
    return root


def _service(service: Service) -> dict[str, Any]:
    values: dict[str, Any] = {"bundle": service.bundle, "options": sorted(service.options)}
    values |= _set(number=service.number, state=service.state, cost_centre=service.cost_centre)
    return {**values, "sim": dict(_pairs(service.sim._asdict().items()))}


def _set(**values: Any) -> dict[str, Any]:
    return dict(_pairs(values.items()))


def _pairs(items: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    return ((name, str(value)) for name, value in items if value)
