"""Whatever dates are declared: planning differs from the day before on the days that are said to be upcoming, only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile
from reconciler.desired.load import Documents
from reconciler.desired.resolve import resolve
from reconciler.desired.turns import turns
from reconciler.errors import Place
from reconciler.model.fleet import Service, Sim
from reconciler.model.plan import Plan, Status
from reconciler.model.snapshot import LiveService, Snapshot
from reconciler.planning.upcoming import upcoming
from tests.harness import PLACE, with_quota
from tests.planning.values import AN, DAY, JAN, live, planned, snapshot

WINDOW = 12
UNTIL = DAY + timedelta(days=WINDOW)
OPTIONS = ("roaming", "calls")
days = st.integers(-3, WINDOW + 3).map(lambda days: DAY + timedelta(days=days))
maybe_days = st.none() | days


@st.composite
def spans(draw: st.DrawFn) -> tuple[date | None, date | None]:
    """Return a first and a last day, either of them open."""
    first, last = draw(maybe_days), draw(maybe_days)
    return (last, first) if first and last and last < first else (first, last)


@st.composite
def offers(draw: st.DrawFn) -> tuple[Dated, tuple[Dated, ...]]:
    """Return a bundle, perhaps with another one after it, and options for a time."""
    until = draw(maybe_days)
    bundle = Dated("mobile-10", None, until, draw(st.sampled_from(["mobile-25", "mobile-10"])) if until else None)
    names = draw(st.lists(st.sampled_from(OPTIONS), unique=True))
    return bundle, tuple(Dated(name, *draw(spans())) for name in names)


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Documents, Snapshot]:
    """Return services with dates, with a profile or without, and what of them is live."""
    offer = draw(offers())
    profile = Profile(*offer, dated(offer))
    users, held = [], list[LiveService]()
    for key in (AN, JAN):
        services = []
        for label in draw(st.lists(st.sampled_from(("phone", "tablet")), unique=True)):
            services.append(declared(label, draw(offers()), draw(spans()), draw(st.sampled_from([None, "fair"]))))
            began = services[-1].from_ is None or services[-1].from_ <= DAY
            if began and draw(st.booleans()):
                options = draw(st.frozensets(st.sampled_from(OPTIONS)))
                held.append(live(f"{key}-{label}", Service(key, label, "mobile-10", options)))
        users.append(DeclaredUser(key, None, None, PLACE, tuple(services)))
    documents = Documents("root", with_quota(base=100), {"fair": profile}, tuple(users), "sha256:0")
    return documents, snapshot(*held, ratio="1")


def declared(label: str, offer: Any, span: Any, profile: str | None) -> DeclaredService:
    """Return a service of these dates."""
    bundle, options = offer
    own = None if profile else bundle
    parts = (label, PLACE, profile, own, options, None, Sim(), None, *span, None, None, None, dated(offer))
    return DeclaredService(*parts)


def dated(offer: tuple[Dated, tuple[Dated, ...]]) -> dict[Dated, Place]:
    """Return where what has dates stands."""
    bundle, options = offer
    return dict.fromkeys((bundle, *options), PLACE)


def ordered(made: Plan) -> list[Any]:
    """Return what a plan would do by now, what that costs aside."""
    return [(each.id, each.kind, each.after) for each in made.actions if each.status is not Status.DEFERRED]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(fleets())
def test_planning_differs_on_the_days_that_are_upcoming_and_on_no_other(both: tuple[Documents, Snapshot]) -> None:
    documents, here = both
    window = [DAY + timedelta(days=days) for days in range(WINDOW + 1)]
    plans = [ordered(planned(resolve(documents, day), here, day=day)) for day in window]
    differing = {day for day, before, after in zip(window[1:], plans, plans[1:], strict=False) if before != after}
    dated = replace(resolve(documents, DAY), turns=tuple(turns(documents, DAY, UNTIL)))
    assert {each.day for each in upcoming(dated, here.catalogue, day=DAY, until=UNTIL)} == differing
