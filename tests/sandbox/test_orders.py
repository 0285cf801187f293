"""Orders over HTTP: their states, their references, their end, and what is no order at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.http import CANCEL, ORDERS, Operator, add, body, delete, rebundle

LINE = "prd-00000001"


def test_the_same_reference_with_the_same_order_is_the_same_order() -> None:
    operator = Operator.of()
    first = operator.order(add(), externalId="run-1")
    again = operator.call("POST", ORDERS, json=body([add()], "ind-0000001", externalId="run-1"))
    assert (again.status_code, again.json()["id"]) == (200, first["id"])


def test_the_same_reference_with_another_order_is_a_conflict() -> None:
    operator = Operator.of()
    operator.order(add(), externalId="run-1")
    answer = operator.call("POST", ORDERS, json=body([add("mobile-25")], "ind-0000001", externalId="run-1"))
    assert answer.status_code == 409
    assert "run-1 was used for another order" in answer.json()["message"]


def test_an_operator_without_idempotency_takes_every_order() -> None:
    operator = Operator.of(unique_external_id=False)
    orders = {operator.order(add(), externalId="run-1")["id"] for _ in range(2)}
    assert len(orders) == 2


def test_an_order_is_found_by_its_reference() -> None:
    operator = Operator.of()
    order = operator.order(add(), externalId="run-1")
    operator.order(add(), externalId="run-2")
    [found] = operator.call("GET", ORDERS, params={"externalId": "run-1"}).json()
    assert found["id"] == order["id"]


def test_a_pending_order_is_cancelled_and_leaves_nothing() -> None:
    operator = Operator.of(activation_delay_hours=1)
    before = operator.products()
    orders = [operator.order(add()), operator.order(rebundle(LINE, "mobile-25"))]
    for order in orders:
        answer = operator.call("POST", CANCEL, json={"productOrder": {"id": order["id"]}})
        assert (answer.status_code, answer.json()["state"]) == (201, "done")
        assert operator.state(order) == "cancelled"
    here = [each for each in operator.products() if each["status"] != "cancelled"]
    assert here == before
    assert operator.order(rebundle(LINE, "mobile-25"))["state"] == "acknowledged", "the month's change was given back"


def test_a_completed_order_is_not_cancelled() -> None:
    operator = Operator.of()
    order = operator.order(delete(LINE))
    assert operator.state(order) == "completed"
    answer = operator.call("POST", CANCEL, json={"productOrder": {"id": order["id"]}})
    assert answer.json()["state"] == "terminatedWithError"
    assert operator.call("POST", CANCEL, json={"productOrder": {"id": "ord-none"}}).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        [],
        {},
        {"productOrderItem": []},
        {"productOrderItem": {}},
        {"productOrderItem": [{"id": "1", "action": "explode", "product": {}}]},
        {"productOrderItem": [{"action": "delete", "product": {"id": LINE}}]},
        {"productOrderItem": [{"id": "1", "action": "delete"}]},
    ],
)
def test_what_is_no_order_is_a_bad_request(sent: Any) -> None:
    operator = Operator.of()
    answer = operator.call("POST", ORDERS, json=sent)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"code", "reason", "message", "status"}
    assert operator.call("GET", ORDERS).json() == []


def test_a_body_that_is_no_json_is_a_bad_request() -> None:
    answer = Operator.of().call("POST", ORDERS, content=b"{")
    assert (answer.status_code, answer.json()["message"]) == (400, "the body is no JSON")
