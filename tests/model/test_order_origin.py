"""Where orders go, in words: the same for two spellings of one address, and never a secret among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.config import FleetConfig, ProviderConfig
from reconciler.model.order_origin import SANDBOX_PATH, connection_origin, without_secrets
from reconciler.settings import SANDBOX_FILE


def origin(type_: str, **settings: object) -> str:
    """Return where the orders of a connection go."""
    return connection_origin(FleetConfig("acme", ProviderConfig(type_, settings)))


def test_the_embedded_operator_lies_where_it_is_said_to() -> None:
    assert SANDBOX_FILE == SANDBOX_PATH


def test_each_kind_of_connection_says_where_its_orders_go() -> None:
    assert origin("sandbox") == "sandbox .fleet/sandbox.db"
    assert origin("sandbox", path="other.db") == "sandbox other.db"
    assert origin("file", catalogue="catalogue.yaml", exports={"services": {"file": "*.csv"}}) == "file"
    assert origin("tmf", url="https://api.operator.example/base/") == "tmf https://api.operator.example/base"
    assert origin("acme", endpoint="https://a.example/x", size=3) == "acme endpoint=https://a.example/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://API.operator.example/base",
        "HTTPS://api.operator.example:443/base/",
        "https://user:secret@api.operator.example/base",
        "https://api.operator.example/base?key=secret",
        "https://api.operator.example/base#secret",
    ],
)
def test_two_spellings_of_an_address_are_one(url: str) -> None:
    assert origin("tmf", url=url) == "tmf https://api.operator.example/base"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.operator.example/base",
        "https://api.operator.example:8443/base",
        "https://api.operator.example.evil.example/base",
        "https://api.operator.example@evil.example/base",
        "https://api.operator.example/Base",
        "https://api.operator.example/other",
    ],
)
def test_another_scheme_host_port_or_path_is_another_origin(url: str) -> None:
    assert origin("tmf", url=url) != "tmf https://api.operator.example/base"


def test_a_path_or_a_proxy_that_leads_elsewhere_is_said_too_and_headers_and_credentials_are_not() -> None:
    base = "https://api.operator.example"
    plain = origin("tmf", url=base, headers={"x": "https://h.example"}, auth={"token_url": "https://t.example"})
    assert plain == f"tmf {base}"
    led = origin("tmf", url=base, base_paths={"ordering": "https://evil.example/o", "party": "/p"})
    assert led == f"tmf {base} base_paths.ordering=https://evil.example/o base_paths.party=/p"
    assert (
        origin("tmf", url=base, proxy="http://u:p@proxy.example:3128") == f"tmf {base} proxy=http://proxy.example:3128"
    )


@pytest.mark.parametrize("port", ["x", "99999999", "-1", "8443secret"])
def test_a_port_that_makes_no_sense_is_shown_and_no_problem_of_our_own(port: str) -> None:
    found = without_secrets(f"https://user:secret@host.example:{port}/a?key=secret")
    assert found == f"https://host.example:{port}/a"


@given(st.text(), st.sampled_from(["", "https://", "http://u:p@", "tmf://[", "https://h:1/"]))
def test_whatever_is_written_is_no_problem_of_our_own(text: str, before: str) -> None:
    once = without_secrets(before + text)
    assert isinstance(once, str)


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[A-Za-z0-9]{12}", fullmatch=True))
def test_no_secret_survives(host: str, secret: str) -> None:
    url = f"https://me:{secret}@{host}.example/p?token={secret}#{secret}"
    assert origin("tmf", url=url) == f"tmf https://{host}.example/p"
