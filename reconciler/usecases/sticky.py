"""One comment and one issue of our own, brought up to date in place.

They are found by their marker and by their author: anybody can write a marker. That something could not be posted is a
warning, never the result of a run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from reconciler.errors import PublishingError
from reconciler.ports import Publisher
from reconciler.reports.markdown import marker
from reconciler.reports.markdown.marker import Marker, Topic
from reconciler.reports.markdown.reports import closed
from reconciler.usecases.telling import Telling

_LABEL = "fleet-drift"


class _Written(Protocol):
    @property
    def body(self) -> str: ...

    @property
    def is_own(self) -> bool: ...


_Found = TypeVar("_Found", bound=_Written)


def own(written: Iterable[_Found], topic: Topic, scope: str) -> tuple[_Found, Marker] | None:
    """Return the first of `written` that is our own about `topic`, with its marker."""
    for each in written:
        found = marker.parse(each.body) if each.is_own else None
        if found is not None and (found.topic, found.scope) == (topic, scope):
            return each, found
    return None


async def comment(
    telling: Telling, pull_request: int | None, topic: Topic, body: str, *, keep: bool = False
) -> tuple[str, ...]:
    """Put the comment about `topic` on a pull request, and return warnings; one to `keep` stays where there is one."""

    async def work(publisher: Publisher, number: int) -> None:
        there = own(await publisher.comments(number), topic, telling.scope)
        if there is None:
            await publisher.add_comment(number, body)
        elif not keep and not _same(there[0].body, body):
            await publisher.edit_comment(number, there[0].id, body)

    if pull_request is None:
        return ()
    return await _published(telling, lambda publisher: work(publisher, pull_request), "the comment was not posted")


async def close(telling: Telling, pull_request: int | None) -> tuple[str, ...]:
    """Say of the comment with the plan that its pull request is closed, and return warnings."""

    async def work(publisher: Publisher, number: int) -> None:
        there = own(await publisher.comments(number), Topic.PLAN, telling.scope)
        if there is not None and not there[1].closed:
            await publisher.edit_comment(number, there[0].id, closed(there[0].body))

    if pull_request is None:
        return ()
    return await _published(telling, lambda publisher: work(publisher, pull_request), "the comment was not closed")


async def drift(telling: Telling, title: str, body: str) -> tuple[str, ...]:
    """Open the issue about drift, or bring it up to date, and return warnings."""

    async def work(publisher: Publisher) -> None:
        there = own(await publisher.issues(), Topic.DRIFT, telling.scope)
        if there is None:
            await publisher.add_issue(title, body, label=_LABEL)
        elif there[0].title != title or not _same(there[0].body, body):
            await publisher.edit_issue(there[0].number, title, body)

    return await _published(telling, work, "the issue was not opened")


async def no_drift(telling: Telling, comment: str) -> tuple[str, ...]:
    """Close the issue about drift, if there is one, and return warnings."""

    async def work(publisher: Publisher) -> None:
        there = own(await publisher.issues(), Topic.DRIFT, telling.scope)
        if there is not None:
            await publisher.close_issue(there[0].number, comment)

    return await _published(telling, work, "the issue was not closed")


async def _published(telling: Telling, work: Callable[[Publisher], Awaitable[None]], failure: str) -> tuple[str, ...]:
    publishing = telling.pipeline.publishing
    if publishing is None or not telling.publish:
        return ()
    try:
        async with publishing() as publisher:
            await work(publisher)
    except PublishingError as error:
        return (f"{failure}: {error}" + (f" {error.hint}" if error.hint else ""),)
    return ()


def _same(there: str, body: str) -> bool:
    """Tell whether a body says the same; a platform may end its lines otherwise."""
    return there.replace("\r\n", "\n").strip() == body.strip()
