"""What is counted of live is what is there, counted once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.snapshot import Presence, Sort, Totals
from tests.planning.values import AN, PERIOD, live, service, snapshot

DAYS = st.sampled_from([None, *(PERIOD.start + timedelta(days=n) for n in (-200, -1, 0, 1, 500))])
LIVES = st.lists(st.tuples(st.sampled_from(Presence), DAYS, DAYS), max_size=8)


def test_services_of_one_sort_are_counted() -> None:
    held = [live("a"), live("b", label="tablet"), live("c", options={"calls"}), live("d", presence=Presence.GOING)]
    calls, none = frozenset({"calls"}), frozenset[str]()
    assert snapshot(*held).sorts == {
        Sort(Presence.PRESENT, "mobile-10", none): 2,
        Sort(Presence.PRESENT, "mobile-10", calls): 1,
        Sort(Presence.GOING, "mobile-10", none): 1,
    }


@given(LIVES)
def test_totals_are_those_of_counting_one_by_one(found: list[tuple[Presence, date | None, date | None]]) -> None:
    everything = [
        live(f"l{n}", presence=presence)._replace(started=begun, terminated=ended)
        for n, (presence, begun, ended) in enumerate(found)
    ]
    there = [item for item in everything if item.presence is not Presence.GONE]
    here = snapshot(*there, gone=[item for item in everything if item.presence is Presence.GONE], users=[AN])
    begun = [item for item in everything if item.presence is not Presence.COMING]
    old = [item for item in begun if item.started is None or item.started < PERIOD.start]
    assert here.totals == Totals(
        users=1,
        coming=len([item for item in there if item.presence is Presence.COMING]),
        present=len([item for item in there if item.presence is Presence.PRESENT]),
        going=len([item for item in there if item.presence is Presence.GOING]),
        ended=len([item for item in here.gone if item.terminated and item.terminated in PERIOD]),
        at_start=len([item for item in old if item.terminated is None or item.terminated >= PERIOD.start]),
    )


def test_what_an_operator_counts_wins_over_what_was_read() -> None:
    counted = Totals(9, 1, 7, 0, 2, 8)
    assert snapshot(live("a", service()), counted=counted).totals == counted
