"""Each fault as a client sees it, and what it leaves at the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.sandbox.faults import ORDER_FAULTS, REQUEST_FAULTS, ConnectionDropped
from tests.sandbox.http import FIRST, ORDERS, PRODUCTS, SECOND, Operator, add, body, delete, option, rebundle

LINE = "prd-00000001"
POST = f"POST {ORDERS}"
#: What each fault about a request answers, and whether the request had its effect.
ANSWERS: Mapping[str, tuple[int | None, bool]] = {
    "latency": (201, True),
    "timeout-before": (504, False),
    "timeout-after": (504, True),
    "throttle": (429, False),
    "error-before": (500, False),
    "error-after": (500, True),
    "unauthorised": (401, False),
    "conflict": (409, False),
    "conflict-after": (409, True),
    "lost": (None, True),
    "cut": (None, True),
    "repeats": (201, True),
}


def test_every_fault_about_a_request_is_here() -> None:
    assert ANSWERS.keys() == REQUEST_FAULTS.keys()


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_fault_answers_otherwise_once_with_the_effect_or_without(kind: str) -> None:
    operator, order = Operator.of(unique_external_id=False), body([add()], FIRST)
    operator.sandbox.fault(kind, POST, value=0.02)
    try:
        answered: int | None = operator.call("POST", ORDERS, json=order).status_code
    except ConnectionDropped:
        answered = None
    taken = len(operator.call("GET", ORDERS).json())
    assert (answered, taken > 0) == ANSWERS[kind]
    assert operator.call("POST", ORDERS, json=order).status_code == 201


def test_a_client_that_gives_up_is_not_waited_for() -> None:
    operator = Operator.of()
    operator.sandbox.fault("timeout-before")
    scope = {"type": "http", "method": "GET", "path": PRODUCTS, "query_string": b"", "headers": []}
    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(operator.sandbox.app()(scope, receive, send), 5))
    assert sent == []


def test_a_page_that_repeats_has_as_many_items_and_lacks_one() -> None:
    operator = Operator.of(services=3)
    whole = [each["id"] for each in operator.products()]
    operator.sandbox.fault("repeats", f"GET {PRODUCTS}?limit=3")
    operator.sandbox.fault("repeats", f"GET {PRODUCTS}?limit=1")
    assert [each["id"] for each in operator.products(limit="3")] == [whole[0], whole[0], whole[1]]
    assert [each["id"] for each in operator.products(limit="1")] == [whole[0], whole[0]]
    assert [each["id"] for each in operator.products(limit="2")] == whole[:2]


def test_a_fault_is_about_requests_whose_body_has_its_third_word() -> None:
    operator = Operator.of()
    operator.sandbox.fault("error-before", f"{POST} {SECOND}", times=2)
    assert operator.call("POST", ORDERS, json=body([add()], FIRST)).status_code == 201
    assert operator.call("POST", ORDERS, json=body([add()], SECOND)).status_code == 500
    operator.sandbox.clear_faults()
    assert operator.call("POST", ORDERS, json=body([add()], SECOND)).status_code == 201


def test_an_order_that_fails_says_why_and_leaves_everything_as_it_was() -> None:
    operator = Operator.of(services=2)
    before = operator.products()
    operator.sandbox.fault("fails", f"{POST} {FIRST}")
    order = operator.order(rebundle(LINE, "mobile-25"), add(), delete("prd-00000003"))
    shown = operator.call("GET", f"{ORDERS}/{order['id']}").json()
    assert (shown["state"], {item["state"] for item in shown["productOrderItem"]}) == ("failed", {"failed"})
    assert shown["note"][-1]["text"] == "provisioning failed for item 1, 2, 3"
    assert [each for each in operator.products() if each["status"] != "cancelled"] == before
    assert operator.state(operator.order(rebundle(LINE, "mobile-25"))) == "completed", "the month's change is left"


def test_a_partial_order_has_done_its_first_item() -> None:
    operator = Operator.of()
    operator.sandbox.fault("partial")
    order = operator.order(rebundle(LINE, "mobile-25"), option("roaming-world", LINE))
    shown = operator.call("GET", f"{ORDERS}/{order['id']}").json()
    assert (shown["state"], [item["state"] for item in shown["productOrderItem"]]) == (
        "partial",
        ["completed", "failed"],
    )
    assert shown["note"][-1]["text"] == "provisioning failed for item 2"
    active = [each["productOffering"]["id"] for each in operator.products(status="active")]
    assert active == ["mobile-25", "voicemail-plus"]


def test_an_order_without_effect_completes_and_changes_nothing() -> None:
    operator = Operator.of()
    before = operator.products()
    operator.sandbox.fault("no-effect")
    assert operator.state(operator.order(rebundle(LINE, "mobile-25"))) == "completed"
    assert operator.products() == before


def test_an_order_that_never_ends_does_once_the_faults_are_cleared() -> None:
    operator = Operator.of()
    operator.sandbox.fault("never-ends")
    order = operator.order(delete(LINE))
    assert operator.state(order) == "inProgress"
    operator.sandbox.clear_faults()
    assert operator.state(order) == "completed"


@pytest.mark.parametrize("kind", ORDER_FAULTS)
def test_a_rejected_order_uses_no_fault_up(kind: str) -> None:
    operator = Operator.of()
    operator.sandbox.fault(kind)
    operator.refusal(add("mobile-classic"))
    order = operator.order(rebundle(LINE, "mobile-25"), add())
    normal = operator.state(order) == "completed" and operator.products()[0]["productOffering"]["id"] == "mobile-25"
    assert not normal or kind == "partial"


def test_a_sandbox_of_an_earlier_version_can_be_started_afresh(tmp_path: Any) -> None:
    from reconciler.sandbox import Sandbox

    old = Sandbox.open(tmp_path / "sandbox.db")
    with old.transaction() as connection:
        connection.exec_driver_sql("alter table orders drop column fate")
    old.close()
    operator = Operator(Sandbox.open(tmp_path / "sandbox.db"))
    operator.sandbox.reset(users=2)
    assert operator.order(add())["state"] == "acknowledged"
