"""What the tests of this folder share: a PostgreSQL server for journals, and an operator that can be told to fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.faulty import Rig, rig
from tests.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run one server for all tests of this process."""
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Serve one operator for all tests of this process."""
    with rig(tmp_path_factory.mktemp("faults")) as serving:
        yield serving


@pytest.fixture
def one(operator: Rig) -> Rig:
    """Return the company as it was at first, at an operator without faults."""
    operator.start_afresh()
    return operator
