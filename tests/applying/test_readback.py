"""What became of actions, by what is live and not by what the operator says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.applying import readback
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Plan, Status
from reconciler.model.snapshot import LiveService, Presence
from reconciler.ports import Outcome, Result
from tests.planning.values import AN, DAY, JAN, fleet, live, planned, service, snapshot

PHONE, TABLET = f"{AN}/phone", f"{AN}/tablet"
DONE, PARTIAL = Outcome(Result.DONE, None, "ord-1"), Outcome(Result.PARTIAL, "answered 'partial'", "ord-1")
WANTED = fleet(service(bundle="mobile-25", options=["calls"]), users=[JAN])


def plan_of(wanted: DesiredFleet, *held: LiveService) -> Plan:
    """Return a plan against these live services."""
    return planned(wanted, snapshot(*held))


def judged(said: Outcome, after: Plan, wanted: DesiredFleet = WANTED, held: LiveService | None = None) -> Outcome:
    """Return what became of the one action of a plan."""
    ordered = plan_of(wanted, held or live("a"))
    [action] = ordered.ready
    return readback.differing(ordered, {action.id: said}, after).get(action.id, said)


def test_what_live_has_is_done() -> None:
    after = plan_of(WANTED, live("a", service(bundle="mobile-25", options=["calls"])))
    assert judged(DONE, after) == DONE
    assert judged(PARTIAL, after) == Outcome(Result.DONE, "order ord-1 ended in part, and this was done", "ord-1")


def test_what_live_lacks_is_failed_in_the_words_of_the_difference() -> None:
    after = plan_of(WANTED, live("a"))
    words = "bundle is mobile-10, ordered was mobile-25, options is not there, ordered was calls"
    assert judged(DONE, after) == Outcome(
        Result.FAILED, f"the operator completed order ord-1 and live is not as ordered: {words}", "ord-1"
    )
    assert judged(PARTIAL, after) == Outcome(Result.FAILED, f"answered 'partial'; {words}", "ord-1")


def test_what_live_has_half_of_is_partial() -> None:
    after = plan_of(WANTED, live("a", service(bundle="mobile-25")))
    words = "options is not there, ordered was calls"
    assert judged(PARTIAL, after) == Outcome(Result.PARTIAL, f"answered 'partial'; {words}", "ord-1")
    assert judged(DONE, after).result is Result.FAILED


def test_a_bundle_that_did_not_change_is_noticed_though_its_change_would_now_wait_for_next_month() -> None:
    left = planned(WANTED, snapshot(live("a"), bundle_changes={"a": DAY}))
    assert [action.status for action in left.actions] == [Status.READY]
    left = replace(left, actions=tuple(action._replace(status=Status.DEFERRED) for action in left.actions))
    assert judged(DONE, left).result is Result.FAILED


def test_what_waits_for_next_month_by_the_plan_itself_is_no_failure() -> None:
    held = live("a", service(bundle="mobile-10"))
    ordered = planned(WANTED, snapshot(held, bundle_changes={"a": DAY}))
    [action] = ordered.ready
    assert [change.path for change in action.changes] == ["options"]
    after = planned(WANTED, snapshot(live("a", service(options=["calls"])), bundle_changes={"a": DAY}))
    assert [left.status for left in after.actions] == [Status.DEFERRED]
    assert readback.differing(ordered, {action.id: DONE}, after) == {}


def test_a_service_that_is_not_there_and_one_that_still_is() -> None:
    missing = fleet(service(label="tablet", bundle="data-5"))
    [ordered] = plan_of(missing).ready
    assert ordered.id == TABLET
    after = plan_of(missing)
    assert str(readback.differing(after, {TABLET: DONE}, after)[TABLET].reason).endswith(": there is no such service")
    others = (live(f"b{index}", service(JAN, f"line{index}")) for index in range(3))
    doomed = plan_of(fleet(users=[AN]), live("a"), *others)
    assert str(readback.differing(doomed, {PHONE: DONE}, doomed)[PHONE].reason).endswith(": the service is still there")


def test_what_is_on_its_way_again_is_not_judged() -> None:
    after = plan_of(WANTED, live("a", presence=Presence.COMING))
    assert judged(DONE, after) == DONE


@pytest.mark.parametrize("result", [Result.WAITING, Result.MOVING, Result.UNKNOWN, Result.FAILED])
def test_what_the_operator_does_not_claim_is_not_judged(result: Result) -> None:
    assert judged(Outcome(result), plan_of(WANTED, live("a"))) == Outcome(result)


def test_what_live_has_no_need_of_any_more_is_done_whatever_became_of_its_order() -> None:
    ordered, fresh = plan_of(WANTED, live("a")), plan_of(fleet(service(), users=[JAN]), live("a"))
    so = {PHONE: Outcome(Result.DONE, "live was so already")}
    for result in (Result.FAILED, Result.PARTIAL, Result.UNKNOWN, Result.NOT_STARTED):
        assert readback.unordered(ordered, {PHONE: Outcome(result)}, fresh) == so
    assert readback.unordered(ordered, {}, fresh) == so
    assert readback.unordered(ordered, {PHONE: Outcome(Result.WAITING)}, fresh) == {}


def test_what_was_left_alone_says_why() -> None:
    ordered = plan_of(WANTED, live("a"))
    assert readback.unordered(ordered, {PHONE: Outcome(Result.FAILED)}, ordered) == {}
    assert readback.unordered(ordered, {}, ordered)[PHONE].result is Result.NOT_STARTED
    coming = plan_of(WANTED, live("a", presence=Presence.COMING))
    assert readback.unordered(ordered, {}, coming)[PHONE] == Outcome(Result.WAITING, "ordered, not active yet")
