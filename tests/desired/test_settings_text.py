"""`fleet.yaml` is written so that it is read, and added to only where nothing else of it changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.declared import Dated, Profile
from reconciler.desired.load import load, read_config
from reconciler.desired.settings_text import Settings, settings_text, with_profiles_added, with_provider
from reconciler.errors import EditRefused, InvalidInput
from tests.desired.files import SETTINGS, write

PROFILES = {"traveller": Profile(Dated("mobile-max"), (Dated("roaming-world"),))}
AUTH = {"client_id_env": "FLEET_CLIENT_ID", "client_secret_env": "FLEET_CLIENT_SECRET"}


def test_a_fresh_file_says_how_the_operator_is_reached(tmp_path: Path) -> None:
    provider = {"type": "tmf", "url": "https://api.operator.example", "auth": AUTH}
    text = settings_text(Settings("Brouwerij: #1", provider, "0123"), PROFILES, schema="../schemas/fleet.schema.json")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../schemas/fleet.schema.json"
    found = load(write(tmp_path, fleet=text))
    assert (found.config.organisation, found.config.contract, found.config.currency) == ("Brouwerij: #1", "0123", "EUR")
    assert found.config.provider.type == "tmf"
    assert found.config.provider.settings["auth"] == AUTH
    assert found.profiles == PROFILES


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_config(settings_text(Settings("x", {"type": "tmf", "url": "api.operator.example"}), {}, schema="s"))


@pytest.mark.parametrize(
    "text",
    [
        SETTINGS,
        SETTINGS.rstrip(),
        SETTINGS + "# the end\n",
        SETTINGS.replace("\n", "\r\n"),
        SETTINGS + "\n\n",
        "\ufeff" + SETTINGS,
    ],
)
def test_profiles_are_added_at_the_end_and_nothing_else_changes(text: str, tmp_path: Path) -> None:
    added = with_profiles_added(text, PROFILES)
    assert added is not None
    assert added.startswith(text)
    write(tmp_path)
    (tmp_path / "fleet.yaml").write_bytes(added.encode())
    assert load(tmp_path).profiles == PROFILES
    assert added.count("\r\n") in (0, added.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        SETTINGS + "profiles: {}\n",
        SETTINGS + "profiles:\n  # none yet\n",
        "{version: 1, organisation: x, provider: {type: sandbox}}\n",
        SETTINGS + "...\n",
        SETTINGS + "contract:\n  contact: |+\n    Els\n\n",
        "not: [valid\n",
        "",
    ],
)
def test_a_file_that_cannot_be_added_to_like_that_is_left_alone(text: str) -> None:
    assert with_profiles_added(text, PROFILES) is None


WRITTEN = """\
version: 1  # ours
provider:
  type: file
  insecure: true   # for now
  count: 5
  zero: 007
  exports:  # all of them
    # who works here
    users:
      file: a.csv   # every Monday
      columns: {user: Mail, # the key
        name: Naam}
# who is who
ownership: organisation
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_provider_is_written_with_comments_types_and_line_ends_kept(newline: str, mark: str) -> None:
    added = {"file": "b.csv", "columns": {"number": "Nr: 5", "from": "Van"}, "values": {"state": {"no": "active"}}}

    def settings(old: Mapping[str, Any]) -> dict[str, Any]:
        return {**old, "exports": {**old["exports"], "services": added}}

    new = [
        "    services:", "      file: b.csv", "      columns:", '        number: "Nr: 5"', "        from: Van",
        "      values:", "        state:", '          "no": active',
    ]  # fmt: skip
    before, after = WRITTEN.split("# who is who")
    expected = before + "".join(f"{line}\n" for line in new) + "# who is who" + after
    text = mark + WRITTEN.replace("\n", newline)
    assert with_provider(text, settings) == mark + expected.replace("\n", newline)


def test_another_provider_keeps_the_note_behind_the_brackets_it_had() -> None:
    text = "provider: {type: sandbox}  # soon gone\r\nversion: 1"
    written = with_provider(text, lambda _: {"type": "file", "strict": False, "limit": 5})
    assert written == "provider:  # soon gone\r\n  type: file\r\n  strict: false\r\n  limit: 5\r\nversion: 1"


def test_a_provider_that_is_shared_by_an_alias_is_not_written() -> None:
    text = "x: &p {type: file}\nprovider: *p\n"
    with pytest.raises(EditRefused, match=r"fleet\.yaml:2:11: this is an alias"):
        with_provider(text, lambda _: {"type": "file", "a": 1})
