"""The operator fails at one user's order: what is reported, that nothing is ordered twice, and that nothing is lost."""

from __future__ import annotations

import re

import pytest

from tests.crash.faulty import ADD, CHANGE, COMPLETE, ORDERS, REMOVE, USERS, Rig
from tests.state import lose_journal

WAY_ON = "; it is not ordered again by this run: make a new plan"
IN_FLIGHT = "No changes. Nothing can be ordered now. 1 in flight."


@pytest.mark.parametrize(
    ("kind", "user"),
    [
        ("timeout-after", ADD),
        ("cut", ADD),
        ("lost", CHANGE),
        ("error-after", REMOVE),
        ("conflict-after", ADD),
        ("unauthorised", REMOVE),
        ("throttle", CHANGE),
    ],
)
def test_an_order_that_can_be_found_or_sent_again_is_done_in_the_same_run(one: Rig, kind: str, user: int) -> None:
    one.sandbox.fault(kind, one.order_of(user))
    ran = one.apply()
    assert (ran.code, ran.verdict) == (0, COMPLETE)
    assert one.others_are_done(ran, user) == ("done", "")
    one.once_each()


@pytest.mark.parametrize(
    ("kind", "user", "words"),
    [
        ("timeout-before", ADD, "did not answer within 1 s"),
        ("timeout-before", REMOVE, "did not answer within 1 s"),
        ("error-before", CHANGE, "answered 500: 500; fault; switched on"),
    ],
)
def test_an_order_nobody_can_find_is_unknown_and_sent_by_whoever_goes_on(
    one: Rig, kind: str, user: int, words: str
) -> None:
    one.sandbox.fault(kind, one.order_of(user))
    ran = one.apply()
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 5 of 6 done, 1 unknown.")
    result, reason = one.others_are_done(ran, user)
    assert result == "unknown"
    assert words in reason
    assert reason.endswith(f"order {one.run}-000{user + 1} is looked for again by: fleet apply --resume")
    assert user not in one.orders()
    assert (one.apply() if user == CHANGE else one.resume()).code == 0
    one.once_each()


def test_an_order_that_arrives_after_it_was_given_up_is_taken_up_and_not_sent_again(one: Rig) -> None:
    one.sandbox.fault("latency", one.order_of(ADD), value=2)
    ran = one.apply()
    assert ran.code == 6
    assert one.others_are_done(ran, ADD)[0] == "unknown"
    one.company.wait_for_orders(len(USERS))
    ran = one.resume()
    assert (ran.code, ran.verdict) == (0, COMPLETE)
    one.once_each()


@pytest.mark.parametrize(
    ("kind", "user", "words", "states"),
    [
        ("conflict", ADD, f"{ORDERS} answered 409: 409; fault; switched on. Run again", ["completed"]),
        ("fails", ADD, "answered 'failed': provisioning failed for item 1", ["failed", "completed"]),
        ("fails", CHANGE, "answered 'failed': provisioning failed for item 1", ["failed", "completed"]),
        ("fails", REMOVE, "answered 'failed': provisioning failed for item 1", ["failed", "completed"]),
        ("no-effect", ADD, "live is not as ordered: there is no such service", ["completed", "completed"]),
        ("no-effect", CHANGE, "not as ordered: bundle is mobile-10, ordered was mobile-25", ["completed", "completed"]),
        ("no-effect", REMOVE, "live is not as ordered: the service is still there", ["completed", "completed"]),
    ],
)
def test_what_the_operator_did_not_do_is_failed_with_the_reason_and_ordered_again_by_a_new_plan_alone(
    one: Rig, kind: str, user: int, words: str, states: list[str]
) -> None:
    one.sandbox.fault(kind, one.order_of(user))
    ran = one.apply()
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 5 of 6 done, 1 failed.")
    result, reason = one.others_are_done(ran, user)
    assert result == "failed"
    assert words in reason
    counts = [int(user == each) for each in (ADD, CHANGE, REMOVE)]
    assert one.plan() == "Plan: {} to add, {} to change, {} to remove.".format(*counts)
    if states != ["completed"]:
        assert reason.endswith(WAY_ON)
        for again in (one.resume(), one.resume(), one.apply(run=one.run)):
            assert again.code == 6, again
            assert again.line(one.address(user)).endswith(reason), "the operator's word is told, whenever one asks"
        assert one.orders()[user] == states[:1], "nothing was placed again"
    assert one.apply().code == 0
    one.once_each(but={user: states})


def test_what_was_refused_was_never_placed_and_is_ordered_by_going_on(one: Rig) -> None:
    one.sandbox.fault("conflict", one.order_of(REMOVE))
    assert one.apply().code == 6
    assert not one.outcomes()[one.address(REMOVE)][1].endswith(WAY_ON)
    assert one.resume().code == 0
    one.once_each()


def test_a_failed_action_that_somebody_else_has_done_meanwhile_ends_its_run_well(one: Rig) -> None:
    one.sandbox.fault("fails", one.order_of(ADD))
    assert one.apply().code == 6
    one.declare(f"{one.company.key(ADD)}: {{services: {{phone: {{bundle: mobile-10}}}}}}", "")
    assert one.resume().code == 0
    assert one.outcomes()[one.address(ADD)] == ("done", "live was so already")


@pytest.mark.parametrize(
    ("user", "before", "failed"),
    [
        (ADD, "phone: {bundle: mobile-10}", "tablet"),
        (CHANGE, "phone: {bundle: mobile-25}", "phone"),
        (REMOVE, "", "phone"),
    ],
)
def test_a_partial_order_says_of_each_action_whether_it_was_done(one: Rig, user: int, before: str, failed: str) -> None:
    key = one.company.key(user)
    after = ", ".join([*([before] if before else []), "tablet: {bundle: data-5}"])
    one.declare(f"{key}: {{services: {{{before}}}}}", f"{key}: {{services: {{{after}}}}}")
    one.sandbox.fault("partial", one.order_of(user))
    ran = one.apply()
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 6 of 7 done, 1 failed.")
    outcomes = one.outcomes()
    good, bad = sorted((one.address(user, label) for label in ("phone", "tablet")), key=lambda a: a.endswith(failed))
    assert [address for address, (result, _) in outcomes.items() if result != "done"] == [bad]
    assert re.fullmatch(r"order ord-\d+ ended in part, and this was done", outcomes[good][1])
    assert outcomes[bad][0] == "failed"
    assert "the operator answered 'partial': provisioning failed for item 2; " in outcomes[bad][1]
    assert ran.line(bad).endswith(outcomes[bad][1])
    assert one.resume().code == 6
    assert one.orders()[user] == ["partial"]
    assert one.apply().code == 0
    one.once_each(but={user: ["partial", "completed"]})


@pytest.mark.parametrize("user", [ADD, CHANGE])
def test_an_order_that_never_ends_waits_and_holds_up_nobody_else(one: Rig, user: int) -> None:
    one.sandbox.fault("never-ends", one.order_of(user))
    ran = one.apply("--timeout", "1")
    assert (ran.code, ran.verdict) == (7, "Apply incomplete: 5 of 6 done, 1 waiting.")
    result, reason = one.others_are_done(ran, user)
    assert result == "waiting"
    assert re.fullmatch(r"still on its way after \d s; fleet apply --resume asks again", reason)
    assert one.plan() == IN_FLIGHT
    again = one.apply()
    assert (again.code, again.verdict) == (0, IN_FLIGHT)
    one.sandbox.clear_faults()
    assert one.resume().code == 0
    one.once_each()


@pytest.mark.parametrize(("kind", "user"), [("fails", ADD), ("fails", CHANGE), ("fails", REMOVE), ("no-effect", ADD)])
def test_a_repeated_job_whose_journal_is_gone_orders_the_rest_and_nothing_that_was_placed(
    one: Rig, kind: str, user: int
) -> None:
    one.sandbox.configure(unique_external_id=True)
    one.sandbox.fault(kind, one.order_of(user))
    assert one.apply("--target", one.company.key(user)).code == 6
    lose_journal(one.company.root)
    ran = one.apply(run=one.run)
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 5 of 6 done, 1 failed.")
    result, reason = one.others_are_done(ran, user)
    assert (result, reason.endswith(WAY_ON)) == ("failed", True)
    assert ("provisioning failed" if kind == "fails" else "live is not as ordered") in reason
    assert one.orders()[user] == ["failed" if kind == "fails" else "completed"]
    assert one.apply(run=one.run).code == 6, "nor where the journal of the second attempt is there"
    assert sum(map(len, one.orders().values())) == len(USERS)
    assert one.apply().code == 0
    one.once_each(but={user: [*one.orders()[user]]})


def test_the_references_of_an_earlier_attempt_are_found_past_holes_and_none_is_used_twice(one: Rig) -> None:
    for user in (ADD, CHANGE, REMOVE):
        one.sandbox.fault("conflict", one.order_of(user))  # refused: the first three references lead to no order
    one.sandbox.fault("fails", one.order_of(CHANGE + 3))
    assert one.apply("--parallelism", "1").code == 6
    lose_journal(one.company.root)
    ran = one.apply(run=one.run)
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 3 of 4 done, 1 failed.")
    references = one.references()
    assert references == [f"{one.run}-{number:04d}" for number in (4, 5, 6, 7, 8, 9)]
