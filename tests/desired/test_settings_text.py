"""`fleet.yaml` is written so that it is read, and added to only where nothing else of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.declared import Dated, Profile
from reconciler.desired.load import load, read_config
from reconciler.desired.settings_text import Settings, settings_text, with_profiles_added
from reconciler.errors import InvalidInput
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
