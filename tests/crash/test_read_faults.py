"""The operator fails at what an apply reads: before it orders, while it follows its orders, and when it looks back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.crash.faulty import ADD, CHANGE, COMPLETE, ORDERS, PRODUCTS, REMOVE, USERS, Rig, ended

#: The service that the third user loses; it is read once more, on its own, before that is ordered.
DOOMED = f"{PRODUCTS}/prd-00000002"
#: The list of services, and the order that was taken first.
LIST, FIRST = f"{PRODUCTS}?", f"{ORDERS}/ord-0000001"


@pytest.mark.parametrize("kind", ["timeout-before", "lost", "cut", "unauthorised", "throttle", "error-before"])
def test_what_cannot_be_read_is_read_again_wherever_it_is(one: Rig, kind: str) -> None:
    for path in (LIST, DOOMED, FIRST):
        one.sandbox.fault(kind, f"GET {path}")
    ran = one.apply()
    said = {"the operator asks to come back in 1 s"} if kind == "throttle" else set()
    assert (ran.code, ran.verdict) == (0, COMPLETE)
    first, *rest = [line for line in ran.err.splitlines() if "journal" not in line]
    assert first.startswith("First use of "), ran.err
    assert set(rest) == said, ran.err
    assert {result for result, _ in one.outcomes().values()} == {"done"}
    one.once_each()


def test_a_list_that_is_refused_orders_nothing(one: Rig) -> None:
    one.sandbox.fault("conflict", f"GET {LIST}")
    ran = one.apply()
    assert (ran.code, ran.out) == (1, "")
    assert "error: /tmf-api/productInventory/v4/product answered 409" in ran.err
    assert one.orders() == {}
    assert one.apply().code == 0
    one.once_each()


@pytest.mark.parametrize("path", [PRODUCTS, "/tmf-api/party/v4/individual"])
def test_a_page_that_repeats_items_orders_nothing_since_others_are_missing(one: Rig, path: str) -> None:
    one.sandbox.fault("repeats", f"GET {path}")
    ran = one.apply()
    assert (ran.code, ran.out) == (1, "")
    assert "live was not read completely, so nothing is planned" in ran.err
    assert re.search(rf"{path}: the operator counts \d, \d were read", ran.err)
    assert one.orders() == {}
    assert one.apply().code == 0
    one.once_each()


def test_a_service_that_cannot_be_read_right_before_its_removal_is_not_removed(one: Rig) -> None:
    one.sandbox.fault("conflict", f"GET {DOOMED}")
    ran = one.apply()
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 5 of 6 done, 1 failed.")
    result, reason = one.others_are_done(ran, REMOVE)
    assert result == "failed"
    assert reason.endswith("answered 409: 409; fault; switched on. Run again; if it persists, ask the operator.")
    assert REMOVE not in one.orders()
    assert one.apply().code == 0
    one.once_each()


def test_an_order_that_cannot_be_asked_after_is_unknown_until_somebody_goes_on(one: Rig) -> None:
    one.sandbox.fault("conflict", f"GET {FIRST}")
    ran = one.apply("--parallelism", "1")
    assert (ran.code, ran.verdict) == (6, "Apply incomplete: 5 of 6 done, 1 unknown.")
    result, reason = one.others_are_done(ran, ADD)
    assert result == "unknown"
    assert reason.startswith("ordered, and what became of it cannot be read: ")
    assert reason.endswith("; fleet apply --resume asks again")
    assert one.resume().code == 0
    one.once_each()


def test_an_order_that_is_listed_twice_is_one_order(one: Rig) -> None:
    one.sandbox.fault("lost", one.order_of(ADD))
    one.sandbox.fault("repeats", f"GET {ORDERS}?externalId=")
    ran = one.apply()
    assert (ran.code, ran.verdict) == (0, COMPLETE)
    one.once_each()


def test_an_open_order_that_its_list_lacks_is_not_ordered_again(one: Rig) -> None:
    changes = (CHANGE, CHANGE + 3)
    for user in changes:
        one.sandbox.fault("never-ends", one.order_of(user))
    targets = [word for user in changes for word in ("--target", one.company.key(user))]
    assert one.apply("--timeout", "1", "--parallelism", "1", *targets).code == 7
    one.sandbox.fault("repeats", f"GET {ORDERS}?", times=1000)
    ran = one.apply()
    assert (ran.code, ran.verdict) == (1, "Apply incomplete: 4 of 5 done, 1 waiting, live not read back.")
    assert "productOrder: the operator counts 6, 5 were read" in ran.err
    assert ran.line(one.address(CHANGE + 3)).endswith("still on its way; fleet apply --resume asks again")
    one.sandbox.clear_faults()
    assert one.resume().code == 0
    one.once_each()


@pytest.mark.parametrize(("kind", "words"), [("conflict", "answered 409"), ("repeats", "live was not read completely")])
def test_what_cannot_be_looked_back_at_is_done_by_the_operators_word_and_said_to_be(
    one: Rig, kind: str, words: str
) -> None:
    one.sandbox.configure(activation_delay_hours=1)
    process = one.start()
    one.company.wait_for_orders(len(USERS))
    one.sandbox.fault(kind, f"GET {LIST}")
    one.sandbox.advance(timedelta(hours=1))
    ran = ended(process)
    assert (ran.code, ran.verdict) == (1, "Apply incomplete: 6 of 6 done, live not read back.")
    assert "live could not be read afterwards, so what is done is done by the operator's word: " in ran.err
    assert words in ran.err
    assert "fleet apply --resume" in ran.err
    assert set(one.outcomes().values()) == {("done", "")}
    ran = one.resume()
    assert (ran.code, ran.verdict) == (0, COMPLETE)
    one.once_each()
