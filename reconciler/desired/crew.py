"""Read many files into rows: from the cache, in this process, and in others where there is enough to do.

The other processes are started anew, never forked, since this one may have threads; they get texts and give rows.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import NamedTuple, Self

from reconciler.desired.cache import Cache
from reconciler.desired.rows import File, RowReader, Rows, packed, unpacked
from reconciler.signals import uninterrupted

#: How many bytes are handed over at once, and how many such pieces may wait for each process.
_PIECE, _WAITING = 400_000, 2


def read_rows(files: Iterable[File], cache: Cache, *, fast: bool, processes: int) -> Iterator[tuple[File, Rows | None]]:
    """Yield each file with its rows, in order; None where it has to be looked at more closely."""
    with _Crew(fast, processes) as crew:
        waiting: deque[_Piece] = deque()
        for piece in _pieces(files):
            waiting.append(crew.begun(piece, cache))
            while waiting and waiting[0].is_done:
                yield from crew.ended(waiting.popleft(), cache)
        while waiting:
            yield from crew.ended(waiting.popleft(), cache)


class _Piece(NamedTuple):
    """Some files that are read together: what is known of their rows, and who finds out about the others."""

    files: list[File]
    known: dict[str, Rows | None]
    rest: Future[list[bytes | None]] | None = None

    @property
    def is_done(self) -> bool:
        return self.rest is None or self.rest.done()

    @property
    def unknown(self) -> list[File]:
        return [file for file in self.files if file.name not in self.known]


class _Crew:
    """Whoever reads: the present process, and helpers, which are started when there is something for them to do."""

    def __init__(self, fast: bool, processes: int) -> None:
        self._reader = RowReader(fast=fast)
        self._fast = fast
        self._helpers = processes - 1
        self._pool: ProcessPoolExecutor | None = None
        self._under_way: set[Future[list[bytes | None]]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=error is None, cancel_futures=True)

    def begun(self, files: list[File], cache: Cache) -> _Piece:
        """Return a piece whose rows are known, or being found out by a helper that has time for it."""
        piece = _Piece(files, _cached(files, cache))
        unknown = piece.unknown
        self._under_way = {future for future in self._under_way if not future.done()}
        if unknown and len(self._under_way) < self._helpers * _WAITING:
            future = self._handed_over([file.content for file in unknown])
            self._under_way.add(future)
            return piece._replace(rest=future)
        self._look_at(piece, cache)
        return piece

    def ended(self, piece: _Piece, cache: Cache) -> Iterator[tuple[File, Rows | None]]:
        """Yield the files of a piece with their rows, once these are known."""
        if piece.rest is not None:
            try:
                found = piece.rest.result()
            except BrokenProcessPool:  # whoever ended the helpers, this process is still there
                self._helpers = 0
            else:
                for file, rows in zip(piece.unknown, found, strict=True):
                    piece.known[file.name] = None if rows is None else unpacked(rows)
                    if rows is not None:
                        cache.put(file.digest, rows)
        self._look_at(piece, cache)
        yield from ((file, piece.known[file.name]) for file in piece.files)

    def _look_at(self, piece: _Piece, cache: Cache) -> None:
        for file in piece.unknown:
            rows = piece.known[file.name] = self._reader.rows(file.content)
            if rows is not None and not cache.is_off:
                cache.put(file.digest, packed(rows))

    def _handed_over(self, contents: list[bytes]) -> Future[list[bytes | None]]:
        """Give files to a helper; one that is started for it leaves Ctrl-C to this process."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._helpers, mp_context=multiprocessing.get_context("spawn"))
        with uninterrupted():
            return self._pool.submit(_read, contents, self._fast)


_readers: dict[bool, RowReader] = {}


def _read(contents: list[bytes], fast: bool) -> list[bytes | None]:
    """Return the packed rows of files; runs in a helper."""
    reader = _readers.setdefault(fast, RowReader(fast=fast))
    return [None if (rows := reader.rows(content)) is None else packed(rows) for content in contents]


def _cached(files: Iterable[File], cache: Cache) -> dict[str, Rows | None]:
    known: dict[str, Rows | None] = {}
    for file in files:
        rows = cache.get(file.digest)
        if rows is not None:
            known[file.name] = unpacked(rows)
    return known


def _pieces(files: Iterable[File]) -> Iterator[list[File]]:
    piece: list[File] = []
    size = 0
    for file in files:
        piece.append(file)
        size += len(file.content)
        if size >= _PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece
