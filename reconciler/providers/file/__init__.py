"""The connection of those who have only the portal: the operator's exports in, a checklist of portal steps out.

`table` opens a file, whatever its kind (`delimited`, `workbook`), `headings` finds what stands where, `reading` goes
through its rows, `cells` and `words` say what these mean, `people` and `lines` make users and services of them, and
`reader` joins the exports. `orderer` accepts what an apply orders, for somebody to carry out by hand.

Nothing here knows the journal: what was asked for and not exported since comes from whoever makes the provider.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path

from reconciler.model.catalogue import Catalogue
from reconciler.model.config import FleetConfig
from reconciler.model.snapshot import Task
from reconciler.ports import Ordering, RateLimit, Reader
from reconciler.providers.file.settings import file_settings


class FileProvider:
    """The exports in a fleet's folder, and whoever clicks."""

    def __init__(
        self,
        config: FleetConfig,
        *,
        root: Path,
        catalogue: Callable[[], Catalogue],
        tasks: Callable[[], Sequence[Task]],
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._root = root
        self._catalogue = catalogue
        self._tasks = tasks
        self._now = now

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Open the exports."""
        return self._reading()

    def ordering(self, rate: RateLimit) -> AbstractAsyncContextManager[Ordering]:
        """Open the exports, and accept orders for somebody to carry out."""
        del rate  # nobody is called
        return self._ordering()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Reader]:
        yield self._reader()

    @asynccontextmanager
    async def _ordering(self) -> AsyncIterator[Ordering]:
        from reconciler.providers.file.orderer import FileOrderer

        yield Ordering(self._reader(), FileOrderer())

    def _reader(self) -> Reader:
        from reconciler.providers.file.reader import FileReader

        return FileReader(
            self._config,
            file_settings(self._config.provider.settings),
            root=self._root,
            catalogue=self._catalogue,
            tasks=self._tasks,
            now=self._now,
        )
