"""Read a whole list, page by page, and know when it is not whole.

Servers cap pages silently, omit the total or count wrongly, repeat pages, and fail half-way. So a list is over at an
empty page, or at a short one where the server's total agrees; whatever speaks against completeness becomes a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from reconciler.errors import UnreadableAnswer
from reconciler.providers.tmf.client import Client

_Row = TypeVar("_Row")
MAX_PAGES = 20_000


@dataclass(slots=True)
class Listing(Generic[_Row]):
    """The rows of a list, what speaks against its completeness, and the server's time at the first page."""

    rows: list[_Row] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Page(Generic[_Row]):
    """The rows of a page by id, None for those left out, and what its headers said."""

    offset: int
    rows: list[tuple[str, _Row | None]]
    total: int | None
    at: datetime | None


@dataclass(slots=True)
class _Pages(Generic[_Row]):
    """One list being read; raw pages are turned into rows at once and dropped."""

    client: Client
    path: str
    params: Mapping[str, str | int]
    convert: Callable[[dict[str, Any]], _Row | None]
    listing: Listing[_Row]
    seen: set[str] = field(default_factory=set)
    total: int | None = None
    ended_short: int | None = None
    empty: int = 0

    async def fetch(self, offset: int, limit: int) -> _Page[_Row]:
        """Read one page, at once made into rows: several decoded pages would outweigh everything else held."""
        answer = await self.client.get(self.path, {**self.params, "offset": offset, "limit": limit})
        items = answer.body
        if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
            found = type(items).__name__ if not isinstance(items, list) else "a list of something else"
            raise UnreadableAnswer(f"{self.path} answered {found} at offset {offset}; expected a list of resources")
        rows = [(str(item["id"]), self.convert(item)) for item in items]
        return _Page(offset, rows, answer.total, answer.at)

    def take(self, page: _Page[_Row]) -> tuple[int, int]:
        """Keep the rows of a page; return how many items it had and how many were new."""
        if page.rows and self.ended_short is not None:
            self.listing.gaps.append(
                f"{self.path}: the page at offset {self.ended_short} was short, though more follow it"
            )
            self.ended_short = None
        if page.rows:
            self.client.told.page(self._found(page))
        new = [(identity, row) for identity, row in page.rows if identity not in self.seen]
        self.seen.update(identity for identity, _ in new)
        self.listing.rows.extend(row for _, row in new if row is not None)
        return len(page.rows), len(new)

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
    page_size: int,
    concurrency: int,
    trust_total: bool = True,
) -> Listing[_Row]:
    """Return all rows of a list; `convert` makes one of a resource, or None to leave it out.

    Raises what the client raises. `trust_total` is off for filtered lists, whose total some servers do not filter.
    """
    pages = _Pages(client, path, params, convert, Listing())
    first = await pages.fetch(0, page_size)
    pages.listing.at = first.at
    pages.total = first.total if trust_total else None
    size, _ = pages.take(first)
    if not _is_over(pages, size, page_size):
        await _read_on(pages, size, page_size, concurrency)
    missing = (pages.total or 0) - len(pages.seen)
    if missing > 0:
        pages.listing.gaps.append(f"{path}: the operator counts {pages.total}, {len(pages.seen)} were read")
    return pages.listing


async def _read_on(pages: _Pages[_Row], size: int, page_size: int, concurrency: int) -> None:
    """Read waves of pages until one says that the list is over."""
    offset = size
    for _ in range(MAX_PAGES // concurrency):
        offsets = [offset + index * size for index in range(concurrency)]
        offset = offsets[-1] + size
        over = False
        for page in await asyncio.gather(*(pages.fetch(each, page_size) for each in offsets)):
            count, new = pages.take(page)
            if count and not new:
                pages.listing.gaps.append(f"{pages.path}: the page at offset {page.offset} repeats earlier ones")
                return
            if count < size:
                pages.ended_short = page.offset
            over = over or _is_over(pages, count, size)
        if over:
            return
    raise UnreadableAnswer(f"{pages.path} has no end: {MAX_PAGES} pages were read")


def _is_over(pages: _Pages[_Row], count: int, size: int) -> bool:
    """Tell whether a page of `count` items was the last one; without a total, two empty ones have to say so."""
    if count == 0:
        pages.empty += 1
        return pages.empty > 1 or pages.total is not None or not pages.seen
    return count < size and pages.total is not None and len(pages.seen) >= pages.total
