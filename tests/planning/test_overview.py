"""Both sides beside each other: every service once, judged as a plan judges it."""

from __future__ import annotations

from datetime import date

from reconciler.model.config import IgnoreRule, Ownership
from reconciler.model.fleet import DesiredFleet, State
from reconciler.model.overview import Overview, ServicePair, Sides, Standing
from reconciler.model.plan import Change
from reconciler.model.snapshot import OpenOrder, Presence, Snapshot
from reconciler.planning.overview import declared, live_only, overview
from tests.planning.values import AN, CATALOGUE, DAY, ELS, JAN, NUMBERS, eur, fleet, live, service, snapshot


def seen(wanted: DesiredFleet, here: Snapshot) -> Overview:
    """Return the overview of two sides."""
    return overview(wanted, here, day=DAY)


def one(wanted: DesiredFleet, here: Snapshot) -> ServicePair:
    """Return the one service of an overview."""
    [pair] = seen(wanted, here).pairs
    return pair


def user(found: Overview, key: str) -> Standing | None:
    """Return how a user stands."""
    return next(each.standing for each in found.users if each.key == key)


def test_a_service_that_is_as_declared_is_the_same_on_both_sides() -> None:
    pair = one(fleet(service(number=NUMBERS[1])), snapshot(live("a", number=NUMBERS[1])))
    assert (pair.standing, pair.changes, pair.monthly, pair.desired_monthly) == (
        Standing.SAME,
        (),
        eur("10.00"),
        eur("10.00"),
    )


def test_what_differs_is_said_with_the_cost_of_either_side() -> None:
    pair = one(fleet(service(bundle="mobile-25", options=["calls"])), snapshot(live("a")))
    assert pair.standing is Standing.CHANGED
    assert pair.changes == (Change("bundle", "mobile-10", "mobile-25"), Change("options", None, "calls"))
    assert (pair.monthly, pair.desired_monthly) == (eur("10.00"), eur("22.00"))


def test_a_service_of_one_side_alone_is_said_to_be() -> None:
    assert one(fleet(service()), snapshot()).standing is Standing.ONLY_DESIRED
    assert one(fleet(users=[AN]), snapshot(live("a"))).standing is Standing.ONLY_LIVE


def test_a_service_that_starts_later_is_only_desired_even_where_an_order_is_open() -> None:
    order = OpenOrder("ord-1", "pending", addresses=frozenset({f"{AN}/phone"}))
    later = one(fleet(service(), starts=date(2027, 1, 1)), snapshot(orders=[order]))
    assert later.standing is Standing.ONLY_DESIRED
    assert one(fleet(service()), snapshot(orders=[order])).standing is Standing.IN_FLIGHT


def test_what_is_on_order_is_in_flight_and_names_the_order() -> None:
    order = OpenOrder("ord-1", "pending", live_ids=frozenset({"a"}))
    changed = one(fleet(service(bundle="mobile-25")), snapshot(live("a"), orders=[order]))
    assert (changed.standing, changed.orders) == (Standing.IN_FLIGHT, (order,))
    assert one(fleet(service()), snapshot(live("a", presence=Presence.COMING))).standing is Standing.IN_FLIGHT
    assert one(fleet(users=[AN]), snapshot(live("a", presence=Presence.GOING))).standing is Standing.IN_FLIGHT


def test_a_service_is_in_flight_while_an_order_is_open_for_it_also_where_what_it_does_shows_already() -> None:
    order = OpenOrder("ord-1", "pending", live_ids=frozenset({"a"}))
    pair = one(fleet(service()), snapshot(live("a"), orders=[order]))
    assert (pair.standing, pair.orders) == (Standing.IN_FLIGHT, (order,))


def test_services_of_others_are_unmanaged_unless_the_files_are_the_whole_truth() -> None:
    here = snapshot(live("a", service(JAN)))
    found = seen(fleet(users=[AN]), here)
    assert (found.pairs[0].standing, user(found, JAN)) == (Standing.UNMANAGED, Standing.UNMANAGED)
    found = seen(fleet(users=[AN], ownership=Ownership.ORGANISATION), here)
    assert (found.pairs[0].standing, user(found, JAN)) == (Standing.ONLY_LIVE, Standing.ONLY_LIVE)


def test_an_ignored_service_that_is_declared_all_the_same_is_one_service() -> None:
    wanted = fleet(service(bundle="mobile-25"), ignore=(IgnoreRule("an.*"),))
    pair = one(wanted, snapshot(live("a")))
    assert pair.standing is Standing.IGNORED
    assert pair.desired is not None
    assert pair.live is not None


def test_what_could_be_several_services_is_unclear_on_both_sides() -> None:
    here = snapshot(live("a", label=None, number=NUMBERS[1]), live("b", label=None, number=NUMBERS[2]))
    found = seen(fleet(service()), here)
    assert [pair.standing for pair in found.pairs] == [Standing.UNCLEAR] * 3
    assert sum(1 for pair in found.pairs if pair.desired) == 1


def test_a_transferred_service_is_one_service_and_belongs_to_both_users() -> None:
    found = seen(fleet(service(ELS, number=NUMBERS[1]), users=[AN]), snapshot(live("a", number=NUMBERS[1])))
    assert len(found.pairs) == 1
    assert [len(each.pairs) for each in found.users if each.key in (AN, ELS)] == [1, 1]
    assert {user(found, AN), user(found, ELS)} == {Standing.CHANGED}


def test_a_user_is_as_the_loudest_of_the_services() -> None:
    wanted = fleet(service(AN), service(JAN, bundle="mobile-25"), service(ELS), service("new@brouwerij.example"))
    found = seen(wanted, snapshot(live("a"), live("b", service(JAN)), live("c", service(ELS), Presence.COMING)))
    assert [user(found, key) for key in (AN, JAN, ELS)] == [Standing.SAME, Standing.CHANGED, Standing.IN_FLIGHT]
    assert user(found, "new@brouwerij.example") is Standing.ONLY_DESIRED


def test_users_without_services_are_listed_from_either_side() -> None:
    found = seen(fleet(users=["left@brouwerij.example"]), snapshot(users=[AN]))
    assert [each.key for each in found.users] == [AN, "left@brouwerij.example"]


def test_the_files_alone_know_no_cost_without_a_catalogue() -> None:
    found = declared(fleet(service()), None, day=DAY)
    assert (found.sides, found.pairs[0].desired_monthly, found.pairs[0].standing) == (Sides.DESIRED, None, None)
    assert declared(fleet(service()), CATALOGUE, day=DAY).pairs[0].desired_monthly == eur("10.00")


def test_a_bundle_nobody_offers_has_no_cost() -> None:
    assert one(fleet(service(bundle="mobile-01")), snapshot()).desired_monthly is None


def test_live_alone_leaves_out_what_is_only_declared_and_keeps_how_the_rest_stands() -> None:
    wanted = fleet(service(bundle="mobile-25"), service(AN, "tablet"), service(ELS, number=NUMBERS[1]))
    whole = seen(wanted, snapshot(live("a"), live("b", service(JAN, number=NUMBERS[1]), state=State.BLOCKED)))
    found = live_only(whole)
    assert [(pair.live and pair.live.id, pair.desired, pair.changes) for pair in found.pairs] == [
        ("a", None, ()),
        ("b", None, ()),
    ]
    assert found.pairs[0].standing is Standing.CHANGED
    assert {each.key: len(each.pairs) for each in found.users} == {AN: 1, JAN: 1, ELS: 0}
