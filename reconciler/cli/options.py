"""The options and arguments that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli import completing

if TYPE_CHECKING:
    from reconciler.usecases.planning import PlanRequest

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A calendar day written as 2026-12-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day; a usage error where it is none."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no date; expected one like 2026-12-31", param, ctx)


def planning(command: _Command) -> _Command:
    """Give a command the options of planning; `plan_request` takes them."""
    fitting = click.option("--fit-quota", is_flag=True, help="Keep the removals that save most, up to the quota.")
    return choosing(fitting(command))


def choosing(command: _Command) -> _Command:
    """Give a command the options of planning that say what of, as of when, and against what."""
    decorators = (
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="GLOB",
            shell_complete=completing.targets,
            help="Only these users, services (USER/LABEL) or cost centres.",
        ),
        click.option("--day", type=Day(), metavar="DATE", help="As of that day.  [default: the operator's today]"),
        click.option(
            "--live",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            metavar="FILE",
            help="A saved snapshot instead of the operator.",
        ),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def changed_since(command: _Command) -> _Command:
    """Give a command `--changed-since REF`, as `since`."""
    help_text = "Only the users whose YAML changed since the branch left REF."
    return click.option("--changed-since", "since", metavar="REF", help=help_text)(command)


def plan_request(
    *, targets: tuple[str, ...], day: date | None, live: Path | None, fit_quota: bool = False
) -> PlanRequest:
    """Return the choices these options make."""
    from reconciler.model.plan import Choices
    from reconciler.usecases.planning import PlanRequest

    return PlanRequest(Choices(fit_quota, targets), day, live)


def output_format(command: _Command) -> _Command:
    """Give a command `--format text|json`."""
    return click.option(
        "--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Of stdout."
    )(command)
