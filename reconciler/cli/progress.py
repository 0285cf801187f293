"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.cli.console import Console
from reconciler.ports import Progress


class Silence:
    """Progress nobody watches."""

    def expect(self, total: int) -> None:
        """Ignore how much there is to do."""

    def step(self, text: str) -> None:
        """Ignore that a step is done."""


@contextmanager
def progress(console: Console, title: str) -> Iterator[Progress]:
    """Yield what to tell of progress; the bar is gone afterwards."""
    if not console.shows_progress:
        yield Silence()
        return
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Terminal(stderr=True), transient=True) as bar:
        yield _Shown(bar, bar.add_task(title, total=None))


class _Shown:
    """Steps of one bar."""

    def __init__(self, bar: object, task: int) -> None:
        from rich.progress import Progress as Bar
        from rich.progress import TaskID

        assert isinstance(bar, Bar), "made by rich"
        self._bar, self._task = bar, TaskID(task)

    def expect(self, total: int) -> None:
        """Show how much there is to do."""
        self._bar.update(self._task, total=total)

    def step(self, text: str) -> None:
        """Show that a step is done."""
        self._bar.update(self._task, advance=1, description=text)
