"""Lists: pages that add up to the whole, filters, fields, and questions that make no sense."""

from __future__ import annotations

import pytest

from reconciler.sandbox.listing import _values, matches
from tests.sandbox.http import PRODUCTS, Operator

PARTY = "/tmf-api/party/v4/individual"


def test_pages_of_any_size_add_up_to_the_whole() -> None:
    operator = Operator.of(services=5)
    whole = operator.products()
    for size in (1, 2, 3, 7):
        pages = [operator.products(offset=str(offset), limit=str(size)) for offset in range(0, len(whole) + size, size)]
        assert [each for page in pages for each in page] == whole, f"pages of {size}"


def test_a_page_says_how_much_there_is() -> None:
    operator = Operator.of(services=5)
    answer = operator.call("GET", PRODUCTS, params={"limit": "3"})
    assert (answer.status_code, answer.headers["X-Result-Count"], answer.headers["X-Total-Count"]) == (206, "3", "10")
    last = operator.call("GET", PRODUCTS, params={"limit": "3", "offset": "9"})
    assert (last.status_code, last.headers["X-Result-Count"]) == (200, "1")


def test_a_limit_beyond_the_servers_own_is_cut_without_a_word() -> None:
    operator = Operator.of(services=5, page_limit=4)
    assert len(operator.products(limit="500")) == 4


def test_filters_look_into_what_is_nested() -> None:
    operator = Operator.of(services=2)
    assert len(operator.products(**{"productOffering.id": "mobile-10"})) == 2
    assert operator.products(**{"productOffering.id": "mobile-25"}) == []
    assert len(operator.products(**{"relatedParty.id": "ind-0000001"})) == 4
    assert operator.products(**{"relatedParty.id": "ind-0000002"}) == []


def test_fields_leave_out_the_rest_and_never_the_id() -> None:
    [one, *_] = Operator.of().products(fields="status")
    assert set(one) == {"id", "href", "status"}


@pytest.mark.parametrize("query", [{"offset": "x"}, {"limit": "-1"}, {"offset": "-5"}, {"limit": "1.5"}])
def test_a_question_that_makes_no_sense_is_a_bad_request(query: dict[str, str]) -> None:
    answer = Operator.of().call("GET", PRODUCTS, params=query)
    assert answer.status_code == 400
    assert "offset and limit" in answer.json()["message"]


def test_one_of_a_list_is_had_by_its_id() -> None:
    operator = Operator.of()
    [first, *_] = operator.call("GET", PARTY).json()
    assert operator.call("GET", f"{PARTY}/{first['id']}").json() == first
    assert operator.call("GET", f"{PARTY}/nobody").status_code == 404


def test_a_token_is_asked_for_where_one_is_required() -> None:
    operator = Operator.of(require_token=True)
    assert operator.call("GET", PARTY).status_code == 401
    form = {"grant_type": "client_credentials", "client_id": "fleet", "client_secret": "sandbox-secret"}
    token = operator.call("POST", "/oauth2/token", data=form).json()["access_token"]
    assert operator.call("GET", PARTY, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert operator.call("GET", PARTY, headers={"Authorization": "Bearer stale"}).status_code == 401
    assert operator.call("POST", "/oauth2/token", data={**form, "client_secret": "wrong"}).status_code == 401
    assert operator.call("POST", "/oauth2/token", data={**form, "grant_type": "password"}).status_code == 400


@pytest.mark.parametrize("name", ["productCharacteristic.value", "relatedParty.id", "productRelationship.product.id"])
def test_what_the_database_filters_is_what_stands_in_the_resources(name: str) -> None:
    operator = Operator.of(services=3)
    whole = operator.products()
    words = {str(value) for each in whole for value in _values(each, name.split("."))}
    for word in (*words, f"{min(words)},{max(words)}", "nothing"):
        assert operator.products(**{name: word}) == [each for each in whole if matches(each, [(name, word)])]
