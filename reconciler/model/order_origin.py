"""Where orders go, in words that can be shown, compared and signed: no secret, user name or query is among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from reconciler.model.config import FleetConfig

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Where the embedded operator lies unless fleet.yaml says otherwise.
SANDBOX_PATH = ".fleet/sandbox.db"


def connection_origin(config: FleetConfig) -> str:
    """Return where the orders of a fleet go: its provider's type, then the address or path of the connection.

    Like `tmf https://api.operator.example/base`, `sandbox .fleet/sandbox.db`, or `file` alone: there a person carries
    them out. Base paths that are configured follow by name, since an order can be led elsewhere by them too. Two
    spellings of one address give the same words.
    """
    settings = config.provider.settings
    if config.provider.type == "file":
        return "file"
    if config.provider.type == "sandbox":
        return f"sandbox {settings.get('path') or SANDBOX_PATH}"
    return " ".join([config.provider.type, *_addresses(settings)])


def without_secrets(address: str) -> str:
    """Return an address in its usual spelling, without user name, password, query and fragment.

    What has no scheme and host, as the path of a file, stays as it is.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port or a host that makes no sense reaches nobody; it must still not be shown whole
        return address.partition("://")[0] + "://" + address.rpartition("@")[2].partition("?")[0].partition("#")[0]
    if not parts.scheme or not host:
        return address
    host = f"[{host}]" if ":" in host else host
    shown_port = f":{port}" if port is not None and port != _DEFAULT_PORTS.get(parts.scheme) else ""
    return f"{parts.scheme}://{host}{shown_port}{parts.path.rstrip('/')}"


def _addresses(settings: Mapping[str, object]) -> Iterator[str]:
    """Yield the address of a connection, then every other setting that leads somewhere, by name."""
    if isinstance(settings.get("url"), str):
        yield without_secrets(str(settings["url"]))
    for name, value in _texts(settings):
        if name != "url" and (name.startswith("base_paths.") or "://" in value):
            yield f"{name}={without_secrets(value)}"


def _texts(settings: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of settings by their dotted names, in order; headers and credentials lead nowhere."""
    for name, value in sorted(settings.items()):
        if isinstance(value, Mapping) and name not in ("headers", "auth"):
            yield from _texts(value, f"{above}{name}.")
        elif isinstance(value, str):
            yield f"{above}{name}", value
