"""A plan of some targets, for which only what concerns them is read, is the plan that reading everything makes."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from reconciler.desired.load import load
from reconciler.model.fleet import Sim, SimType
from reconciler.model.plan import Choices
from reconciler.planning.targets import idle_targets
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import identities, seeds
from reconciler.usecases.planning import PlanRequest, planned
from tests.harness import Trial, person, with_quota
from tests.properties.fleets import LABELS, USERS, fleet_seeds, wanted
from tests.properties.test_changed_since import QUICK, SETTINGS, documents, of_files, write

STRANGER, TYPO = "new.hand@brouwerij.example", "an.peters@brouwerij.example"
#: An ICCID whose check digit is wrong, which is worth a warning.
ODD = "8932050000000000014"
OTHERS = tuple(f"{name}@elsewhere.example" for name in ("bea.bos", "cas.cox", "dré.denis"))
GLOBS = (
    "*@brouwerij.example",
    "*é.d*@elsewhere.example",
    "an*@*",
    "?an.*@brouwerij.example",
    "*s@brouwerij*",
    "nobody*@*",
)
#: Pages so small that the first of them is never everything.
SMALL = TmfSettings("http://sandbox", attempts=1, page_size=5)
TARGETS = st.one_of(
    st.sampled_from(USERS),
    st.sampled_from(USERS).map(str.upper),
    st.sampled_from([STRANGER, TYPO]),
    st.tuples(st.sampled_from(USERS), st.sampled_from([*LABELS, "*", "*", "ph*"])).map("/".join),
    st.sampled_from(GLOBS),
    st.tuples(st.sampled_from(GLOBS), st.sampled_from([*LABELS, "*"])).map("/".join),
    st.sampled_from(["SALES", "brew", "an.*", "*/phone", "*"]),
)


@settings(QUICK, max_examples=12)
@given(st.data(), st.lists(TARGETS, min_size=1, max_size=2), st.sampled_from(["declared-users", "organisation"]))
def test_a_plan_of_targets_is_the_same_whatever_is_read(
    data: st.DataObject, targets: list[str], ownership: str
) -> None:
    seed = data.draw(fleet_seeds())
    held = {service.user_email for service in seed.services}
    known = tuple(each for each in seed.users if each.email in held or data.draw(st.booleans()))
    seed = replace(seed, users=(*known, *map(person, OTHERS)), services=(*seed.services, *_others()))
    fleet = data.draw(wanted(seed))
    if data.draw(st.booleans()) and fleet.services:
        first, *others = fleet.services
        user = data.draw(st.sampled_from([STRANGER, first.service.user]))
        odd = first.service._replace(user=user, sim=Sim(SimType.PHYSICAL, ODD))
        users = {**fleet.users, user: fleet.users[first.service.user]}
        fleet = replace(fleet, services=(first._replace(service=odd), *others), users=users)
    trial = Trial.of(seed, with_quota(base=10))
    if data.draw(st.booleans()):
        trial.sandbox.drift(data.draw(st.integers(0, 1000)))
    homes = {user: data.draw(st.sampled_from("abc")) for user in fleet.users}
    if ownership == "organisation" and not fleet.users:
        ownership = "declared-users"
    limits = data.draw(st.sampled_from([{}, {}, {"removals_percent": "30"}, {"removals": 1}]))
    request = PlanRequest(Choices(targets=tuple(targets)))
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), documents(fleet), homes, {**SETTINGS, "ownership": ownership, "limits": limits})
        made = of_files(replace(trial, settings=SMALL), root, request)
        whole = planned(trial.world(root), load(root), trial.snapshot(), request)
        event("read in part" if made.snapshot.counted else "read whole")
        event("with actions" if made.plan.actions else "without actions")
        assert made.plan == whole.plan
        sides = [(side.desired, side.snapshot) for side in (made, whole)]
        idle, idle_of_all = (idle_targets(desired, snapshot, targets) for desired, snapshot in sides)
        assert idle == idle_of_all


def _others() -> list[seeds.ServiceSeed]:
    """Return services of users whom nobody asks about by name."""
    return [
        seeds.ServiceSeed(user, label, "mobile-10", identities.number(index, 7), identities.iccid(index))
        for index, (user, label) in enumerate(((user, label) for user in OTHERS for label in LABELS[:2]), start=100)
    ]
