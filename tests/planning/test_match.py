"""What is declared finds what is live: by number, by SIM, by label, and never by a guess."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.snapshot import Presence
from reconciler.planning.match import match
from tests.planning.values import AN, ELS, JAN, NUMBERS, live, service, sim, wish

ONE, TWO = "8932050000000000013", "89320500000000000126"


def test_a_number_decides_before_a_sim_and_a_label() -> None:
    wanted = wish(service(number=NUMBERS[1], sim=sim(ONE)))
    held = live("a", user=JAN, label="tablet", number=NUMBERS[1])
    other = live("b", label="phone", number=NUMBERS[2], sim=sim(ONE))
    found = match([wanted], [held, other])
    assert found.pairs == [(wanted, held)]
    assert found.live == [other]


def test_a_sim_decides_before_a_label() -> None:
    wanted = wish(service(sim=sim(ONE)))
    held, other = live("a", label="tablet", sim=sim(ONE)), live("b", label="phone", sim=sim(TWO))
    assert match([wanted], [held, other]).pairs == [(wanted, held)]


def test_a_label_pairs_what_has_neither_number_nor_sim_declared() -> None:
    wanted, held = wish(service()), live("a", number=NUMBERS[1])
    assert match([wanted], [held]).pairs == [(wanted, held)]


def test_a_label_of_another_user_is_another_service() -> None:
    found = match([wish(service(JAN))], [live("a")])
    assert (len(found.desired), len(found.live)) == (1, 1)


def test_the_only_unlabelled_service_of_that_bundle_is_adopted() -> None:
    wanted, held = wish(service()), live("a", label=None, number=NUMBERS[1])
    assert match([wanted], [held]).adopted == [(wanted, held)]


def test_two_unlabelled_services_of_that_bundle_are_unclear_and_neither_is_removed() -> None:
    wanted = wish(service())
    found = match([wanted], [live("a", label=None), live("b", label=None)])
    [unclear] = found.unclear
    assert (unclear.desired, [item.id for item in unclear.candidates]) == (wanted, ["a", "b"])
    assert found.live == []


def test_a_service_on_its_way_out_is_not_adopted() -> None:
    assert match([wish(service())], [live("a", label=None, presence=Presence.GOING)]).adopted == []


def test_an_unlabelled_service_with_another_number_is_not_adopted() -> None:
    assert match([wish(service(number=NUMBERS[1]))], [live("a", label=None, number=NUMBERS[2])]).adopted == []


def test_two_that_claim_one_number_are_unclear() -> None:
    claims = [wish(service(AN, number=NUMBERS[1])), wish(service(JAN, number=NUMBERS[1]))]
    found = match(claims, [live("a", number=NUMBERS[1])])
    assert [item.desired for item in found.unclear] == claims
    assert not found.desired
    assert not found.live


SERVICES = st.builds(
    service,
    user=st.sampled_from([AN, JAN, ELS]),
    label=st.sampled_from(["phone", "tablet", None]),
    bundle=st.sampled_from(["mobile-10", "data-5"]),
    number=st.sampled_from([None, *NUMBERS[:3]]),
    sim=st.sampled_from([sim(ONE), sim(TWO), service().sim]),
)


@given(st.lists(SERVICES, max_size=6), st.lists(SERVICES, max_size=6))
def test_every_service_is_in_one_place_and_no_live_one_is_paired_twice(wanted: list, held: list) -> None:  # type: ignore[type-arg]
    wishes = [wish(item) for item in wanted]
    lives = [live(f"live-{index}", item) for index, item in enumerate(held)]
    found = match(wishes, lives)
    pairs = [*found.pairs, *found.adopted]
    placed = [*(item for item, _ in pairs), *(item.desired for item in found.unclear), *found.desired]
    assert sorted(map(id, placed)) == sorted(map(id, wishes))
    paired = [item.id for _, item in pairs]
    unclear = {item.id for each in found.unclear for item in each.candidates}
    assert len(paired) == len(set(paired))
    assert not set(paired) & unclear
    assert sorted([*paired, *unclear, *(item.id for item in found.live)]) == sorted(item.id for item in lives)
