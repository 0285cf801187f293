"""What the tests of this folder share: a PostgreSQL server for journals, and a fleet with a frozen operator."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.postgres import Server, server


@pytest.fixture(scope="session", autouse=True)
def hearing() -> None:
    """Have processes that are started here hear Ctrl-C, which a job in the background ignores, and they with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run one server for all tests of this process."""
    with server() as running:
        yield running
