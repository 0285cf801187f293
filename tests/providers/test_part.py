"""A part of live is what the whole has of it; a server that cannot be relied on is read whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from reconciler.model.snapshot import Extent, Snapshot
from reconciler.ports import Reader
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import Sandbox
from tests.harness import Trial, run
from tests.providers.wire import Wire, resource

SETTINGS = TmfSettings("http://sandbox", attempts=1, page_size=10)
#: Changes the query of a request before the operator sees it; None for one it refuses.
Bend = Callable[[str, dict[str, str]], dict[str, str] | None]
PAGING = ("offset", "limit", "fields")


def company(**settings: Any) -> Trial:
    """Return a trial of 40 users, in pages of ten."""
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=40)
    sandbox.configure(**settings)
    return Trial(sandbox, app=Wire(sandbox.app()), settings=SETTINGS)


def part(trial: Trial, extent: Extent) -> Snapshot:
    """Return what is read of live where only `extent` is asked for."""

    async def work() -> Snapshot:
        async with trial.provider().reading() as reader:
            found: Reader = reader
            return await found.snapshot(extent)

    return run(work())


@pytest.mark.parametrize("nested", [False, True])
def test_a_part_has_what_the_whole_has_of_a_user_and_counts_the_rest(nested: bool) -> None:
    trial = company(nested_options=nested)
    whole = trial.snapshot()
    for user in list(whole.users)[::13]:
        found = part(trial, Extent(frozenset({user})))
        theirs = [item for item in whole.services if item.service.user == user]
        assert list(found.services) == theirs
        assert (found.counted, found.gaps) == (whole.totals, ())
        assert set(found.users) == {user}


def test_whoever_has_a_number_or_a_sim_is_found_with_the_user_and_the_options() -> None:
    trial = company()
    whole = trial.snapshot()
    for item in whole.services[::20]:
        number, iccid = str(item.service.number), str(item.service.sim.iccid)
        for extent in (Extent(numbers=frozenset({number})), Extent(iccids=frozenset({iccid}))):
            found = part(trial, extent)
            assert found.services == (item,)
            assert set(found.users) == {item.service.user}


def test_a_part_of_a_large_fleet_asks_little() -> None:
    trial = company()
    trial.sandbox.reset(users=400)
    [user] = [key for key in trial.snapshot().users if key.startswith("els.lemmens")]
    before = len(trial.app.asked)
    assert part(trial, Extent(frozenset({user}))).counted is not None
    pages = [path for _, path in trial.app.asked[before:] if resource(path) == "product"]
    assert len(pages) < 20, pages


def test_a_number_in_use_twice_brings_both_services() -> None:
    trial = company()
    one, other = trial.snapshot().services[:2]
    with trial.sandbox.transaction() as connection:
        connection.exec_driver_sql("update products set number = ? where id = ?", (one.service.number, other.id))
    found = part(trial, Extent(frozenset({one.service.user})))
    assert {item.id for item in found.services} >= {one.id, other.id}


def test_nobody_in_particular_is_a_part_without_services() -> None:
    trial = company()
    found = part(trial, Extent())
    assert (found.services, found.counted) == ((), trial.snapshot().totals)


def test_a_user_the_operator_does_not_know_is_looked_for_among_all() -> None:
    trial = company()
    found = part(trial, Extent(frozenset({"nobody@brouwerij.example"})))
    assert found.users == trial.snapshot().users
    assert found.services == ()


def test_removals_on_order_elsewhere_count_as_in_the_whole() -> None:
    trial = company(activation_delay_hours=5)
    whole = trial.snapshot()
    leaving = next(item for item in whole.services if item.options)
    with trial.sandbox.transaction() as connection:
        sent = {"externalId": "x", "productOrderItem": [
            {"id": "1", "action": "delete", "product": {"id": each}} for each in (leaving.options[0].id, leaving.id)
        ]}  # fmt: skip
        words = ("ord-x", "x", "held", "2026-11-23T08:00:00+00:00", json.dumps(sent))
        connection.exec_driver_sql(
            "insert into orders (id, external_id, state, placed, sent, items, notes) values (?, ?, ?, ?, ?, ?, '[]')",
            (*words, json.dumps(sent["productOrderItem"])),
        )
    [order] = part(trial, Extent()).open_orders
    assert order.removals == 1 == trial.snapshot().open_orders[0].removals


def ignoring(path: str, query: dict[str, str]) -> dict[str, str]:
    """Ignore every filter."""
    return {name: value for name, value in query.items() if name in PAGING}


def refusing(path: str, query: dict[str, str]) -> dict[str, str] | None:
    """Refuse every filter of products."""
    return None if resource(path) == "product" and query.keys() - set(PAGING) else query


def only(name: str) -> Bend:
    """Return what finds nothing by one filter."""

    def bend(_path: str, query: dict[str, str]) -> dict[str, str]:
        return {**query, "id": "nothing"} if name in query else query

    return bend


def first_word(_path: str, query: dict[str, str]) -> dict[str, str]:
    """Know nothing of a comma."""
    return {name: value if name in PAGING else value.split(",")[0] for name, value in query.items()}


FILTERS = ("relatedParty.id", "productCharacteristic.value", "status", "productOffering.id")
BENDS: dict[str, Bend] = {
    "ignores filters": ignoring,
    "refuses filters": refusing,
    "knows no comma": first_word,
    **{f"finds nothing by {name}": only(name) for name in FILTERS},
}


class Bent:
    """An ASGI application that understands queries otherwise than was meant."""

    def __init__(self, app: Any, bend: Bend) -> None:
        self.app = app
        self.bend = bend

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        query = dict(parse_qsl(scope["query_string"].decode()))
        bent = self.bend(scope["path"], query)
        if bent is None:
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await self.app({**scope, "query_string": urlencode(bent).encode()}, receive, send)


@pytest.mark.parametrize("way", BENDS)
def test_a_server_whose_filters_cannot_be_relied_on_is_read_whole(way: str) -> None:
    trial = company()
    whole = trial.snapshot()
    bent = replace(trial, app=Bent(trial.sandbox.app(), BENDS[way]))
    user = whole.services[0].service.user
    found = part(bent, Extent(frozenset({user})))
    assert found.counted is None
    assert found.services == whole.services


@pytest.mark.parametrize("total", [None, "0", "7", "9999"])
def test_a_server_whose_counts_cannot_be_relied_on_is_read_whole(total: str | None) -> None:
    def spoil(path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Any:
        if resource(path) != "product":
            return None
        headers.pop("x-total-count", None)
        if total is not None:
            headers["x-total-count"] = total
        return status, headers, json.dumps(body).encode()

    trial = company()
    found = part(replace(trial, app=Wire(trial.sandbox.app(), spoil)), Extent())
    assert found.counted is None


def test_numbers_written_another_way_are_found_all_the_same() -> None:
    def spoil(_path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Any:
        return status, headers, json.dumps(body).replace('"+32', '"32').encode()

    def bend(_path: str, query: dict[str, str]) -> dict[str, str]:
        value = query.get("productCharacteristic.value", "")
        return {**query, "productCharacteristic.value": f"+{value}"} if value.startswith("32") else query

    trial = company()
    held = trial.snapshot().services[0]
    other = replace(trial, app=Wire(Bent(trial.sandbox.app(), bend), spoil))
    found = part(other, Extent(numbers=frozenset({str(held.service.number)})))
    assert (found.services, found.counted is not None) == ((held,), True)
