"""How a pair differs, attribute by attribute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.fleet import Activation, PortIn, Service, Sim, SimType, State
from reconciler.model.plan import Change
from reconciler.planning.diff import changes, same, satisfies, target
from tests.planning.values import AN, JAN, NUMBERS, service

LIVE = service(
    AN,
    "phone",
    "mobile-10",
    options={"roaming"},
    number=NUMBERS[1],
    sim=Sim(SimType.ESIM, "8932050000000000013", "89034011560010000000000000000121"),
    state=State.BLOCKED,
    cost_centre="SALES",
)


def test_what_is_not_declared_stays_as_it_is() -> None:
    declared = service(AN, None, "mobile-10", options={"roaming"})
    assert target(declared, LIVE) == LIVE
    assert same(LIVE, target(declared, LIVE))


def test_no_options_declared_means_none_at_all() -> None:
    assert changes(LIVE, target(service(), LIVE)) == (Change("options", "roaming", None),)


def test_each_attribute_is_one_change_in_reading_order() -> None:
    declared = service(
        JAN, "phone", "mobile-25", options={"calls"}, number=NUMBERS[2], state=State.ACTIVE, cost_centre="BREW"
    )
    assert changes(LIVE, target(declared, LIVE)) == (
        Change("user", AN, JAN),
        Change("bundle", "mobile-10", "mobile-25"),
        Change("options", None, "calls"),
        Change("options", "roaming", None),
        Change("number", NUMBERS[1], NUMBERS[2]),
        Change("state", "blocked", "active"),
        Change("cost_centre", "SALES", "BREW"),
    )


def test_another_kind_of_sim_is_a_swap_whose_identifiers_are_known_later() -> None:
    after = target(service(sim=Sim(SimType.PHYSICAL), options={"roaming"}), LIVE)
    assert after.sim == Sim(SimType.PHYSICAL)
    assert changes(LIVE, after) == (
        Change("sim.type", "esim", "physical"),
        Change("sim.iccid", "8932050000000000013", None),
        Change("sim.eid", "89034011560010000000000000000121", None),
    )


def test_how_a_service_came_to_be_is_no_difference() -> None:
    declared = service(
        label="mobile", options={"roaming"}, activation=Activation.EMAIL, port_in=PortIn("Proximus", "B-77")
    )
    assert same(LIVE, target(declared, LIVE))


def test_an_addition_and_a_removal_show_everything() -> None:
    assert [change.path for change in changes(None, LIVE)] == [change.path for change in changes(LIVE, None)]
    assert changes(None, LIVE)[:2] == (Change("user", None, AN), Change("bundle", None, "mobile-10"))


SERVICES = st.builds(
    Service,
    user=st.sampled_from([AN, JAN]),
    label=st.sampled_from([None, "phone"]),
    bundle=st.sampled_from(["mobile-10", "mobile-25"]),
    options=st.sampled_from([frozenset[str](), frozenset({"roaming"})]),
    number=st.sampled_from([None, *NUMBERS[:2]]),
    sim=st.builds(
        Sim,
        st.sampled_from([None, *SimType]),
        st.sampled_from([None, "8932050000000000013"]),
        st.sampled_from([None, "89034011560010000000000000000121"]),
    ),
    state=st.sampled_from([None, *State]),
    cost_centre=st.sampled_from([None, "SALES", "HR"]),
    activation=st.sampled_from([None, *Activation]),
)


@given(wanted=SERVICES, held=SERVICES)
def test_the_quick_look_at_a_pair_sees_what_the_whole_one_does(wanted: Service, held: Service) -> None:
    assert satisfies(held, wanted) == same(held, target(wanted, held))
