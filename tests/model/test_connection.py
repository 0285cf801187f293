"""What a connection is: everything that decides where something goes, and no secret."""

from __future__ import annotations

import pytest

from reconciler.desired.load import read_config
from reconciler.model.connection import connection_of, differences, place_name

HEAD = "version: 1\norganisation: Acme & Zonen\n"
AT = "{type: tmf, url: 'https://api.example'"
PLAIN = f"{AT}}}"


def facts(provider: str, more: str = "", head: str = HEAD) -> dict[str, str]:
    """Return the facts of a connection."""
    return dict(connection_of(read_config(f"{head}provider: {provider}\n{more}")).facts)


@pytest.mark.parametrize(
    ("provider", "change"),
    [
        ("{type: sandbox}", "provider.type: 'tmf' -> 'sandbox'"),
        ("{type: tmf, url: 'https://evil.example'}", "provider.url: 'https://api.example' -> 'https://evil.example'"),
        ("{type: tmf, url: 'https://api.example/x'}", "-> 'https://api.example/x'"),
        (f"{AT}, auth: {{scope: x}}}}", "auth.client_id_env: not set -> 'FLEET_CLIENT_ID'"),
        (f"{AT}, headers: {{x: $FLEET_HEADER_X}}}}", "headers.x: not set -> '$FLEET_HEADER_X'"),
        (f"{AT}, headers: {{x: written}}}}", "headers.x: not set -> 'sha256:"),
        (f"{AT}, base_paths: {{party: /p}}}}", "base_paths.party: not set -> '/p'"),
        (f"{AT}, insecure: true}}", "insecure: not set -> 'True'"),
    ],
)
def test_whatever_decides_where_something_goes_is_part_of_it(provider: str, change: str) -> None:
    assert change in "\n".join(differences(facts(PLAIN), facts(provider)))


@pytest.mark.parametrize(
    "provider",
    [
        "{type: tmf, url: 'HTTPS://API.example:443/'}",
        "{type: tmf, url: 'https://api.example', timeout: 3, page_size: 5, attempts: 1, rate_limit: 2}",
        "{type: tmf, url: 'https://api.example', insecure: false, headers: {}}",
    ],
)
def test_how_it_is_written_and_how_often_it_is_asked_is_not(provider: str) -> None:
    assert facts(provider) == facts(PLAIN)


def test_what_is_left_out_is_what_is_said() -> None:
    names = "client_id_env: FLEET_CLIENT_ID, client_secret_env: FLEET_CLIENT_SECRET"
    url = "url: 'https://a.example'"
    written = facts(f"{{type: tmf, {url}, auth: {{token_url: 'https://A.example/oauth2/token', {names}, scope: s}}}}")
    assert written == facts(f"{{type: tmf, {url}, auth: {{scope: s}}}}")


def test_a_token_server_elsewhere_is_an_origin_too() -> None:
    text = f"{HEAD}provider: {{type: tmf, url: 'https://a.example', auth: {{token_url: 'https://b.example/t'}}}}\n"
    assert connection_of(read_config(text)).origins == ("https://a.example", "https://b.example/t")


def test_the_journal_is_part_of_it_and_how_long_it_is_waited_for_is_not_remembered() -> None:
    config = read_config(f"{HEAD}provider: {PLAIN}\njournal: {{url_env: FLEET_JOURNAL_URL, patience: 0}}\n")
    connection = connection_of(config)
    assert dict(connection.facts)["journal.patience"] == "0"
    assert connection.remembered["journal.url_env"] == "FLEET_JOURNAL_URL"
    assert "journal.patience" not in connection.remembered


def test_no_value_of_a_header_is_kept() -> None:
    assert "written" not in str(facts("{type: tmf, url: 'https://a.example', headers: {x: written}}"))


def test_journals_are_apart_by_organisation_provider_and_origin_and_those_of_copies_by_their_folder() -> None:
    def name(provider: str, folder: str = "/home/an/fleet", head: str = HEAD) -> str:
        return place_name(read_config(f"{head}provider: {provider}\n"), folder)

    other = HEAD.replace("Acme", "Else")
    assert name(PLAIN).startswith("acme-zonen-tmf-")
    assert name(PLAIN) == name(PLAIN, "/another/checkout")
    assert name("{type: sandbox}") != name("{type: sandbox}", "/another/checkout")
    names = [name(PLAIN), name(PLAIN, head=other), name("{type: sandbox}"), name("{type: mine}")]
    names += [
        name("{type: tmf, url: 'https://api.example/b'}"),
        name("{type: tmf, url: 'http://api.example'}"),
    ]
    assert len(set(names)) == len(names)
