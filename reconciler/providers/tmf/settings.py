"""Where a TM Forum server is and how it wants to be spoken to; deployments differ, so all of it is configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from reconciler.bodies import LARGEST_ANSWER
from reconciler.errors import InvalidInput, Problem
from reconciler.providers.tmf.skipping import SkipRule

BASE_PATHS = MappingProxyType(
    {
        "catalogue": "/tmf-api/productCatalogManagement/v4",
        "ordering": "/tmf-api/productOrderingManagement/v4",
        "inventory": "/tmf-api/productInventory/v4",
        "party": "/tmf-api/party/v4",
        "agreement": "/tmf-api/agreementManagement/v4",
    }
)


@dataclass(frozen=True, slots=True)
class Auth:
    """OAuth2 client credentials; the secret is read from the environment and never shown."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class TmfSettings:
    """One server: `concurrency` requests at once, `attempts` to read a page.

    `timeout` is how many seconds may pass without a byte, `max_retry_after` how many are waited where the server asks
    to come back later; `largest_answer` is in bytes, decompressed.
    """

    url: str
    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_paths: Mapping[str, str] = field(default_factory=lambda: BASE_PATHS)
    items_key: str = "productOrderItem"
    timeout: float = 30.0
    page_size: int = 1000
    concurrency: int = 8
    attempts: int = 4
    max_retry_after: float = 300.0
    largest_answer: int = LARGEST_ANSWER
    #: Products that are left out.
    skip: tuple[SkipRule, ...] = ()
    #: How many users without an address are no surprise; None where all are known by the operator's id.
    without_address: int | None = 0

    def path(self, api: str, resource: str) -> str:
        """Return the path of `resource` in one of the APIs, as in `BASE_PATHS`."""
        return f"{self.base_paths[api]}/{resource}"


def tmf_settings(values: Mapping[str, object], environment: Mapping[str, str]) -> TmfSettings:
    """Return the settings that `provider:` gives; InvalidInput where a variable it names is not set.

    The shape of `values` was checked when the file was read. Headers whose value starts with `$` come from the
    environment, since an API key is a secret.
    """
    missing: list[str] = []

    def variable(name: str) -> str:
        if not environment.get(name):  # a CI sets what it has no secret for to nothing
            missing.append(name)
        return environment.get(name, "")

    url = str(values["url"]).rstrip("/")
    headers = {
        name: variable(value[1:]) if value.startswith("$") else value
        for name, value in _mapping(values.get("headers")).items()
    }
    auth = _auth(_mapping(values.get("auth")), url, variable) if values.get("auth") else None
    if missing:
        raise InvalidInput([Problem(f"environment variable {name} is not set", None, _HINT) for name in missing])
    items_key = "orderItem" if values.get("dialect") == "order-item" else "productOrderItem"
    numbers: dict[str, Any] = {name: kind(str(values[name])) for name, kind in _NUMBERS if values.get(name) is not None}
    numbers.update({name: max(1, numbers[name]) for name in _AT_LEAST_ONE if name in numbers})
    return TmfSettings(
        url=url,
        auth=auth,
        headers=headers,
        skip=skip_rules(values),
        without_address=expected_without_address(values),
        base_paths={**BASE_PATHS, **_mapping(values.get("base_paths"))},
        items_key=items_key,
        **numbers,
    )


def skip_rules(values: Mapping[str, object]) -> tuple[SkipRule, ...]:
    """Return the products to leave out."""
    rules = values.get("skip")
    named = [_mapping(rule) for rule in rules] if isinstance(rules, list | tuple) else []
    return tuple(
        SkipRule(rule.get("id"), rule.get("offering"), rule.get("status", "").lower() or None) for rule in named
    )


def expected_without_address(values: Mapping[str, object]) -> int | None:
    """Return how many users without an address are expected; None for `by-id`."""
    most = _mapping(values.get("users")).get("without_address", "0")
    return None if most == BY_ID else int(most)


#: Users without an address go by the operator's id.
BY_ID = "by-id"
_NUMBERS: tuple[tuple[str, type[float] | type[int]], ...] = (
    ("timeout", float),
    ("max_retry_after", float),
    ("page_size", int),
    ("concurrency", int),
    ("attempts", int),
)
_AT_LEAST_ONE = ("page_size", "concurrency", "attempts")
_HINT = "fleet.yaml names it under provider; secrets never stand in the file."


def _auth(auth: Mapping[str, str], url: str, variable: Any) -> Auth:
    return Auth(
        token_url=auth.get("token_url") or f"{url}/oauth2/token",
        client_id=variable(auth.get("client_id_env") or "FLEET_CLIENT_ID"),
        client_secret=variable(auth.get("client_secret_env") or "FLEET_CLIENT_SECRET"),
        scope=auth.get("scope"),
    )


def _mapping(value: object) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()} if isinstance(value, Mapping) else {}
