"""How a TM Forum server is reached, from `fleet.yaml` and the environment."""

from __future__ import annotations

import pytest

from reconciler.errors import InvalidInput
from reconciler.providers.tmf.settings import tmf_settings


def test_a_secret_that_a_ci_leaves_empty_is_missing() -> None:
    values = {"url": "https://api.operator.example/", "auth": {"client_id_env": "ID", "client_secret_env": "SECRET"}}
    with pytest.raises(InvalidInput) as raised:
        tmf_settings(values, {"ID": "", "SECRET": "s"})
    assert [problem.message for problem in raised.value.problems] == ["environment variable ID is not set"]
    read = tmf_settings(values, {"ID": "us", "SECRET": "s"})
    assert read.auth is not None
    assert (read.auth.client_id, read.auth.token_url) == ("us", "https://api.operator.example/oauth2/token")
