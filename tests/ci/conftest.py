"""A repository whose fleet is as declared, and the platform it is on."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.app import run
from tests.ci.repository import Repository, begin
from tests.publishing.platform import Platform, served
from tests.state import lose_journal

EXAMPLE = Path(__file__).parents[2] / "fleet-config"


@pytest.fixture(scope="session")
def server() -> Iterator[Platform]:
    """Return a platform that is served."""
    with served(Platform()) as platform:
        yield platform


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a repository and its clone, whose example fleet the operator has carried out."""
    folder = tmp_path_factory.mktemp("begun")
    example = folder / "example"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns(".fleet"))
    assert run(["-C", str(example), "apply", "--auto-approve", "--allow-removals", "3", "-q"]) == 0
    lose_journal(example)
    begin(folder, example)
    return folder


@pytest.fixture
def repository(
    begun: Path, server: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Repository]:
    """Return a repository whose fleet is as declared."""
    server.clear()
    handler = signal.getsignal(signal.SIGTERM)
    capsys.readouterr()
    for name in ("origin.git", "clone"):
        shutil.copytree(begun / name, tmp_path / name)
    yield Repository(tmp_path / "clone", server, capsys)
    signal.signal(signal.SIGTERM, handler)
