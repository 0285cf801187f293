"""The address of a journal's database: as hosts hand it out, and never with its password in a message."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from reconciler.errors import JournalError

#: What hosts write, and what says the same with the driver that is installed.
_SPELLINGS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
_KNOWN = ("postgresql+psycopg", "sqlite")
_EXPECTED = "Expected one like postgresql://user:password@host:5432/database."
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+]{0,30}):/")
_SIGNS = "Write these signs of a password as %-codes: @ as %40, : as %3A, / as %2F, ? as %3F, # as %23."


def parse_address(url: str, named: str) -> URL:
    """Return the parts of a journal's URL, which `named` holds: an environment variable.

    Raises JournalError, which says what is wrong and shows nothing of the rest: a password may stand anywhere in it.
    """
    text = url.strip()
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise _refused(named, "is not a URL")
    driver = _SPELLINGS.get(scheme[1].lower(), scheme[1].lower())
    if driver not in _KNOWN:
        raise _refused(named, f"names a database of the kind '{scheme[1]}'")
    if driver != "sqlite" and text.count("@") > 1:
        raise JournalError(f"the journal's URL in {named} has more than one @", hint=_SIGNS)
    try:
        parsed = make_url(text).set(drivername=driver)
        port = urlsplit(text).port if driver != "sqlite" else None
    except (ArgumentError, ValueError):
        raise _refused(named, "has a port that is not a number from 1 to 65535, or is otherwise malformed") from None
    if port == 0:
        raise _refused(named, "has a port that is not a number from 1 to 65535")
    if driver != "sqlite" and not parsed.database:
        raise _refused(named, "names no database")
    return parsed


def _refused(named: str, what: str) -> JournalError:
    return JournalError(f"the journal's URL in {named} {what}", hint=_EXPECTED)


def shown(address: URL) -> str:
    """Return an address as messages name it: without user, password and parameters, which may hold one too."""
    if address.get_backend_name() == "sqlite":
        return address.database or ":memory:"
    port = f":{address.port}" if address.port else ""
    return f"postgresql://{address.host or 'localhost'}{port}/{address.database}"
