"""Random fleets: what is live, and what should be, the second partly grown out of the first."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from reconciler.model.fleet import DesiredFleet, Service, Sim, SimType, State
from reconciler.sandbox import identities, seeds
from reconciler.sandbox.catalogue import OFFERINGS
from tests.harness import desired, person

USERS = tuple(f"{name}@brouwerij.example" for name in ("an.peeters", "jan.claes", "els.maes", "tom.nijs"))
LABELS = ("phone", "tablet", "data")
SELLABLE = sorted(word for word, each in OFFERINGS.items() if each.category == "bundle" and each.sellable)
CENTRES = (None, "SALES", "BREW")


@st.composite
def offers(draw: st.DrawFn) -> tuple[str, tuple[str, ...]]:
    """Return a bundle and options that go with it."""
    bundle = draw(st.sampled_from(SELLABLE))
    options = draw(st.lists(st.sampled_from(OFFERINGS[bundle].carries), unique=True, max_size=2))
    return bundle, tuple(sorted(options))


@st.composite
def live_services(draw: st.DrawFn) -> tuple[seeds.ServiceSeed, ...]:
    """Return services in force; a label at most once a user, some without."""
    places = draw(st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(LABELS)), unique=True, max_size=6))
    found = []
    for index, (user, label) in enumerate(places, start=1):
        bundle, options = draw(offers())
        esim = draw(st.booleans())
        found.append(
            seeds.ServiceSeed(
                user,
                draw(st.sampled_from([label, label, label, None])),
                bundle,
                identities.number(index, 7),
                identities.iccid(index),
                options,
                identities.eid(index) if esim else None,
                "eSIM" if esim else "physical",
                draw(st.sampled_from(["active", "active", "suspended"])),
                started=date(2025, 1, 15),
            )
        )
    return tuple(found)


@st.composite
def fleet_seeds(draw: st.DrawFn, contract: seeds.ContractSeed | None = None) -> seeds.FleetSeed:
    """Return a live fleet."""
    people = tuple(person(key, draw(st.sampled_from(CENTRES))) for key in USERS)
    contract = contract or seeds.ContractSeed(removal_base=10, removal_ratio="1")
    return seeds.FleetSeed(contract=contract, users=people, services=draw(live_services()))


@st.composite
def wanted(draw: st.DrawFn, seed: seeds.FleetSeed) -> DesiredFleet:
    """Return a fleet that should be: some live services kept, some changed or moved, and new ones."""
    services: dict[tuple[str, str], Service] = {}
    for live in seed.services:
        if draw(st.booleans()):
            service = draw(_grown(live))
            services.setdefault((service.user, str(service.label)), service)
    for user, label in draw(
        st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(LABELS)), unique=True, max_size=3)
    ):
        services.setdefault((user, label), draw(_new(user, label)))
    return desired(*services.values(), users=draw(st.lists(st.sampled_from(USERS), unique=True)))


@st.composite
def _grown(draw: st.DrawFn, live: seeds.ServiceSeed) -> Service:
    user = draw(st.sampled_from([live.user_email, live.user_email, live.user_email, *USERS]))
    bundle, options = draw(st.one_of(st.just((live.bundle, live.options)), offers()))
    kind = SimType(live.sim_type.lower())
    sims = [Sim(), Sim(kind), Sim(kind, live.iccid), Sim(SimType.ESIM), Sim(SimType.PHYSICAL)]
    return Service(
        user=user,
        label=live.label or draw(st.sampled_from(LABELS)),
        bundle=bundle,
        options=frozenset(options),
        number=draw(st.sampled_from([live.number, live.number, None])),
        sim=draw(st.sampled_from(sims)),
        state=draw(st.sampled_from([None, None, State.ACTIVE, State.BLOCKED])),
        cost_centre=draw(st.sampled_from(CENTRES)),
    )


@st.composite
def _new(draw: st.DrawFn, user: str, label: str) -> Service:
    bundle, options = draw(offers())
    return Service(user, label, bundle, frozenset(options), cost_centre=draw(st.sampled_from(CENTRES)))
