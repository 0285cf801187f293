"""Read many files into rows: from the cache, in this process, and in others where there is enough to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import NamedTuple, Self

from reconciler.desired.cache import Cache
from reconciler.desired.helper import Helper, HelperGone
from reconciler.desired.row_reader import RowReader
from reconciler.desired.rows import File, Rows, packed, unpacked

#: How many bytes are handed over at once, and how many such pieces may wait for each process.
_PIECE, _WAITING = 400_000, 2
#: How many bytes that are not in the cache are read here before it is worth starting others.
_FEW = 1_000_000
#: Seconds that a helper is waited for; a piece takes it two or three.
_SECONDS = 60.0


def read_rows(
    files: Iterable[File], cache: Cache, *, fast: bool, processes: int
) -> Generator[tuple[File, Rows | None], None, None]:
    """Yield each file with its rows, in order; None where it has to be looked at more closely."""
    with _Crew(cache, fast=fast, processes=processes) as crew:
        waiting: deque[_Piece] = deque()
        for piece in _pieces(files):
            waiting.append(crew.begun(piece))
            while waiting and waiting[0].is_done:
                yield from crew.ended(waiting.popleft())
        while waiting:
            yield from crew.ended(waiting.popleft())


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

    def __init__(self, cache: Cache, *, fast: bool, processes: int) -> None:
        self._cache = cache
        self._reader = RowReader(fast=fast)
        self._fast = fast
        self._wanted = processes - 1
        self._helpers: list[Helper] = []
        self._patience = 0 if cache.is_empty else _FEW

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._end_helpers()

    def _end_helpers(self) -> None:
        """Do without helpers from now on; what they were given is read here."""
        self._wanted = 0
        for helper in self._helpers:
            helper.end()
        self._helpers.clear()

    def begun(self, files: list[File]) -> _Piece:
        """Return a piece whose rows are known, or being found out by a helper that has time for it."""
        piece = _Piece(files, self._cached(files))
        unknown = piece.unknown
        self._patience -= sum(len(file.content) for file in unknown)
        helper = self._free_helper() if unknown and self._patience < 0 else None
        if helper is not None:
            return piece._replace(rest=helper.give([file.content for file in unknown]))
        self._look_at(piece)
        return piece

    def ended(self, piece: _Piece) -> Iterator[tuple[File, Rows | None]]:
        """Yield the files of a piece with their rows, once these are known."""
        if piece.rest is not None:
            self._take_in(piece, piece.rest)
        self._look_at(piece)
        yield from ((file, piece.known[file.name]) for file in piece.files)

    def _take_in(self, piece: _Piece, rest: Future[list[bytes | None]]) -> None:
        try:
            found = rest.result(_SECONDS)
        except HelperGone:  # whoever ended it, this process is still there
            self._wanted = 0
            return
        except TimeoutError:  # it was stopped, or hangs
            self._end_helpers()
            return
        for file, rows in zip(piece.unknown, found, strict=True):
            piece.known[file.name] = None if rows is None else unpacked(rows)
            if rows is not None:
                self._cache.put(file.digest, rows)

    def _look_at(self, piece: _Piece) -> None:
        for file in piece.unknown:
            rows = piece.known[file.name] = self._reader.rows(file.content)
            if rows is not None and not self._cache.is_off:
                self._cache.put(file.digest, packed(rows))

    def _free_helper(self) -> Helper | None:
        """Return the helper that has least to do; None where all have enough, or there can be none."""
        free = min(self._helpers, key=lambda helper: helper.waiting, default=None)
        if len(self._helpers) < self._wanted and (free is None or free.waiting):
            try:
                free = Helper(fast=self._fast)
            except (OSError, ValueError):  # there may be no more processes, or no Python that could be started
                self._wanted = len(self._helpers)
            else:
                self._helpers.append(free)
        return free if self._wanted and free is not None and free.waiting < _WAITING else None

    def _cached(self, files: Iterable[File]) -> dict[str, Rows | None]:
        found = ((file.name, self._cache.get(file.digest)) for file in files)
        return {name: unpacked(rows) for name, rows in found if rows is not None}


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
