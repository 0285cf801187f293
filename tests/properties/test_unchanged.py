"""What is as declared is set aside at once: a plan is the same as one that takes every service through everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reconciler.model.config import IgnoreRule, Limits, Ownership, ProtectRule
from reconciler.model.fleet import DesiredFleet, Ending, Service, Sim, SimType, State
from reconciler.model.plan import ChangedSince, Choices
from reconciler.model.snapshot import LiveService, OpenOrder, Presence, Snapshot
from reconciler.planning.scope import scope
from reconciler.planning.unchanged import set_aside
from tests.harness import PLACE
from tests.planning import plainly
from tests.planning.values import AN, DAY, ELS, JAN, NUMBERS, fleet, live, planned, snapshot

#: Of everything so few that two services often claim or hold the same.
USERS, LABELS, BUNDLES = (AN, JAN, ELS), ("phone", "tablet", None), ("mobile-10", "mobile-25", "data-5")
SIMS = (Sim(), Sim(SimType.ESIM), Sim(SimType.PHYSICAL, "8932050000000000013"), Sim(None, "89320500000000000126", "7"))
SERVICES = st.builds(
    Service,
    user=st.sampled_from(USERS),
    label=st.sampled_from(LABELS),
    bundle=st.sampled_from(BUNDLES),
    options=st.sampled_from([frozenset(), frozenset({"roaming"}), frozenset({"roaming", "calls"})]),
    number=st.sampled_from([None, *NUMBERS[:20]]),
    sim=st.sampled_from(SIMS),
    state=st.sampled_from([None, State.ACTIVE, State.BLOCKED]),
    cost_centre=st.sampled_from([None, "SALES"]),
)
PRESENCES = st.sampled_from([*[Presence.PRESENT] * 5, *Presence])
ENDING = Ending("option roaming", DAY + timedelta(days=3), PLACE)


@st.composite
def sides(draw: st.DrawFn) -> tuple[DesiredFleet, Snapshot]:
    """Return two sides that agree on much, with numbers, SIMs and labels that several have."""
    held = [live(f"l{n}", service, draw(PRESENCES)) for n, service in enumerate(draw(st.lists(SERVICES, max_size=8)))]
    wished = [draw(_grown(item.service)) for item in held if draw(st.integers(0, 5))]
    wished += draw(st.lists(SERVICES, max_size=2))
    declared = fleet(
        *draw(st.permutations(wished)),
        users=draw(st.lists(st.sampled_from(USERS), max_size=1)),
        ownership=draw(st.sampled_from(Ownership)),
        ignore=tuple(IgnoreRule(glob) for glob in draw(st.sampled_from([(), (), ("AN*",), ("j*", "*s.maes@*")]))),
        protect=draw(st.sampled_from([(), (ProtectRule("*/phone", PLACE),)])),
        limits=draw(st.sampled_from([Limits(), Limits(removals=1), Limits(removals_percent=Decimal(30))])),
    )
    ending = draw(st.booleans())
    services = tuple(item._replace(endings=(ENDING,) if ending else ()) for item in declared.services)
    touched = draw(st.sets(st.sampled_from([item.id for item in held]), max_size=1)) if held else set()
    here = snapshot(
        *held,
        gone=[_gone(item) for item in held[:1]],
        base=draw(st.sampled_from([None, 0])),
        ratio=draw(st.sampled_from(["0.30", "1"])),
        orders=[OpenOrder("ord-1", "held", live_ids=frozenset(touched))],
        bundle_changes={item.id: date(2026, 11, 2) for item in held[1:2]},
    )
    return replace(declared, services=services), here


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(sides(), st.sampled_from([None, AN, JAN]), st.booleans(), st.sampled_from([(), (f"{AN}/*",), (f"{AN}/phone",)]))
def test_a_plan_is_what_plain_matching_and_checking_of_everything_come_to(
    both: tuple[DesiredFleet, Snapshot], chosen: str | None, fit: bool, targets: tuple[str, ...]
) -> None:
    declared, here = both
    since = ChangedSince("main", "0" * 40, (chosen,)) if chosen else None
    choices = Choices(fit_quota=fit, targets=targets, changed_since=since)
    made = planned(declared, here, choices=choices)
    plain = plainly.plainly(declared, here, DAY, choices)
    event(f"set aside: {bool(set_aside(declared, here, ()).unchanged)}")
    assert list(made.actions) == plain.actions
    assert plain.findings <= set(made.findings)
    assert {found.code for found in set(made.findings) - plain.findings} <= {"quota-exceeded", "left-out"}
    assert (made.quota, made.bill.monthly_before) == (plain.quota, plain.monthly_before)
    assert (made.summary.unchanged, made.summary.unmanaged) == (plain.unchanged, plain.unmanaged)


@settings(max_examples=100, deadline=None)
@given(sides())
def test_what_is_set_aside_and_what_is_left_are_both_sides_in_their_order(
    both: tuple[DesiredFleet, Snapshot],
) -> None:
    declared, here = both
    rest = set_aside(declared, here, ())
    kept = {id(item) for item in rest.unchanged}
    assert list(rest.live) == [item for item in here.services if id(item.service) not in kept]
    left = {id(item) for item in rest.desired}
    assert list(rest.desired) == [item for item in declared.services if id(item) in left]
    assert len(declared.services) - len(rest.desired) == len(rest.unchanged)


@given(sides())
def test_a_glob_of_an_ignore_rule_is_asked_about_a_user_as_about_each_service(
    both: tuple[DesiredFleet, Snapshot],
) -> None:
    assert scope(*both) == plainly.scope(*both)


@st.composite
def _grown(draw: st.DrawFn, held: Service) -> Service:
    """Return a service as it may be declared: what is there, in part, and now and then otherwise."""
    parts: dict[str, Any] = {name: None for name in ("number", "state", "cost_centre") if not draw(st.integers(0, 3))}
    if not draw(st.integers(0, 3)):
        parts |= draw(st.sampled_from([{"user": JAN}, {"bundle": "data-5"}, {"sim": SIMS[0]}, {"state": State.ACTIVE}]))
    return held._replace(**parts)


def _gone(item: LiveService) -> LiveService:
    return LiveService(f"gone-{item.id}", item.service, Presence.GONE, terminated=date(2026, 8, 1))
