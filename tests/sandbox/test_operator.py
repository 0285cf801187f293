"""The handle on a sandbox: seeds, the clock, drift and copies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.sandbox import Sandbox, seeds
from tests.sandbox.http import ORDERS, PRODUCTS, Operator, add


def test_a_seed_is_the_same_every_time_and_another_one_is_not() -> None:
    assert seeds.generate(200, 1) == seeds.generate(200, 1)
    assert seeds.generate(200, 1) != seeds.generate(200, 2)


@pytest.mark.parametrize("users", [0, 1, 40, 2000])
def test_a_fleet_of_any_size_is_served(users: int) -> None:
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=users)
    total = Operator(sandbox).call("GET", "/tmf-api/party/v4/individual").headers["X-Total-Count"]
    assert total == str(users)


def test_nobody_shares_a_number_a_sim_or_an_address() -> None:
    fleet = seeds.generate(3000, 1)
    assert len({user.email for user in fleet.users}) == 3000
    for name in ("number", "iccid"):
        values = [getattr(service, name) for service in fleet.services]
        assert len(set(values)) == len(values)


def test_drift_blocks_changes_removes_and_adds_behind_our_back() -> None:
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=40)
    operator = Operator(sandbox)
    before = {each["id"]: each for each in operator.products(limit="1000")}
    told = sandbox.drift()
    after = {each["id"]: each for each in operator.products(limit="1000")}
    assert [line.split()[0] for line in told] == ["blocked", "took", "removed", "added"] or "gave" in told[1]
    states = {each["status"] for each in after.values() if before.get(each["id"], {}).get("status") != each["status"]}
    assert {"suspended", "terminated"} <= states
    assert set(after) > set(before)
    assert {order["relatedParty"][-1]["id"] for order in operator.call("GET", ORDERS).json()} == {"portal"}


def test_drift_is_the_same_for_the_same_seed() -> None:
    told = []
    for _ in range(2):
        sandbox = Sandbox.open(":memory:")
        sandbox.reset(users=40)
        told.append(sandbox.drift(seed=7))
    assert told[0] == told[1]


def test_the_clock_stops_at_every_event_on_its_way() -> None:
    operator = Operator.of(services=6, activation_delay_hours=24)
    order = operator.order(add())
    happened = operator.sandbox.advance(timedelta(days=130))
    assert happened[0].startswith("2026-11-24")
    assert order["id"] in happened[0]
    assert next(line for line in happened if "bill" in line).startswith("2026-12-01")
    assert len([line for line in happened if "bill" in line]) == 5


def test_a_copy_goes_its_own_way() -> None:
    operator = Operator.of()
    copy = Operator(operator.sandbox.copy(":memory:"))
    copy.order(add())
    assert len(copy.products()) == len(operator.products()) + 1


def test_a_setting_and_a_fault_there_is_none_of_are_refused() -> None:
    sandbox = Sandbox.open(":memory:")
    with pytest.raises(TypeError, match="there is no setting speed"):
        sandbox.configure(speed=3)
    with pytest.raises(ValueError, match="there is no fault 'fire'"):
        sandbox.fault("fire")


def test_a_throttled_request_says_when_to_come_again() -> None:
    operator = Operator.of()
    operator.sandbox.fault("throttle", f"GET {PRODUCTS}", value=3)
    answer = operator.call("GET", PRODUCTS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert operator.call("GET", PRODUCTS).status_code == 200
