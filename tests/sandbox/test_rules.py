"""The rules of the field as the operator holds to them, whoever the client is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reconciler.sandbox import identities, seeds
from tests.sandbox.http import (
    JAN,
    ORDERS,
    PRODUCTS,
    SECOND,
    Operator,
    add,
    characteristics,
    delete,
    modify,
    option,
    rebundle,
)

LINE = "prd-00000001"


def contract(base: int, used: int = 0, ratio: str = "0.30") -> seeds.ContractSeed:
    """Return a contract of `base` services of which `used` are removed already."""
    return seeds.ContractSeed(removal_base=base, removals_used_offset=used, removal_ratio=ratio)


def lines(operator: Operator) -> list[str]:
    """Return the ids of the services that are here."""
    found = operator.products(status="active", limit="1000")
    return [each["id"] for each in found if each["productOffering"]["id"].startswith("mobile")]


def test_nobody_gets_a_service_who_is_no_user() -> None:
    assert "there is no user ind-0000077 (R1)" in Operator.of().refusal(add(), user="ind-0000077")


def test_an_order_for_nobody_is_refused() -> None:
    assert "the order names no user" in Operator.of().refusal(add(), user=None)


@pytest.mark.parametrize(
    ("base", "used", "left"), [(10, 0, 3), (9, 0, 2), (3, 0, 0), (100, 28, 2), (0, 0, 0), (1, 0, 0)]
)
def test_removals_fit_up_to_the_quota_and_not_one_more(base: int, used: int, left: int) -> None:
    operator = Operator.of(services=6, contract=contract(base, used))
    here = lines(operator)
    for identity in here[:left]:
        assert operator.order(delete(identity))["state"] == "acknowledged"
    assert "(R2)" in operator.refusal(delete(here[left]))


def test_an_order_over_the_quota_is_refused_whole() -> None:
    operator = Operator.of(services=6, contract=contract(10, 2))
    here = lines(operator)
    said = operator.refusal(delete(here[0]), delete(here[1]))
    assert "2 removals do not fit the quota: 3 allowed this contract period, 2 used" in said
    assert lines(operator) == here


def test_a_removal_on_order_counts_before_it_takes_effect() -> None:
    operator = Operator.of(services=6, contract=contract(4), activation_delay_hours=24)
    here = lines(operator)
    operator.order(delete(here[0]))
    assert "(R2)" in operator.refusal(delete(here[1]))


def test_a_cancelled_removal_counts_no_more() -> None:
    from tests.sandbox.http import CANCEL

    operator = Operator.of(services=6, contract=contract(4), activation_delay_hours=24)
    here = lines(operator)
    order = operator.order(delete(here[0]))
    operator.call("POST", CANCEL, json={"productOrder": {"id": order["id"]}})
    assert operator.order(delete(here[1]))["state"] == "acknowledged"


def test_taking_an_option_away_is_no_removal() -> None:
    operator = Operator.of(contract=contract(0))
    [voicemail] = [each for each in operator.products() if each["productOffering"]["id"] == "voicemail-plus"]
    assert operator.order(delete(voicemail["id"]))["state"] == "acknowledged"


def test_a_new_period_comes_with_a_fresh_quota() -> None:
    operator = Operator.of(services=6, contract=contract(4, 1))
    here = lines(operator)
    assert "(R2)" in operator.refusal(delete(here[0]))
    happened = operator.sandbox.advance(timedelta(days=120))
    assert any("renewed for 12 months" in line for line in happened)
    assert operator.order(delete(here[0]))["state"] == "acknowledged"


def test_a_bundle_changes_once_a_month() -> None:
    operator = Operator.of()
    operator.order(rebundle(LINE, "mobile-25"))
    assert "was changed in 2026-11 already (R5)" in operator.refusal(rebundle(LINE, "mobile-10"))
    operator.sandbox.advance(timedelta(days=8))
    assert operator.sandbox.today == date(2026, 12, 1)
    assert operator.order(rebundle(LINE, "mobile-10"))["state"] == "acknowledged"


def test_an_option_can_come_and_go_within_a_month() -> None:
    operator = Operator.of()
    added = operator.order(option("roaming-world", LINE))
    [product] = [each for each in operator.products() if each["productOffering"]["id"] == "roaming-world"]
    assert operator.state(added) == "completed"
    assert operator.order(delete(product["id"]))["state"] == "acknowledged"


def test_an_activation_by_email_takes_until_the_user_has_done_it() -> None:
    operator = Operator.of(email_activation_hours=24)
    order = operator.order(add(activation="email"))
    assert operator.state(order) == "pending"
    operator.sandbox.advance(timedelta(hours=23))
    assert operator.state(order) == "pending"
    operator.sandbox.advance(timedelta(hours=1))
    assert operator.state(order) == "completed"


def test_an_activation_takes_its_time() -> None:
    operator = Operator.of(activation_delay_hours=2)
    order = operator.order(add())
    assert operator.state(order) == "inProgress"
    operator.sandbox.advance(timedelta(hours=2))
    assert operator.state(order) == "completed"


def test_an_esim_comes_with_a_code_only_once_it_is_active() -> None:
    operator = Operator.of(activation_delay_hours=2)
    [item] = operator.order(add(simType="eSIM"))["productOrderItem"]
    assert operator.activation_code(item["product"]["id"]) is None
    operator.sandbox.advance(timedelta(hours=2))
    code = operator.activation_code(item["product"]["id"])
    assert code is not None
    assert code.startswith("LPA:1$")


def test_a_swap_to_an_esim_comes_with_a_code_and_another_esim_with_another() -> None:
    operator = Operator.of()
    assert operator.activation_code(LINE) is None
    operator.order(modify(LINE, productCharacteristic=characteristics(simType="eSIM")))
    first = operator.activation_code(LINE)
    operator.order(modify(LINE, productCharacteristic=characteristics(simType="eSIM", label="other")))
    assert operator.activation_code(LINE) == first, "nothing happened to the SIM"
    operator.order(modify(LINE, productCharacteristic=characteristics(iccid=identities.iccid(78))))
    second = operator.activation_code(LINE)
    operator.order(modify(LINE, productCharacteristic=characteristics(simType="physical")))
    assert first is not None
    assert second is not None
    assert first != second
    assert operator.activation_code(LINE) is None


@pytest.mark.parametrize("nested_options", [False, True])
def test_no_list_and_no_order_shows_an_activation_code(nested_options: bool) -> None:
    operator = Operator.of(nested_options=nested_options)
    order = operator.order(add(simType="eSIM"))
    product = order["productOrderItem"][0]["product"]["id"]
    code = operator.activation_code(product)
    assert code is not None
    filters: list[dict[str, str]] = [
        {}, {"id": product}, {"status": "active"}, {"fields": "productCharacteristic"},
        {"productCharacteristic.name": "iccid"}, {"productCharacteristic.value": code},
    ]  # fmt: skip
    answers = [operator.call("GET", PRODUCTS, params=each).text for each in filters]
    answers += [operator.call("GET", ORDERS).text, operator.call("GET", f"{ORDERS}/{order['id']}").text]
    assert all(product in each for each in answers[:-3])
    assert not [each for each in answers if "LPA:" in each or "activationCode" in each]


def test_a_port_in_needs_to_know_where_the_number_comes_from() -> None:
    said = Operator.of().refusal(add(msisdn="+32475112233", portInOperator="Proximus"))
    assert "a port-in needs portInOperator and portInAccount (R7)" in said
    said = Operator.of().refusal(add(portInOperator="Proximus", portInAccount="B-77"))
    assert "a port-in needs the number (R7)" in said


def test_a_port_in_takes_a_working_day_or_its_agreed_date() -> None:
    operator = Operator.of()
    ported = {"portInOperator": "Proximus", "portInAccount": "B-77"}
    soon = operator.order(add(msisdn="+32475112233", **ported))
    later = operator.order(add(msisdn="+32475112234", portInDate="2026-12-04", **ported))
    operator.sandbox.advance(timedelta(days=1, hours=2))
    assert (operator.state(soon), operator.state(later)) == ("completed", "pending")
    operator.sandbox.advance(timedelta(days=11))
    assert operator.state(later) == "completed"


def test_a_line_is_blocked_and_gets_a_new_sim_afterwards() -> None:
    operator = Operator.of()
    operator.order(modify(LINE, status="suspended"))
    assert operator.products(id=LINE)[0]["status"] == "suspended"
    sim = characteristics(simType="physical", iccid=identities.iccid(77))
    operator.order(modify(LINE, status="active", productCharacteristic=sim))
    [line] = operator.products(id=LINE)
    assert line["status"] == "active"
    named = {each["name"]: each["value"] for each in line["productCharacteristic"]}
    assert named["iccid"] == identities.iccid(77)


def test_a_line_moves_to_another_user_without_costing_quota() -> None:
    operator = Operator.of(contract=contract(0))
    move = modify(LINE, relatedParty=[{"id": SECOND, "role": "user", "@referredType": "Individual"}])
    assert operator.order(move)["state"] == "acknowledged"
    holders = {party["id"] for each in operator.products() for party in each["relatedParty"] if party["role"] == "user"}
    assert holders == {SECOND}, f"the option goes with the line to {JAN}"


def test_a_removed_number_is_not_given_back() -> None:
    operator = Operator.of()
    number = identities.number(1, 7)
    operator.order(delete(LINE))
    operator.order(add())
    [line] = [each for each in operator.products(status="active") if each["productOffering"]["id"] == "mobile-10"]
    assert number not in {each["value"] for each in line["productCharacteristic"]}


@pytest.mark.parametrize("name", ["msisdn", "iccid"])
def test_a_number_and_a_sim_belong_to_one_line(name: str) -> None:
    taken = {"msisdn": identities.number(1, 7), "iccid": identities.iccid(1)}[name]
    assert f"{name} {taken} is in use" in Operator.of().refusal(add(**{name: taken}))
    twice = {"msisdn": "+32475112233", "iccid": identities.iccid(99)}[name]
    assert f"{name} {twice} is in use" in Operator.of().refusal(add(**{name: twice}), add(**{name: twice}))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (add("mobile-7"), "there is no offering mobile-7"),
        (add("mobile-classic"), "mobile-classic is not sold any more"),
        (delete("prd-00000099"), "there is no product prd-00000099"),
        (option("fixed-ip", LINE), "option fixed-ip does not go with bundle mobile-10"),
        (option("voicemail-plus", LINE), "option voicemail-plus would be there twice"),
        (rebundle(LINE, "roaming-world"), "roaming-world is no bundle"),
    ],
)
def test_what_is_not_on_offer_is_refused(item: dict[str, object], said: str) -> None:
    assert said in Operator.of().refusal(item)


def test_a_product_with_an_open_order_takes_no_other() -> None:
    operator = Operator.of(activation_delay_hours=1)
    operator.order(rebundle(LINE, "mobile-25"))
    assert f"an order is already open for product {LINE}" in operator.refusal(delete(LINE))
