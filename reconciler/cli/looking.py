"""The options of the commands that look at one side of the fleet or at both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.options import Day

if TYPE_CHECKING:
    from reconciler.usecases.overview import OverviewRequest

_Command = TypeVar("_Command", bound=Callable[..., Any])


def looking(command: _Command) -> _Command:
    """Give a command the options of looking at one side or both; `overview_request` takes them, `output` aside."""
    decorators = (
        click.option(
            "--format",
            "output",
            type=click.Choice(["table", "json", "csv"]),
            default="table",
            show_default=True,
            help="Of stdout.",
        ),
        click.option("--live", is_flag=True, help="What the operator has, alone."),
        click.option("--desired", is_flag=True, help="What the files declare, alone; the operator is not asked."),
        click.option("--diff", is_flag=True, help="Both sides, with what differs marked."),
        click.option("--day", type=Day(), metavar="DATE", help="As of that day.  [default: the operator's today]"),
        click.option(
            "--snapshot",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            metavar="FILE",
            help="A saved snapshot instead of the operator.",
        ),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def overview_request(
    *, live: bool, desired: bool, diff: bool, day: date | None, snapshot: Path | None
) -> OverviewRequest:
    """Return what these options ask for; a usage error where they ask for several things."""
    from reconciler.model.overview import Sides
    from reconciler.usecases.overview import OverviewRequest

    if live + desired + diff > 1:
        raise click.UsageError("--live, --desired and --diff exclude each other; without any, both sides are merged")
    sides = Sides.LIVE if live else Sides.DESIRED if desired else Sides.BOTH
    return OverviewRequest(sides, day, snapshot)
