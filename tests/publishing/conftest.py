"""A platform that is served, and the two adapters to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.ports import Pipeline, Publisher
from reconciler.publishing.environment import pipeline_of
from tests.publishing import jobs
from tests.publishing.platform import Platform, served

_Result = TypeVar("_Result")


@pytest.fixture(scope="session")
def server() -> Iterator[Platform]:
    """Return a platform that is served."""
    with served(Platform()) as platform:
        yield platform


@pytest.fixture
def platform(server: Platform) -> Platform:
    """Return the platform with nothing on it."""
    server.clear()
    return server


class Connection:
    """Calls a publisher, each time over a connection of its own."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def call(self, work: Callable[[Publisher], Awaitable[_Result]]) -> _Result:
        """Return what `work` does with the publisher."""
        assert self.pipeline.publishing is not None
        publishing = self.pipeline.publishing

        async def connected() -> _Result:
            async with publishing() as publisher:
                return await work(publisher)

        return asyncio.run(connected())


def on_github(platform: Platform, folder: Path, **more: str) -> Connection:
    """Return a connection to GitHub."""
    event: dict[str, Any] = jobs.pull_request("a" * 40)
    return Connection(pipeline_of(jobs.github(event, folder=folder, name="pull_request", url=platform.url, **more)))


def on_gitlab(platform: Platform, folder: Path, **more: str) -> Connection:
    """Return a connection to GitLab."""
    return Connection(pipeline_of(jobs.gitlab(url=platform.url, number=12, **more)))


@pytest.fixture(params=[on_github, on_gitlab], ids=["GitHub", "GitLab"])
def connection(request: pytest.FixtureRequest, platform: Platform, tmp_path: Path) -> Connection:
    """Return a connection to either platform."""
    connected: Connection = request.param(platform, tmp_path)
    return connected
