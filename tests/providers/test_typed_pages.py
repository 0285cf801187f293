"""Pages read the fast way say what they say to the patient reader: the same rows, or the same error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.providers.tmf import typed_pages, wire
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.paging import Listing, Rows, read_all
from reconciler.providers.tmf.settings import TmfSettings
from tests.harness import run

ZONE = ZoneInfo("Europe/Brussels")
CUSTOMER = "org-1"
#: What nobody expects anywhere, and servers send all the same.
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -7,
        1.50,
        2**70,
        "",
        " ",
        "é",
        "\u2028",
        "\ud800",
        [],
        {},
        [None],
        ["x"],
        {"id": None},
        [{}],
    ]
)
DAYS = ["2023-06-01T09:00:00.000Z", "2026-12-31T23:00:00Z", "2024-02-29T00:00:00+01:00", "2026-07-01", "", "yesterday"]


def seldom(odd: st.SearchStrategy[Any], plain: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return mostly what is plain, so that whole pages are."""
    return st.integers(0, 30).flatmap(lambda number: odd if number == 13 else plain)


def fields(**plain: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return an object with some of the fields, each seldom odd."""
    nothing: dict[str, st.SearchStrategy[Any]] = {}
    each = nothing | {name: seldom(ODD, strategy) for name, strategy in plain.items()}
    return seldom(st.fixed_dictionaries(nothing, optional=each), st.fixed_dictionaries(each))


def texts(*words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words)


def characteristics(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Return characteristics in any order, and sometimes twice."""
    one = st.sampled_from(sorted(values)).flatmap(
        lambda name: fields(name=st.just(name), valueType=texts("string"), value=values[name])
    )
    return st.lists(one, max_size=7, unique_by=_name) | seldom(st.lists(one), st.just([]))


def _name(characteristic: dict[str, Any]) -> str:
    return str(characteristic.get("name"))


REFERENCE = fields(id=texts("mobile-10", "roaming", "x"), name=texts("Mobile"))
PARTY = fields(id=texts("ind-1", CUSTOMER, "org-2"), role=texts("user", "customer", "payer"))
RELATION = fields(relationshipType=texts("reliesOn", "bundled"), product=REFERENCE)
HELD = characteristics(
    msisdn=texts("+32470000001", "0032470000002", " +32 470 00 00 03", "", "٣٢"),
    iccid=texts("8932000000000000014", " 8932000000000000022 ", ""),
    eid=texts("89032000000000000000000000000170", ""),
    simType=texts("eSIM", "physical", " ESIM", "none", ""),
    label=texts("phone", " tablet", ""),
    costCentre=texts("SALES", ""),
    dataLimit=ODD,
)


def products(nested: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return fields(
        id=st.integers(0, 5).map("prd-{}".format),
        href=texts("/product"),
        status=texts("active", "suspended", "terminated", "pendingActive", "aborted ", "ACTIVE"),
        productOffering=REFERENCE,
        productCharacteristic=HELD,
        relatedParty=st.lists(PARTY, max_size=3),
        startDate=texts(*DAYS[:-1]),
        terminationDate=texts(*DAYS[:-1]),
        productRelationship=st.just([]) | st.lists(RELATION, max_size=2),
        product=nested,
        other=ODD,
    )


PRODUCT = products(st.just([]) | st.lists(products(st.just([])), max_size=2))
MEDIUM = fields(
    mediumType=texts("email", "EMAIL", "phone"), characteristic=fields(emailAddress=texts("A@x.example", ""))
)
USER = fields(
    id=st.integers(0, 5).map("ind-{}".format),
    givenName=texts("An", "", " Zoë"),
    familyName=texts("Peeters", ""),
    contactMedium=st.lists(MEDIUM, max_size=2),
    partyCharacteristic=characteristics(costCentre=texts("SALES", " "), team=texts("Sales 1"), other=ODD),
)


@st.composite
def pages(draw: st.DrawFn, item: st.SearchStrategy[Any]) -> bytes:
    """Return a page as a server might send it, sometimes broken."""
    items = draw(st.lists(item, max_size=4))
    content = json.dumps(draw(seldom(ODD, st.just(items))), ensure_ascii=draw(st.booleans()))
    sent = content.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 12)) == 7:
        at = draw(st.integers(0, len(sent)))
        sent = sent[:at] + draw(st.sampled_from([b"", b"\xff", b'"', b"}", b"\x00", b"[", b"NaN"])) + sent[at + 1 :]
    return sent


def product(document: dict[str, Any]) -> Any:
    return wire.product_row(document, ZONE, customer=CUSTOMER) if wire.is_of(document, CUSTOMER) else None


def product_page(content: bytes) -> Any:
    return typed_pages.product_page(content, ZONE, CUSTOMER)


def said(
    content: bytes, convert: Callable[[dict[str, Any]], Any], page: Callable[[bytes], Rows[Any] | None] | None
) -> Any:
    """Return what is read of a page: its rows, or the error and its words."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"x-total-count", b"0"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def read() -> Listing[Any]:
        async with Client(TmfSettings("http://sandbox", attempts=1), app=app, writable=False) as client:
            return await read_all(
                client, "/list", params={}, convert=convert, typed=page, page_size=1000, concurrency=1
            )

    try:
        return repr(run(read()).rows)  # as text, since values of different types may be equal
    except Exception as error:
        return type(error), str(error)


@given(pages(PRODUCT))
@example(b'[{"id":"a","status":"active","productOffering":{"id":"x"},"other":"\xff"}]')
@example(b'[{"id":"a","id":7,"status":"active","productOffering":{"id":"x"}}]')
@example(
    b'[{"id":"a","status":"active","productOffering":{"id":"x"},"productCharacteristic":[{"name":"label","value":0}]}]'
)
@example(
    b'[{"id":"a","status":"active","productOffering":{"id":"x"},'
    b'"product":[{"id":"","status":"active","productOffering":{"id":"o"}}]}]'
)
def test_a_page_of_products_reads_the_same_either_way(content: bytes) -> None:
    assert said(content, product, product_page) == said(content, product, None)


@given(pages(USER))
@example(b'[{"id":"a","givenName":"\xc3"}]')
def test_a_page_of_users_reads_the_same_either_way(content: bytes) -> None:
    assert said(content, wire.live_user, typed_pages.user_page) == said(content, wire.live_user, None)


ORDINARY = {
    "id": "prd-1",
    "status": "active",
    "productOffering": {"id": "mobile-10"},
    "productCharacteristic": [{"name": "label", "value": "phone"}, {"name": "quota", "value": {"GB": 1.50}}],
    "relatedParty": [{"id": "ind-1", "role": "user"}],
    "startDate": "2023-06-01T09:00:00.000Z",
    "terminationDate": None,
}


def test_what_is_written_as_the_standard_has_it_is_read_the_fast_way() -> None:
    read = product_page(json.dumps([ORDINARY]).encode())
    assert read == (["prd-1"], [product(ORDINARY)])
    assert typed_pages.user_page(b'[{"id": "ind-1", "fullName": "An"}]') == (
        ["ind-1"],
        [wire.live_user({"id": "ind-1"})],
    )


@pytest.mark.parametrize("change", [{"id": 1}, {"status": "asleep"}, {"productOffering": None}, {"startDate": "soon"}])
def test_what_is_not_is_left_to_the_patient_reader(change: dict[str, Any]) -> None:
    assert product_page(json.dumps([ORDINARY | change]).encode()) is None
