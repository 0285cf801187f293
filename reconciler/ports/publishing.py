"""The platform of the pull requests, and the CI job that runs this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconciler.model.platform import Comment, Issue, Platform


class Publisher(Protocol):
    """Reads and writes what people see of a pull request; PublishingError where the platform refuses or is away."""

    async def pull_request_of(self, commit: str) -> int | None:
        """Return the number of the merged pull request that brought `commit`, None where none did."""

    async def comments(self, pull_request: int) -> Sequence[Comment]:
        """Return the comments on a pull request, oldest first."""

    async def add_comment(self, pull_request: int, body: str) -> None:
        """Comment on a pull request."""

    async def edit_comment(self, pull_request: int, comment: str, body: str) -> None:
        """Replace the body of an own comment."""

    async def issues(self) -> Sequence[Issue]:
        """Return the open issues, oldest first."""

    async def add_issue(self, title: str, body: str, *, label: str) -> int:
        """Open an issue and return its number."""

    async def edit_issue(self, number: int, title: str, body: str) -> None:
        """Replace the title and the body of an issue."""

    async def close_issue(self, number: int, comment: str) -> None:
        """Close an issue with a last comment."""

    async def artefact(self, run: str, file: str) -> bytes:
        """Return a file of the artefact that a job left: `run` is its address."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The CI job that runs this, as its environment describes it; outside CI nearly nothing of it is known.

    `commit` is the one under review, or the one that a merge brought, `base` what it is based on. A fork's job is given
    no token and publishes nothing. `outputs` and `summary` are the files in which the platform takes what later steps
    read and what people see.
    """

    platform: Platform = Platform.NONE
    commit: str | None = None
    base: str | None = None
    pull_request: int | None = None
    is_fork: bool = False
    is_closed: bool = False
    is_merged: bool = False
    run_url: str | None = None
    artefact_url: str | None = None
    outputs: Path | None = None
    summary: Path | None = None
    publishing: Callable[[], AbstractAsyncContextManager[Publisher]] | None = None
