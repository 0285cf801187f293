"""Read a whole list, page by page, and know when it is not whole.

Servers cap pages silently, omit the total or count wrongly, repeat pages, and fail half-way. So a list is over at an
empty page, or at a short one where the server's total agrees; whatever speaks against completeness becomes a gap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from reconciler.errors import UnreadableAnswer
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.fields import identity_of

_Row = TypeVar("_Row")
_Taken = TypeVar("_Taken", contravariant=True)
#: The ids and the rows of a page, in its order; None for a row that is left out.
Rows: TypeAlias = tuple[list[str], list[_Row | None]]
MAX_PAGES = 20_000


class Keeping(Protocol[_Taken]):
    """Where the rows of a list go, page by page."""

    def extend(self, rows: Iterable[_Taken], /) -> None:
        """Take the rows of a page."""


@dataclass(slots=True)
class Listing(Generic[_Row]):
    """The rows of a list, what speaks against its completeness, and the server's time at the first page.

    There are no rows where they were given to somebody else, page by page.
    """

    rows: list[_Row] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    at: datetime | None = None
    #: How many the server counts, and how many there were, those that were left out among them.
    total: int | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class _Page(Generic[_Row]):
    """The ids and rows of a page, None for a row that is left out, and what its headers said."""

    offset: int
    ids: list[str]
    rows: list[_Row | None]
    total: int | None
    at: datetime | None


@dataclass(slots=True)
class _Pages(Generic[_Row]):
    """One list being read; raw pages are turned into rows at once and dropped."""

    client: Client
    path: str
    params: Mapping[str, str | int]
    convert: Callable[[dict[str, Any]], _Row | None]
    typed: Callable[[bytes], Rows[_Row] | None] | None
    listing: Listing[_Row]
    into: Keeping[_Row]
    seen: set[str] = field(default_factory=set)
    total: int | None = None
    ended_short: int | None = None
    empty: int = 0

    async def fetch(self, offset: int, limit: int) -> _Page[_Row]:
        """Read one page, at once made into rows: several decoded pages would outweigh everything else held."""
        reply = await self.client.read(self.path, {**self.params, "offset": offset, "limit": limit})
        read = self.typed(reply.content) if self.typed is not None else None
        ids, rows = read or self._converted(reply.body(self.path), offset)
        return _Page(offset, ids, rows, reply.total, reply.at)

    def _converted(self, items: object, offset: int) -> Rows[_Row]:
        if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
            found = type(items).__name__ if not isinstance(items, list) else "a list of something else"
            raise UnreadableAnswer(f"{self.path} answered {found} at offset {offset}; expected a list of resources")
        if len({type(item["id"]) for item in items}) > 1:
            raise UnreadableAnswer(f"{self.path} has ids that are texts and ids that are not, at offset {offset}")
        return [identity_of(item, self.path) for item in items], list(map(self.convert, items))

    def take(self, page: _Page[_Row]) -> tuple[int, int]:
        """Keep the rows of a page; return how many items it had and how many were new."""
        if page.rows and self.ended_short is not None:
            self.listing.gaps.append(
                f"{self.path}: the page at offset {self.ended_short} was short, though more follow it"
            )
            self.ended_short = None
        if page.rows:
            self.client.told.page(self._found(page))
        rows = page.rows
        if not self.seen.isdisjoint(page.ids) or len(set(page.ids)) != len(page.ids):
            first = {identity: row for identity, row in zip(reversed(page.ids), reversed(rows), strict=True)}
            rows = [row for identity, row in reversed(first.items()) if identity not in self.seen]
        self.seen.update(page.ids)
        self.into.extend([row for row in rows if row is not None])
        return len(page.rows), len(rows)

    def _found(self, page: _Page[_Row]) -> int | None:
        """Return how many pages came to light by a page: with the first all of the list, where the server counts."""
        if self.seen:
            return 0
        return None if page.total is None else max(1, -(-page.total // len(page.rows)))


async def read_all(
    client: Client,
    path: str,
    *,
    params: Mapping[str, str | int],
    convert: Callable[[dict[str, Any]], _Row | None],
    typed: Callable[[bytes], Rows[_Row] | None] | None = None,
    into: Keeping[_Row] | None = None,
    page_size: int,
    concurrency: int,
    trust_total: bool = True,
) -> Listing[_Row]:
    """Return all rows of a list, or give them to `into`; `convert` makes one of a resource, or None to leave it out.

    `typed` reads a whole page the same and faster; None from it for one that has to be converted. Raises what the
    client raises. `trust_total` is off for filtered lists, whose total some servers do not filter.
    """
    listing: Listing[_Row] = Listing()
    pages = _Pages(client, path, params, convert, typed, listing, listing.rows if into is None else into)
    first = await pages.fetch(0, page_size)
    pages.listing.at, pages.listing.total = first.at, first.total
    pages.total = first.total if trust_total else None
    size, _ = pages.take(first)
    if not _is_over(pages, size, page_size):
        await _read_on(pages, size, page_size, concurrency)
    pages.listing.seen = len(pages.seen)
    missing = (pages.total or 0) - len(pages.seen)
    if missing > 0:
        pages.listing.gaps.append(f"{path}: the operator counts {pages.total}, {len(pages.seen)} were read")
    return pages.listing


async def _read_on(pages: _Pages[_Row], size: int, page_size: int, concurrency: int) -> None:
    """Read on until a page says that the list is over, and take the pages that were asked for ahead of it.

    While a page is made into rows the next ones are on their way.
    """
    window: deque[asyncio.Task[_Page[_Row]]] = deque()
    offset, over = size, False
    try:
        while window or not over:
            while not over and len(window) < _ahead(pages, offset, concurrency) and offset < size * MAX_PAGES:
                window.append(asyncio.ensure_future(pages.fetch(offset, page_size)))
                offset += size
            if not window:
                raise UnreadableAnswer(f"{pages.path} has no end: {MAX_PAGES} pages were read")
            page = await window.popleft()
            count, new = pages.take(page)
            if count and not new:
                pages.listing.gaps.append(f"{pages.path}: the page at offset {page.offset} repeats earlier ones")
                return
            if count < size:
                pages.ended_short = page.offset
            over = over or _is_over(pages, count, size)
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


def _ahead(pages: _Pages[_Row], offset: int, concurrency: int) -> int:
    """Return how many pages are to be under way at once: two where by the server's count nothing is left.

    One page after the last is always looked at, since the count may be wrong; where it is, it counts no more.
    """
    if pages.total is None or offset < pages.total or len(pages.seen) > pages.total:
        return max(concurrency, 1)
    return min(max(concurrency, 1), 2)


def _is_over(pages: _Pages[_Row], count: int, size: int) -> bool:
    """Tell whether a page of `count` items was the last one; without a total, two empty ones have to say so."""
    if count == 0:
        pages.empty += 1
        return pages.empty > 1 or pages.total is not None or not pages.seen
    return count < size and pages.total is not None and len(pages.seen) >= pages.total
