"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.cli.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from reconciler.ports import Progress


class Silence:
    """Progress nobody watches."""

    def expect(self, total: int) -> None:
        """Ignore how much there is to do."""

    def step(self, text: str) -> None:
        """Ignore that a step is done."""


@contextmanager
def progress(console: Console, title: str) -> Iterator[Progress]:
    """Yield what to tell of progress; a bar is shown once it is known how much there is, and is gone afterwards."""
    if not console.shows_progress:
        yield Silence()
        return
    shown = _Shown(console, title)
    try:
        yield shown
    finally:
        shown.end()


class _Shown:
    """Steps of one bar; there is none before the first total, so that a question before it can be read."""

    def __init__(self, console: Console, title: str) -> None:
        self._line = console.line
        self._title = title
        self._bar: tuple[Bar, TaskID] | None = None

    def expect(self, total: int) -> None:
        """Show how much there is to do."""
        if self._bar is None:
            self._line.erase()
            self._line.covered = True
            self._bar = _started(self._title)
        bar, task = self._bar
        bar.update(task, total=total)

    def step(self, text: str) -> None:
        """Show that a step is done."""
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, advance=1, description=text)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar[0].stop()
            self._line.covered = False


def _started(title: str) -> tuple[Bar, TaskID]:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Bar(*columns, console=Terminal(stderr=True), transient=True)
    bar.start()
    return bar, bar.add_task(title, total=None)
