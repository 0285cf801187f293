"""What the tests of this folder share: a PostgreSQL server for journals, and a fleet with a frozen operator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run one server for all tests of this process."""
    with server() as running:
        yield running
