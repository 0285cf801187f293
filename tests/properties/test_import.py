"""Whatever is live: what an import writes is read, planning it has nothing to do, and importing again neither."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.desired.live import Declarer
from reconciler.desired.load import load
from reconciler.desired.split import Split
from reconciler.model.plan import Status
from reconciler.model.snapshot import Snapshot
from reconciler.sandbox import identities, seeds
from reconciler.usecases.importing import ImportRequest, draft_import, write_import
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.desired.files import SETTINGS
from tests.harness import Trial, person, run, with_quota
from tests.properties.fleets import USERS, fleet_seeds, offers, wanted

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
KEYS = (*USERS, "o'neill@brouwerij.example", "123", "no", "hr/4711", "jörg+x@brouwerij.example", "#1", "an peeters")
LABELS = (None, None, "phone", "phone-2", "tablet", "Jan's", "0123", "no")
CENTRES = (None, "SALES", "R&D", "0123", "no: way", "sales", "SA\u200bLES", "Ventes #1")
NAMES = ("Peeters", "O'Neill", "De: Smet #2", "[x]", "- no", "\u202eevil", "王")
#: Whether a service has a number, and a SIM that is known.
TRAITS = st.sampled_from([(True, True), (True, True), (True, False), (False, True), (False, False), (False, False)])


@st.composite
def untidy_services(draw: st.DrawFn) -> tuple[seeds.ServiceSeed, ...]:
    """Return services as they are found: several a user, unlabelled or labelled alike, blocked, some for a time."""
    found = []
    for index in range(1, draw(st.integers(0, 10)) + 1):
        bundle, options = draw(offers())
        esim, (numbered, known_sim) = draw(st.booleans()), draw(TRAITS)
        last_days = st.sampled_from([date(2026, 11, 23), date(2026, 12, 31), date(2030, 1, 1)])
        service = seeds.ServiceSeed(
            draw(st.sampled_from(KEYS)),
            draw(st.sampled_from(LABELS)),
            bundle,
            identities.number(index, 7) if numbered else "",
            identities.iccid(index) if known_sim else None,
            options,
            identities.eid(index) if esim else None,
            "eSIM" if esim else "physical",
            draw(st.sampled_from(["active", "active", "suspended"])),
            started=draw(st.sampled_from([date(2024, 5, 1), date(2025, 1, 15)])),
            cost_centre=draw(st.sampled_from([None, None, "CARS", "SALES"])),
            temporary=tuple((option, draw(last_days)) for option in options if draw(st.booleans())),
        )
        found.append(service)
    return tuple(found)


@st.composite
def untidy_fleets(draw: st.DrawFn) -> seeds.FleetSeed:
    """Return a live fleet whose users have odd keys, names and cost centres."""
    people = tuple(
        replace(person(key, draw(st.sampled_from(CENTRES))), family_name=draw(st.sampled_from(NAMES))) for key in KEYS
    )
    contract = seeds.ContractSeed(removal_base=0, removal_ratio="1")
    return seeds.FleetSeed(contract=contract, users=people, services=draw(untidy_services()))


@contextmanager
def folder(settings: str = SETTINGS) -> Iterator[Path]:
    """Yield a fleet's folder with settings alone, gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "fleet.yaml").write_text(settings)
        yield Path(name)


def moved(seed: seeds.FleetSeed, chance: int | None) -> Trial:
    """Return an operator with a fleet, or with one where orders are on their way after `chance` moved it."""
    trial = Trial.of(seed)
    if chance is not None:
        trial.sandbox.configure(activation_delay_hours=24)
        trial.sandbox.drift(chance)
    return trial


@THOROUGH
@given(untidy_fleets(), st.none() | st.integers(0, 100), st.sampled_from(Split), st.integers(0, 3))
def test_planning_what_was_imported_has_nothing_to_do(
    seed: seeds.FleetSeed, chance: int | None, split: Split, profiles: int
) -> None:
    trial = moved(seed, chance)
    with folder() as root:
        world = trial.world(root)
        draft = run(draft_import(world, ImportRequest(split=split, profiles=profiles)))
        write_import(draft)
        made = run(make_plan(world, PlanRequest()))
        assert [action for action in made.plan.actions if action.status is not Status.IN_FLIGHT] == []
        misleading = {"adopted", "ambiguous-match", "odd-input", "looks-like-transfer", "number-given-up"}
        assert misleading.isdisjoint(found.code for found in made.plan.findings if found.user not in bare(seed))
        assert {each.user for each in draft.left_out} <= undeclarable(trial.snapshot())
        unmanaged = {found.user for found in made.plan.findings if found.code == "unmanaged"}
        assert unmanaged == {each.user for each in draft.left_out}
        assert sum(len(user.services) for user in load(root).users) == draft.services


def undeclarable(live: Snapshot) -> set[str]:
    """Return the users who may be left out: no file can hold their keys, or a service of theirs has no key at all."""
    keyless = (item.service for item in live.services if not (item.service.number or item.service.sim.iccid))
    return {"hr/4711", "an peeters", *(service.user for service in keyless)}


def bare(seed: seeds.FleetSeed) -> set[str]:
    """Return the users with a service that has no number, which planning can only adopt."""
    return {service.user_email for service in seed.services if not service.number}


@settings(THOROUGH, max_examples=50)
@given(fleet_seeds(), st.data())
def test_planning_an_import_after_an_apply_has_nothing_to_do(seed: seeds.FleetSeed, data: st.DataObject) -> None:
    trial = Trial.of(seed, with_quota(base=10))
    trial.apply(data.draw(wanted(seed)))
    with folder(SETTINGS + "contract: {quota: {base: 10}}\n") as root:
        write_import(run(draft_import(trial.world(root), ImportRequest())))
        assert run(make_plan(trial.world(root), PlanRequest())).plan.ready == ()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(untidy_fleets(), st.randoms(use_true_random=False))
def test_the_order_of_live_makes_no_difference(seed: seeds.FleetSeed, chance: random.Random) -> None:
    live = Trial.of(seed).snapshot()
    services = list(live.services)
    chance.shuffle(services)
    declarer = Declarer.of(live, date(2026, 11, 23))
    assert declarer.declare(services) == declarer.declare(live.services)
