"""Which URLs and variables a file may name, and in which form they are compared."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.addresses import canonical_url, is_path, sends_in_clear
from reconciler.model.variables import SENT, VariableUse, may_name, new_name


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://API.Operator.example:443/", "https://api.operator.example"),
        ("HTTP://127.0.0.1:80/base/", "http://127.0.0.1/base"),
        ("https://[::1]:8443/a/B", "https://[::1]:8443/a/B"),
        ("https://operator.example", "https://operator.example"),
    ],
)
def test_a_url_has_one_form(text: str, url: str) -> None:
    assert canonical_url(text) == url
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "ftp://operator.example", "operator.example", "https://", "https:///path", "http:/operator.example",
        "https://user:password@operator.example", "https://operator.example@evil.example",
        "https://operator.example\\@evil.example", "https://operator.example?x=1", "https://operator.example/#evil",
        "https://operator.example:0", "https://operator.example:65536", "https://operator.example:port",
        "https://operator.example:１", "https://operátor.example", "https://operator.example/a b", "https://a/\n",
        "https://a\t.example", " https://a.example", "https://a/../b", "https://a/%2e%2E/b", "https://[::g]", "https://[:::]",
        "https://-a.example", "https://a.example.", "$FLEET_CLIENT_ID",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_url(text: str) -> None:
    assert canonical_url(text) is None


@given(st.from_regex(r"https?://[a-zA-Z0-9.\[\]:@/\\?#%_-]{1,30}", fullmatch=True))
def test_a_client_calls_the_very_server_that_was_compared(text: str) -> None:
    url = canonical_url(text)
    if url is None:
        return
    called = httpx.URL(text)
    scheme, rest = url.split("://")
    host = rest.partition("/")[0]
    assert (called.scheme, called.userinfo, called.query) == (scheme, b"", b"")
    assert called.netloc.decode().lower() == host


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("https://operator.example", False),
        ("http://operator.example", True),
        ("http://127.0.0.1:8620", False),
        ("http://127.8.9.1", False),
        ("http://localhost/x", False),
        ("http://[::1]", False),
        ("http://localhost.evil.example", True),
        ("http://127.0.0.1.evil.example", True),
        ("http://0.0.0.0", True),
        ("http://10.0.0.1", True),
    ],
)
def test_only_this_machine_is_spoken_to_in_clear(url: str, clear: bool) -> None:
    assert sends_in_clear(url) == clear


@pytest.mark.parametrize(
    ("text", "expected"),
    [("/tmf-api/party/v4", True), ("", True), ("/", True), ("//evil.example/x", False), ("https://evil.example", False),
     ("/a/../../b", False), ("/a/%2E%2e/b", False), ("a/b", False), ("/a?b", False), ("/a\nb", False),
     ("/\\evil", False)],
)  # fmt: skip
def test_a_path_names_no_other_server(text: str, expected: bool) -> None:
    assert is_path(text) == expected


@pytest.mark.parametrize(
    "name",
    ["FLEET_JOURNAL_URL", "GITHUB_TOKEN", "CI_JOB_TOKEN", "GITLAB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "FLEET_GITLAB_TOKEN",
     "FLEET_STATE_DIR", "AWS_SECRET_ACCESS_KEY", "HOME", "", "FLEET_CLIENT_", "FLEET_CLIENT_id", "FLEET_CLIENT_A B",
     "fleet_client_id", "XFLEET_CLIENT_ID", "FLEET_CLIENT_ID\n", "FLEET_CLIENT_É"],
)  # fmt: skip
def test_what_was_not_made_for_it_is_not_sent(name: str) -> None:
    assert not may_name(name, SENT)
    assert name == "FLEET_JOURNAL_URL" or not may_name(name, (VariableUse.JOURNAL,))


@pytest.mark.parametrize(
    ("name", "use", "new"),
    [
        ("API_KEY", VariableUse.HEADER, "FLEET_HEADER_API_KEY"),
        ("CLIENT_SECRET", VariableUse.CLIENT, "FLEET_CLIENT_SECRET"),
        ("tmf-id", VariableUse.CLIENT, "FLEET_CLIENT_TMF_ID"),
        ("DATABASE_URL", VariableUse.JOURNAL, "FLEET_JOURNAL_DATABASE_URL"),
        ("GITHUB_TOKEN", VariableUse.HEADER, None),
        ("FLEET_GITLAB_TOKEN", VariableUse.HEADER, None),
        ("CI", VariableUse.HEADER, None),
        ("…", VariableUse.HEADER, None),
    ],
)
def test_an_old_name_has_a_new_one_and_another_s_has_none(name: str, use: VariableUse, new: str | None) -> None:
    assert new_name(name, use) == new
    assert new is None or may_name(new, (use,))
