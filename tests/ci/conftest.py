"""A repository whose fleet is as declared, and the platform it is on."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.app import run
from tests.ci.repository import Repository, new
from tests.publishing.platform import Platform, served

EXAMPLE = Path(__file__).parents[2] / "fleet-config"


@pytest.fixture(scope="session")
def server() -> Iterator[Platform]:
    """Return a platform that is served."""
    with served(Platform()) as platform:
        yield platform


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example fleet with an operator who has carried it out."""
    folder = tmp_path_factory.mktemp("applied") / "fleet-config"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    assert run(["-C", str(folder), "apply", "--auto-approve", "--allow-removals", "3", "-q"]) == 0
    (folder / ".fleet/journal.db").unlink()
    return folder


@pytest.fixture
def repository(
    applied: Path, server: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Repository]:
    """Return a repository whose fleet is as declared."""
    server.clear()
    handler = signal.getsignal(signal.SIGTERM)
    capsys.readouterr()
    yield new(tmp_path, applied, server, capsys)
    signal.signal(signal.SIGTERM, handler)
