"""Who last had something done to a service: the operator's orders tell, read for one user when somebody asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.snapshot import REMOVED, PlacedOrder
from reconciler.providers.tmf.settings import TmfSettings
from tests.harness import Trial, run
from tests.providers.wire import Wire, resource
from tests.sandbox.http import AN, FIRST, JAN, SECOND, Operator, characteristics, delete, modify, option, rebundle

Spoil = Callable[..., tuple[int, dict[str, str], bytes] | None]


def last_orders(
    operator: Operator,
    user: str = AN,
    spoil: Spoil | None = None,
    touching: Mapping[str, Collection[str]] | None = None,
) -> tuple[Mapping[str, PlacedOrder], Wire]:
    """Return the last order of each of a user's services, by its label, and what was asked."""
    wire = Wire(operator.sandbox.app(), spoil)
    trial = Trial(operator.sandbox, app=wire, settings=TmfSettings("http://sandbox", attempts=1))

    async def work() -> Mapping[str, PlacedOrder]:
        async with trial.provider().reading() as reader:
            live = await reader.snapshot()
            wire.asked.clear()
            services = {item.id: item for item in live.services if item.service.user == user}
            found = await reader.last_orders(list(services.values()), touching)
            return {str(services[identity].service.label): order for identity, order in found.items()}

    return run(work()), wire


def service_id(operator: Operator, label: str) -> str:
    """Return the operator's id of a service."""
    wanted = {"name": "label", "value": label, "valueType": "string"}
    return next(str(each["id"]) for each in operator.products() if wanted in each["productCharacteristic"])


def option_id(operator: Operator, service: str) -> str:
    """Return the operator's id of the option in force on a service."""
    relation = [{"relationshipType": "reliesOn", "product": {"id": service}}]
    return next(str(each["id"]) for each in operator.products() if each.get("productRelationship") == relation)


def later(operator: Operator) -> None:
    """Let an hour pass."""
    operator.sandbox.advance(timedelta(hours=1))


def test_the_newest_order_of_each_service_is_told_with_who_and_when() -> None:
    operator = Operator.of(services=2)
    one, other = service_id(operator, "line1"), service_id(operator, "line2")
    operator.order(modify(one, status="suspended"))
    later(operator)
    second = operator.order(
        modify(one, status="active"), externalId="run-0001", note=[{"author": "fleet", "text": "commit abc"}]
    )
    found, wire = last_orders(operator)
    assert set(found) == {"line1"}
    order = found["line1"]
    assert (order.id, order.reference, order.notes) == (second["id"], "run-0001", ("commit abc",))
    assert f"{order.placed:%Y-%m-%d %H:%M %z}" == "2026-11-23 10:00 +0100"
    assert {method for method, _ in wire.asked} == {"GET"}
    third = operator.order(rebundle(other, "mobile-25"))
    assert last_orders(operator)[0]["line2"].id == third["id"]


def test_an_option_that_came_or_went_counts_for_its_service() -> None:
    operator = Operator.of()
    service = service_id(operator, "line1")
    gone = operator.order(delete(option_id(operator, service)))
    later(operator)
    assert last_orders(operator)[0]["line1"].id == gone["id"]
    came = operator.order(option("roaming-world", service))
    later(operator)
    assert last_orders(operator)[0]["line1"].id == came["id"]


def test_the_last_order_that_touched_something_is_told_past_those_that_did_not() -> None:
    operator = Operator.of()
    service = service_id(operator, "line1")
    done = {}
    for path, item in {
        "bundle": rebundle(service, "mobile-25"),
        "options": delete(option_id(operator, service)),
        "state": modify(service, status="suspended"),
        "cost_centre": modify(service, productCharacteristic=characteristics(costCentre="BREW")),
    }.items():
        done[path] = operator.order(item)["id"]
        later(operator)
    for path, order in done.items():
        assert last_orders(operator, touching={service: {path}})[0]["line1"].id == order
    assert last_orders(operator, touching={service: {"number", REMOVED}})[0] == {}


def test_products_that_are_gone_are_not_read_where_options_do_not_matter() -> None:
    operator = Operator.of()
    service = service_id(operator, "line1")
    operator.order(delete(option_id(operator, service)))
    later(operator)
    for paths, read in (({"state"}, set()), ({"options"}, {"product"})):
        _, wire = last_orders(operator, touching={service: paths})
        assert {path.split("/")[-2] for _, path in wire.asked if "/product/" in path} == read


def test_an_order_without_effect_touched_nothing() -> None:
    operator = Operator.of()
    operator.refusal(modify("prd-unknown", status="suspended"))
    operator.refusal(rebundle(service_id(operator, "line1"), "data-5"), user=SECOND)
    assert last_orders(operator)[0] == {}


def test_what_was_done_while_it_was_another_users_counts_too() -> None:
    operator = Operator.of()
    moved = operator.order(
        modify(service_id(operator, "line1"), relatedParty=[{"id": SECOND, "role": "user"}]), user=FIRST
    )
    later(operator)
    found, _ = last_orders(operator, JAN)
    assert found["line1"].id == moved["id"]


def test_a_server_that_ignores_filters_is_filtered_again() -> None:
    operator = Operator.of(services=2)
    operator.order(modify(service_id(operator, "line1"), status="suspended"))
    stranger = {
        "id": "ord-stranger",
        "state": "completed",
        "orderDate": "2027-01-01T00:00:00Z",
        "relatedParty": [{"id": "ind-9", "role": "user"}],
        "productOrderItem": [{"action": "modify", "product": {"id": "prd-of-somebody"}}],
    }

    def spoil(path: str, at: int, status: int, headers: dict[str, str], body: Any) -> Any:
        if resource(path) != "productOrder" or at:
            return None
        return status, headers, json.dumps([*body, stranger]).encode()

    assert {order.id for order in last_orders(operator, spoil=spoil)[0].values()} == {"ord-0000001"}


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_a_list_of_orders_tells_nothing(status: int) -> None:
    operator = Operator.of()

    def spoil(path: str, _at: int, _status: int, headers: dict[str, str], _body: Any) -> Any:
        return (status, headers, b"{}") if resource(path) == "productOrder" else None

    found, wire = last_orders(operator, spoil=spoil)
    assert found == {}
    assert wire.asked == []


def test_a_user_without_services_is_not_asked_about() -> None:
    _, wire = last_orders(Operator.of(), JAN)
    assert wire.asked == []


def test_what_it_costs_does_not_grow_with_the_orders_of_others() -> None:
    operator = Operator.of(services=3)
    for label in ("line1", "line2", "line3"):
        operator.order(modify(service_id(operator, label), status="suspended"), user=FIRST)
        later(operator)
    found, wire = last_orders(operator)
    assert len(found) == 3
    assert {resource(path) for _, path in wire.asked} == {"productOrder"}
