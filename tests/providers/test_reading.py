"""Reads that fail, break off or lie: nothing is ever planned from them, and the error says which list it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciler.errors import FleetError, IncompleteSnapshot, OperatorError, OperatorRefused, UnreadableAnswer
from reconciler.model.fleet import DesiredFleet
from reconciler.providers.tmf.settings import Auth, TmfSettings
from reconciler.providers.tmf.wire import product_row
from reconciler.sandbox import Sandbox, seeds
from tests.harness import Trial, desired, person
from tests.properties.fleets import USERS
from tests.providers.wire import Wire, resource

LISTS = ("organization", "individual", "productOffering", "productOfferingPrice", "agreement", "product")
PAGE = 10
Answer = tuple[int, dict[str, str], bytes]


def test_an_end_that_is_set_is_the_last_day_and_not_the_moment_after_it() -> None:
    trial = company_for_a_time()
    [held] = trial.snapshot().services
    assert [(option.option, option.ends) for option in held.options] == [
        ("roaming-world", date(2026, 12, 31)),
        ("voicemail-plus", None),
    ]
    assert held.ends is None


@pytest.mark.parametrize(
    ("moment", "ends"),
    [("2026-12-31T23:00:00.000Z", 31), ("2026-12-31T22:59:59Z", 31), ("2026-12-30T12:00:00+01:00", 30), (None, None)],
)
def test_a_service_in_force_with_a_day_of_termination_ends_on_it(moment: str | None, ends: int | None) -> None:
    document = {"id": "1", "status": "active", "productOffering": {"id": "b"}, "terminationDate": moment}
    row = product_row(document, ZoneInfo("Europe/Brussels"))
    assert row.ends == (date(2026, 12, ends) if ends else None)
    assert product_row({**document, "status": "terminated"}, ZoneInfo("Europe/Brussels")).ends is None


def company_for_a_time() -> Trial:
    """Return a trial of one service with an option for a time and one for good."""
    held = seeds.ServiceSeed(
        USERS[0], "phone", "mobile-10", "+32470000001", options=("roaming-world", "voicemail-plus"),
        temporary=(("roaming-world", date(2026, 12, 31)),),
    )  # fmt: skip
    return Trial.of(seeds.FleetSeed(users=(person(USERS[0]),), services=(held,)))


def trial_with(spoil: Callable[..., Answer | None] | None, **settings: Any) -> Trial:
    """Return a trial of 40 users over a wire that spoils answers, in pages of ten."""
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=40)
    wire = Wire(sandbox.app(), spoil)
    chosen: dict[str, Any] = {"attempts": 1, "page_size": PAGE, **settings}
    return Trial(sandbox, app=wire, settings=TmfSettings("http://sandbox", **chosen))


def leavers(trial: Trial) -> DesiredFleet:
    """Return a fleet that declares every user and no service: everything that is read would be removed."""
    healthy = Trial(trial.sandbox)
    return desired(users=sorted(healthy.snapshot().users))


def pages(name: str) -> list[int]:
    """Return the offset of every page of a list of the 40-user sandbox."""
    trial = trial_with(None)
    sizes = {"individual": 40, "product": 72}
    with trial.sandbox.transaction() as connection:
        sizes["product"] = connection.exec_driver_sql("select count(*) from products").scalar_one()
    return list(range(0, sizes.get(name, 1), PAGE))


def dump(status: int, headers: dict[str, str], body: Any) -> Answer:
    """Return an answer with a body as JSON."""
    return status, headers, json.dumps(body).encode()


FAULTS: dict[str, Callable[[int, dict[str, str], Any], Answer]] = {
    "500": lambda _status, headers, _body: (500, headers, b'{"code": "500"}'),
    "403": lambda _status, headers, _body: (403, headers, b'{"detail": {"code": 60, "reason": "no rights"}}'),
    "nonsense": lambda status, headers, _body: (status, headers, b"<html>welcome</html>"),
    "cut off": lambda status, headers, body: (status, headers, json.dumps(body).encode()[:-7]),
    "an object": lambda status, headers, _body: (status, headers, b'{"items": []}'),
    "ends early": lambda status, headers, _body: (status, headers, b"[]"),
    "half a page": lambda status, headers, body: dump(status, headers, body[: len(body) // 2]),
}
#: A list of orders that ends early cannot be told from a short one; what it lacks shows in the products' own states.
BROKEN = [fault for fault in FAULTS if fault not in ("ends early", "half a page")]
CASES = [(name, offset, fault) for name in LISTS for offset in pages(name) for fault in FAULTS]
CASES += [("productOrder", 0, fault) for fault in BROKEN]


@pytest.mark.parametrize(("name", "offset", "fault"), CASES)
def test_a_read_that_fails_at_any_page_of_any_list_plans_nothing(name: str, offset: int, fault: str) -> None:
    def spoil(path: str, at: int, status: int, headers: dict[str, str], body: Any) -> Answer | None:
        return FAULTS[fault](status, headers, body) if resource(path) == name and at == offset else None

    trial = trial_with(spoil)
    with pytest.raises((OperatorError, IncompleteSnapshot)) as caught:
        trial.plan(leavers(trial))
    assert int(caught.value.exit_code) == 1
    assert trial.app.asked
    assert {method for method, _ in trial.app.asked} == {"GET"}


@pytest.mark.parametrize("name", ["individual", "product"])
@pytest.mark.parametrize("total", [None, "0", "7"])
def test_an_early_end_is_noticed_where_the_total_is_missing_or_wrong(name: str, total: str | None) -> None:
    def spoil(path: str, at: int, status: int, headers: dict[str, str], body: Any) -> Answer | None:
        if resource(path) != name:
            return None
        headers.pop("x-total-count", None)
        if total is not None:
            headers["x-total-count"] = total
        return dump(status, headers, [] if at == 20 else body)

    trial = trial_with(spoil)
    with pytest.raises(IncompleteSnapshot):
        trial.plan(leavers(trial))


def test_an_empty_answer_where_there_were_services_yesterday_plans_nothing() -> None:
    def spoil(path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Answer | None:
        headers["x-total-count"] = "0"
        return dump(status, headers, []) if resource(path) == "product" else None

    trial = trial_with(spoil)
    with pytest.raises(IncompleteSnapshot, match="0 services were read, though the contract counts 56"):
        trial.plan(leavers(trial))


@pytest.mark.parametrize("total_count", [True, False])
@pytest.mark.parametrize("page_limit", [3, 7, 1000])
def test_pages_that_the_server_caps_silently_are_all_read(total_count: bool, page_limit: int) -> None:
    trial = trial_with(None, page_size=500)
    whole = trial.snapshot()
    trial.sandbox.configure(total_count=total_count, page_limit=page_limit)
    assert trial.snapshot() == whole


def test_a_total_that_is_too_small_is_not_believed() -> None:
    def spoil(_path: str, at: int, status: int, headers: dict[str, str], body: Any) -> Answer | None:
        headers["x-total-count"] = "1"
        return dump(status, headers, body) if at >= 0 else None

    assert trial_with(spoil).snapshot() == trial_with(None).snapshot()


def test_a_page_that_comes_twice_is_a_gap() -> None:
    first: list[Any] = []

    def spoil(path: str, at: int, status: int, headers: dict[str, str], body: Any) -> Answer | None:
        if resource(path) != "product":
            return None
        if at == 0:
            first[:] = body
        return dump(status, headers, first)

    trial = trial_with(spoil)
    with pytest.raises(IncompleteSnapshot, match="repeats earlier ones"):
        trial.plan(leavers(trial))


def test_options_nested_in_their_service_read_as_well_as_options_of_their_own() -> None:
    trial = trial_with(None)
    alone = trial.snapshot()
    trial.sandbox.configure(nested_options=True, total_count=False)
    assert trial.snapshot() == alone


def rewritten(change: Callable[[Any], None]) -> Callable[..., Answer]:
    """Return a spoiler that rewrites every resource in lists as another server would write it."""

    def spoil(_path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Answer:
        for document in body if isinstance(body, list) else [body]:
            change(document)
        return dump(status, headers, body)

    return spoil


def _other_dates(document: Any) -> None:
    for key in ("startDate", "terminationDate"):
        if key in document:
            document[key] = document[key].replace(".000Z", "+00:00")


def _other_order(document: Any) -> None:
    if "productCharacteristic" in document:
        document["productCharacteristic"].reverse()
        document["productCharacteristic"].append({"name": "networkSlice", "value": {"any": "thing"}})


def _other_numbers(document: Any) -> None:
    for each in document.get("productCharacteristic", []):
        if each["name"] == "msisdn":
            each["value"] = each["value"].replace("+", "00")


def _other_edges(document: Any) -> None:
    if "agreementPeriod" in document:
        document["agreementPeriod"] = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2027-02-28T23:59:59Z"}


def _codes_in_lists(document: Any) -> None:
    if "productCharacteristic" in document:
        document["productCharacteristic"].append({"name": "activationCode", "value": "LPA:1$a.example$LISTED"})


@pytest.mark.parametrize("change", [_other_dates, _other_order, _other_numbers, _other_edges, _codes_in_lists])
def test_what_servers_write_in_their_own_way_reads_the_same(change: Callable[[Any], None]) -> None:
    assert trial_with(rewritten(change)).snapshot() == trial_with(None).snapshot()


def test_money_that_comes_as_a_float_is_exact() -> None:
    trial = trial_with(None)
    assert str(trial.snapshot().catalogue.bundles["mobile-max"].monthly) == "29.99"


def test_a_server_without_a_list_of_orders_can_be_read() -> None:
    def spoil(path: str, _at: int, _status: int, headers: dict[str, str], _body: Any) -> Answer | None:
        return (404, headers, b"{}") if resource(path) == "productOrder" else None

    assert trial_with(spoil).snapshot().open_orders == ()


def test_order_filters_that_the_server_ignores_are_applied_here() -> None:
    trial = trial_with(None)
    trial.sandbox.drift(1)

    def ignore(scope: Any) -> Any:
        return {**scope, "query_string": b"offset=0&limit=10"} if scope["path"].endswith("productOrder") else scope

    inner = trial.app.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await inner(ignore(scope), receive, send)

    trial.app = app
    assert trial.snapshot().open_orders == ()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"organisation": "brouwerij-dem"}, OperatorRefused, "no organisation 'brouwerij-dem'; .* see brouwerij-demo"),
        ({"contract": "MC-1"}, OperatorRefused, "no contract 'MC-1'; .* see MC-2026-001"),
    ],
)
def test_a_wrong_organisation_or_contract_names_the_right_ones(
    change: dict[str, str], error: type[FleetError], words: str
) -> None:
    trial = trial_with(None)
    trial.config = replace(trial.config, **change)  # type: ignore[arg-type]
    with pytest.raises(error, match=words):
        trial.snapshot()


def test_a_status_nobody_knows_is_an_error_that_names_the_product() -> None:
    def change(document: Any) -> None:
        if document.get("id") == "prd-00000007":
            document["status"] = "sleeping"

    with pytest.raises(UnreadableAnswer, match="product prd-00000007 has a status nobody knows: 'sleeping'"):
        trial_with(rewritten(change)).snapshot()


def test_a_token_is_asked_for_once_and_renewed_when_it_is_refused() -> None:
    auth = Auth("http://sandbox/oauth2/token", "fleet", "sandbox-secret")
    trial = trial_with(None, auth=auth)
    trial.sandbox.configure(require_token=True)
    assert len(trial.snapshot().users) == 40
    assert [method for method, path in trial.app.asked if path == "/oauth2/token"] == ["POST"]


def test_a_refused_secret_says_where_to_look() -> None:
    trial = trial_with(None, auth=Auth("http://sandbox/oauth2/token", "fleet", "wrong"))
    with pytest.raises(OperatorRefused, match="token endpoint answered 401: invalid_client") as caught:
        trial.snapshot()
    assert "wrong" not in repr(caught.value.hint)


@pytest.mark.parametrize("kind", ["error-before", "lost", "cut", "throttle"])
def test_a_server_that_is_busy_or_breaks_off_is_asked_again(kind: str) -> None:
    sandbox = trial_with(None).sandbox
    sandbox.fault(kind, "GET /tmf-api/productInventory", times=2, value=0)
    assert len(Trial(sandbox, settings=TmfSettings("http://sandbox", attempts=3)).snapshot().services) == 54
