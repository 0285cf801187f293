"""What is as declared costs a look and a count; what differs is worked out once."""

from __future__ import annotations

from collections import Counter

from reconciler.model.fleet import State
from reconciler.model.snapshot import OpenOrder
from reconciler.planning.unchanged import set_aside
from tests.planning.counting import calls
from tests.planning.values import AN, JAN, NUMBERS, fleet, live, planned, service, snapshot, wish


def counted(same: int, differing: int) -> Counter[str]:
    """Return the calls of planning services that are as declared and others whose bundle is not, each with a number."""
    held = [service(label=f"s{n}", number=f"+3247{n:07d}", cost_centre="SALES") for n in range(same + differing)]
    wanted = [held._replace(bundle="mobile-25") if n >= same else held for n, held in enumerate(held)]
    sides = fleet(*wanted), snapshot(*(live(f"l{n:05d}", each) for n, each in enumerate(held)))
    return calls(lambda: planned(*sides))


def test_what_differs_is_worked_out_once_a_pair_however_much_does_not() -> None:
    counted(1, 1)  # what is cached is made
    for name in ("changes", "target", "Maker._action", "check"):
        assert [found[name] for found in (counted(300, 7), counted(600, 7))] == [7, 7], name
    assert counted(300, 7)["cost"] == counted(300, 1)["cost"] == 1, "one change of bundle costs what another does"
    assert counted(300, 7)["_explained"] == 0, "and is explained once"


def test_what_is_as_declared_costs_a_handful_of_calls() -> None:
    counted(1, 1)
    few, many = counted(200, 5), counted(1200, 5)
    grown = {name: count - few[name] for name, count in many.items() if count > few[name]}
    assert sum(grown.values()) < 8 * 1000, grown


def test_what_is_as_declared_is_set_aside_and_the_rest_is_left() -> None:
    same, other, new = (service(label=f"s{n}", number=NUMBERS[n]) for n in range(3))
    changed = live("b", other._replace(bundle="data-5"))
    rest = set_aside(fleet(same, other, new), snapshot(live("a", same), changed), ())
    assert (rest.unchanged, [item.service for item in rest.desired], rest.live) == ([same], [other, new], [changed])


def test_what_is_blocked_on_order_or_there_twice_is_left_though_it_is_as_declared() -> None:
    held = service(number=NUMBERS[1])
    blocked = snapshot(live("a", held._replace(state=State.BLOCKED)))
    twice = snapshot(live("a", held), live("b", held._replace(label="tablet")))
    for here, on_order in ((blocked, ()), (twice, ()), (snapshot(live("a", held)), ("a",))):
        rest = set_aside(fleet(held), here, on_order)
        assert (rest.unchanged, list(rest.desired), rest.live) == ([], [wish(held)], list(here.services))


def test_a_number_that_is_declared_twice_sets_nobody_aside_whichever_of_them_is_as_there() -> None:
    held = service(number=NUMBERS[1])
    for claims in ([held, held], [held, held._replace(bundle="data-5")], [held._replace(bundle="data-5"), held]):
        rest = set_aside(fleet(*claims), snapshot(live("a", held)), ())
        assert ([item.service for item in rest.desired], len(rest.live), rest.unchanged) == (claims, 1, [])


def test_an_unchanged_service_that_an_order_touches_is_in_flight_all_the_same() -> None:
    held = service(number=NUMBERS[1])
    order = OpenOrder("ord-7", "inProgress", live_ids=frozenset({"a"}))
    made = planned(fleet(held, service(JAN, number=NUMBERS[2])), snapshot(live("a", held), orders=[order]))
    assert [(action.user, action.status) for action in made.actions] == [(AN, "in-flight"), (JAN, "ready")]
