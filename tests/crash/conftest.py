"""The databases a journal may be in: a file, and a PostgreSQL server shared by the tests of one process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run one server for all tests of this process."""
    with server() as running:
        yield running
