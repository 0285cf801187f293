"""Whatever is live: what an import writes is read, planning it has nothing to do, and importing again neither."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.desired.declared import Dated, DeclaredUser
from reconciler.desired.load import load
from reconciler.desired.split import Split
from reconciler.desired.write import users_text
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Plan, Status
from reconciler.model.snapshot import DoubtKind, Snapshot
from reconciler.sandbox import identities, seeds
from reconciler.usecases.importing import ImportRequest, draft_import, write_import
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.desired.files import SETTINGS
from tests.desired.test_write import NOWHERE, declared
from tests.harness import Trial, person, run, with_quota
from tests.properties.fleets import USERS, fleet_seeds, offers, wanted

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
KEYS = (*USERS, "o'neill@brouwerij.example", "123", "no", "hr/4711", "jörg+x@brouwerij.example", "#1", "an peeters")
LABELS = (None, None, "phone", "phone-2", "tablet", "Jan's", "0123", "no")
CENTRES = (None, "SALES", "R&D", "0123", "no: way", "sales", "SA\u200bLES", "Ventes #1")
NAMES = ("Peeters", "O'Neill", "De: Smet #2", "[x]", "- no", "\u202eevil", "王")
REMARKS = ("# by hand", "# the end")
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
        misleading = {"adopted", "ambiguous-match", "looks-like-transfer", "number-given-up"}
        misleading |= {"odd-input"} if load(root).users else set()  # files without a user are said to be without
        assert misleading.isdisjoint(found.code for found in made.plan.findings if found.user not in bare(seed))
        assert {each.user for each in draft.left_out} <= undeclarable(trial.snapshot())
        left_out = {each.user for each in draft.left_out}
        assert {found.user for found in made.plan.findings if found.code == "unmanaged"} <= left_out
        assert left_out <= named(made.plan, trial.snapshot())
        assert not made.plan.is_blocked
        assert sum(len(user.services) for user in load(root).users) == draft.services


def undeclarable(live: Snapshot) -> set[str]:
    """Return the users who may be left out: a service of theirs has no key at all."""
    return {item.service.user for item in live.services if not (item.service.number or item.service.sim.iccid)}


def named(plan: Plan, live: Snapshot) -> set[str]:
    """Return the users whom a plan's findings say to be left as they are, by themselves or by one of their services."""
    codes = {"user-without-address", "incomplete-service"}
    ids = {word for found in plan.findings if found.code in codes for word in re.findall(r"[\w-]+", found.message)}
    users = {str(found.user) for found in plan.findings if found.code == "unmanaged"}
    users |= {user.key for user in live.users.values() if user.id in ids}
    return users | {item.service.user for item in live.services if item.id in ids}


def addressless(live: Snapshot) -> set[str]:
    """Return the users without an address, whom an import into files that are there leaves out."""
    return {str(doubt.user) for doubt in live.doubts if doubt.kind is DoubtKind.USER}


def bare(seed: seeds.FleetSeed) -> set[str]:
    """Return the users with a service that has no number, which planning can only adopt."""
    return {service.user_email for service in seed.services if not service.number}


@settings(THOROUGH, max_examples=25)
@given(fleet_seeds(), st.data())
def test_planning_an_import_after_an_apply_has_nothing_to_do(seed: seeds.FleetSeed, data: st.DataObject) -> None:
    trial = Trial.of(seed, with_quota(base=10))
    trial.apply(data.draw(wanted(seed)))
    with folder(SETTINGS + "contract: {quota: {base: 10}}\n") as root:
        write_import(run(draft_import(trial.world(root), ImportRequest())))
        assert run(make_plan(trial.world(root), PlanRequest())).plan.ready == ()


@settings(THOROUGH, max_examples=25)
@given(untidy_fleets(), st.randoms(use_true_random=False))
def test_the_order_of_live_makes_no_difference(seed: seeds.FleetSeed, chance: random.Random) -> None:
    trial = Trial.of(seed)
    with folder() as root:
        first = run(draft_import(trial.world(root), ImportRequest()))
        write_import(first)
        shuffled = replace(trial.world(root), provider=lambda config: cast(Any, Shuffled(trial, chance)))
        assert run(draft_import(shuffled, ImportRequest(adopt=True))).files == ()
    with folder() as root:
        assert run(draft_import(replace(shuffled, root=root), ImportRequest())).files == first.files


@dataclass(frozen=True, slots=True)
class Shuffled:
    """A provider, and a reader, that lists what is live in another order each time."""

    trial: Trial
    chance: random.Random

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Shuffled]:
        """Open nothing."""
        yield self

    async def snapshot(self) -> Snapshot:
        """Return live."""
        async with self.trial.provider().reading() as reader:
            live = await reader.snapshot()
        services = [item._replace(options=self.mixed(item.options)) for item in self.mixed(live.services)]
        users = dict(self.mixed(tuple(live.users.items())))
        return replace(live, services=tuple(services), users=users)

    def mixed(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return items in another order."""
        return tuple(self.chance.sample(items, len(items)))


@THOROUGH
@given(fleet_seeds(), st.data(), st.sampled_from(Split), st.none() | st.integers(0, 100))
def test_a_later_import_changes_what_differs_and_leaves_the_rest(
    seed: seeds.FleetSeed, data: st.DataObject, split: Split, chance: int | None
) -> None:
    trial = Trial.of(seed, with_quota(base=10))
    with folder(SETTINGS + "contract: {quota: {base: 10}}\n") as root:
        write_import(run(draft_import(trial.world(root), ImportRequest(split=split, profiles=1))))
        remark(root)
        before = {path.name: path.read_text() for path in (root / "users").glob("*")}
        trial.apply(data.draw(wanted(seed)))
        if chance is not None:
            trial.sandbox.drift(chance)
        settle_and_compare(trial, root, before)


@settings(THOROUGH, max_examples=25)
@given(untidy_fleets(), st.lists(st.integers(0, 100), min_size=1, max_size=3), st.booleans())
def test_what_is_untidy_is_brought_up_to_date_too(seed: seeds.FleetSeed, chances: list[int], slowly: bool) -> None:
    trial = Trial.of(seed)
    with folder() as root:
        write_import(run(draft_import(trial.world(root), ImportRequest())))
        trial.sandbox.configure(activation_delay_hours=24 if slowly else 0)
        for chance in chances:
            trial.sandbox.drift(chance)
        draft = run(draft_import(trial.world(root), ImportRequest(adopt=True)))
        live = trial.snapshot()
        assert {each.user for each in draft.left_out} <= undeclarable(live) | addressless(live)
        write_import(draft)
        actions = run(make_plan(trial.world(root), PlanRequest())).plan.actions
        busy = {action.user for action in actions if action.status is not Status.IN_FLIGHT}
        assert busy <= {each.user for each in draft.left_out}
        assert run(draft_import(trial.world(root), ImportRequest(adopt=True))).files == ()


def settle_and_compare(trial: Trial, root: Path, before: dict[str, str]) -> None:
    """Import again, and require that nothing is left to do and that nobody else's lines were touched."""
    draft = run(draft_import(trial.world(root), ImportRequest(adopt=True)))
    write_import(draft)
    assert run(make_plan(trial.world(root), PlanRequest())).plan.ready == ()
    assert run(draft_import(trial.world(root), ImportRequest(adopt=True))).files == ()
    touched = {line.split()[1].strip(":").split("/")[0] for line in draft.changes or ()}
    touched |= {line.split()[3].split("/")[0] for line in draft.changes or () if line.startswith(">")}
    after = {path.name: path.read_text() for path in (root / "users").glob("*")}
    for name, text in before.items():
        for user, block in blocks(text).items():
            assert user in touched or block in after[name]
        if not touched & blocks(text).keys():
            assert blocks(after[name]).items() >= blocks(text).items()
        assert [after[name].count(words) for words in REMARKS] == [text.count(words) for words in REMARKS]


def remark(root: Path) -> None:
    """Put comments into the users' files, as a person would."""
    for path in (root / "users").glob("*"):
        text = path.read_text().replace("services:\n", f"services:   {REMARKS[0]}\n")
        path.write_text(f"{text}{REMARKS[1]}\n")


def blocks(text: str) -> dict[str, str]:
    """Return the lines of each user in a file."""
    parts = re.split(r"(?m)^  (?=\S)", text.partition("\nusers:\n")[2].removesuffix("# the end\n"))
    return {part.partition(":\n")[0].strip('"'): part for part in parts[1:]}


@settings(THOROUGH, max_examples=25)
@given(fleet_seeds(), st.data(), st.integers(0, 100), st.booleans())
def test_files_of_somebody_else_are_brought_up_to_date(
    seed: seeds.FleetSeed, data: st.DataObject, chance: int, everything: bool
) -> None:
    trial = Trial.of(seed, with_quota(base=10))
    ownership = "ownership: organisation\n" if everything else ""
    with folder(SETTINGS + ownership + "contract: {quota: {base: 10}}\n") as root:
        fleet = data.draw(wanted(seed))
        declare(root, fleet)
        trial.sandbox.drift(chance)
        if not fleet.users and everything:
            return
        draft = run(draft_import(trial.world(root), ImportRequest(adopt=True)))
        assert draft.left_out == ()
        write_import(draft)
        made = run(make_plan(trial.world(root), PlanRequest())).plan
        assert (made.actions, made.summary.unmanaged) == ((), 0)
        assert run(draft_import(trial.world(root), ImportRequest(adopt=True))).files == ()


def declare(root: Path, fleet: DesiredFleet) -> None:
    """Write a fleet into one file, as declared."""
    users = []
    for key in sorted(fleet.users):
        held = [item.service for item in fleet.services if item.service.user == key]
        services = tuple(
            declared(
                str(each.label), each.bundle, options=tuple(map(Dated, sorted(each.options))), number=each.number,
                sim=each.sim, state=each.state, cost_centre=each.cost_centre,
            )
            for each in held
        )  # fmt: skip
        users.append(DeclaredUser(key, None, None, NOWHERE, services))
    (root / "users").mkdir()
    (root / "users" / "all.yaml").write_text(users_text(users, schema="s"))
