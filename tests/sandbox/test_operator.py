"""The handle on a sandbox: seeds, the clock, drift and copies."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox, seeds
from tests.sandbox.http import ORDERS, PRODUCTS, Operator, add


def test_a_seed_is_the_same_every_time_and_another_one_is_not() -> None:
    assert seeds.generate(200, 1) == seeds.generate(200, 1)
    assert seeds.generate(200, 1) != seeds.generate(200, 2)


@pytest.mark.parametrize(("users", "seed", "digest"), [(40, 1, "c33917b7d96bda33"), (3000, 7, "04564815c6807812")])
def test_a_seed_is_the_fleet_that_it_has_always_been(users: int, seed: int, digest: str) -> None:
    assert hashlib.sha256(repr(seeds.generate(users, seed)).encode()).hexdigest()[:16] == digest


def test_a_fleet_of_any_size_begins_at_once() -> None:
    begun = seeds.stream(10**9, 1)
    assert len(list(islice(begun.services, 3))) == 3
    assert next(iter(begun.users)).employee_id == "E-00001"


def test_a_large_fleet_has_the_indexes_and_the_journal_of_a_small_one(tmp_path: Path) -> None:
    def built(sandbox: Sandbox) -> list[Any]:
        with sandbox.transaction() as connection:
            things = "SELECT type, name FROM sqlite_master ORDER BY 1, 2"
            sqls = (things, "PRAGMA journal_mode", "PRAGMA cache_size", "PRAGMA busy_timeout")
            return [list(connection.exec_driver_sql(sql).all()) for sql in sqls]

    fresh, large, watched = (Sandbox.open(tmp_path / f"{name}.db") for name in ("fresh", "large", "watched"))
    watching = Sandbox.open(tmp_path / "watched.db")
    for sandbox in (large, watched):
        sandbox.reset(users=10_001)
        assert built(sandbox) == built(fresh)
    assert not watching.is_empty


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


def test_an_option_for_a_time_ends_by_itself_and_is_not_billed_any_more() -> None:
    user = seeds.UserSeed("an@x.example", "An", "X")
    held = seeds.ServiceSeed(
        user.email, "phone", "mobile-10", "+32470000001", options=("roaming-world", "voicemail-plus"),
        temporary=(("roaming-world", date(2026, 12, 15)),),
    )  # fmt: skip
    operator = Operator(Sandbox.open(":memory:"))
    operator.sandbox.load(seeds.FleetSeed(users=(user,), services=(held,)))
    [option] = operator.products(**{"productOffering.id": "roaming-world"})
    assert (option["status"], option["terminationDate"]) == ("active", "2026-12-15T23:00:00.000Z")
    happened = operator.sandbox.advance(timedelta(days=60))
    assert [line for line in happened if "over" in line] == ["2026-12-16 roaming-world of prd-00000001 is over"]
    bills = [line.split("EUR ")[1] for line in happened if "bill issued" in line]
    assert bills == ["26.25", f"{Decimal('11.25') - Decimal('7.26')}"], "15.00 less for 15 of 31 days, and not again"
    assert {each["status"] for each in operator.products() if "roaming" in each["productOffering"]["id"]} == {
        "terminated"
    }


def test_what_is_removed_takes_its_option_for_a_time_along() -> None:
    user = seeds.UserSeed("an@x.example", "An", "X")
    last_day = (("roaming-world", date(2026, 12, 15)),)
    held = seeds.ServiceSeed(
        user.email, "phone", "mobile-10", "+32470000001", options=("roaming-world",), temporary=last_day
    )
    operator = Operator(Sandbox.open(":memory:"))
    contract = seeds.ContractSeed(removal_base=10)
    operator.sandbox.load(seeds.FleetSeed(contract=contract, users=(user,), services=(held,)))
    operator.order({"action": "delete", "product": {"id": "prd-00000001"}}, user="ind-0000001")
    operator.sandbox.advance(timedelta(days=3))
    assert {each["status"] for each in operator.products()} == {"terminated"}
    assert not [line for line in operator.sandbox.advance(timedelta(days=30)) if "over" in line]


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
