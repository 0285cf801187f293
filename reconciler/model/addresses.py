"""URLs of servers: the one form in which they are compared and shown, and which of them stay on this machine.

Two programs that read one URL differently would let it be checked as one server and called as another, so only the
plain form of RFC 3986 is accepted: `https://host[:port][/path]`, in ASCII, without a user, a query or a fragment.
"""

from __future__ import annotations

import ipaddress
import re

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*/?")
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535


def canonical_url(text: str) -> str | None:
    """Return a URL in its one form, None where it is none that is accepted.

    Scheme and host are in lower case, the scheme's own port and a slash at the end are left out.
    """
    found = _URL.fullmatch(text)
    if found is None or not is_path(found["path"]):
        return None
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if host.startswith("[") and _address(host) is None:
        return None
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port <= _LAST_PORT:
        return None
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{host}{shown}{found['path'].rstrip('/')}"


def is_path(text: str) -> bool:
    """Tell whether a text is a path on a server: absolute, with no step up, and never another server's name."""
    return _PATH.fullmatch(text) is not None and not {".", ".."} & {*text.lower().replace("%2e", ".").split("/")}


def sends_in_clear(url: str) -> bool:
    """Tell whether what is sent to a canonical URL can be read on its way: plain http, and not to this machine."""
    found = _URL.fullmatch(url)
    return found is not None and found["scheme"] == "http" and not _is_loopback(found["host"])


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
