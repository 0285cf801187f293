"""`fleet ci plan|apply|drift`: what the workflows of GitHub and GitLab call."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.aftermath import tell_outcome, trying
from reconciler.cli.console import Console, common, one_line
from reconciler.cli.options import changed_since, plan_request, planning
from reconciler.cli.progress import Silence
from reconciler.cli.running import run, stop_on_signals
from reconciler.cli.views import folder
from reconciler.errors import UsageError
from reconciler.settings import pipeline

if TYPE_CHECKING:
    from reconciler.usecases.telling import Telling, Told

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FOLDER = "fleet-ci"
_Place = click.Path(path_type=Path, exists=True)


def _told(command: _Command) -> _Command:
    """Give a command the options of where it tells what; `_telling` takes them."""
    decorators = (
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            default=_FOLDER,
            show_default=True,
            help="The folder of what is written; the job's artefact.",
        ),
        click.option(
            "--scope", metavar="NAME", help="Which fleet of several in one repository.  [default: its folder]"
        ),
        click.option(
            "--redact/--reveal", default=True, help="Mask numbers and SIMs, but in plan.json.  [default: redact]"
        ),
        click.option("--publish/--no-publish", default=True, help="Write comments and issues.  [default: publish]"),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


_detailed = click.option("--detailed-exitcode", "detailed", is_flag=True, help="Leave with 2 where there are changes.")


@click.group()
@common
def ci(console: Console) -> None:
    """Plan, apply and watch a fleet in CI, and tell it on pull requests and issues.

    Run by GitHub Actions or GitLab CI, these read the job's environment, comment with its token (GITHUB_TOKEN, or
    FLEET_GITLAB_TOKEN), and write everything to a folder besides. Anywhere else they do the same and publish nothing.
    """


@ci.command()
@planning
@changed_since
@_detailed
@_told
@common
def plan(
    console: Console,
    out: Path,
    scope: str | None,
    redact: bool,
    publish: bool,
    detailed: bool,
    since: str | None,
    **choices: Any,
) -> int:
    """Plan a change under review and comment on its pull request."""
    from reconciler.usecases.reviewing import review

    telling = _telling(console, out, scope, redact=redact, publish=publish)
    request = replace(plan_request(**choices), changed_since=since)
    with _guarded(console, telling) as guard:
        told = run(review(console.world(), telling, request, detailed=detailed))
        _show(console, telling, told)
        guard.commands = told.annotations
    return told.exit_code


@ci.command()
@click.option("--plan", "place", type=_Place, metavar="PATH", help="The reviewed plan, or a folder with it, at hand.")
@click.option(
    "--approval", "approvals", type=_Place, multiple=True, metavar="PATH", help="A signed approval, or a folder."
)
@click.option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Users at once.")
@click.option("--wait/--no-wait", default=True, help="Whether to follow the orders to their end.")
@click.option("--timeout", type=click.FloatRange(min=0), default=600.0, show_default=True, help="Seconds an order.")
@_told
@common
def apply(
    console: Console,
    place: Path | None,
    approvals: tuple[Path, ...],
    out: Path,
    scope: str | None,
    redact: bool,
    publish: bool,
    **how: Any,
) -> int:
    """Carry out the plan that was reviewed, after the merge."""
    from reconciler.usecases.application import ApplyRequest
    from reconciler.usecases.delivering import Delivery, deliver
    from reconciler.usecases.saving import read_approval

    telling = _telling(console, out, scope, redact=redact, publish=publish)
    files = [file for path in approvals for file in (sorted(path.rglob("*.approval")) if path.is_dir() else [path])]
    request = Delivery(place, [read_approval(file) for file in files], ApplyRequest(**how))
    received: list[int] = []

    async def work() -> Told:
        stop_on_signals(console, request.how.stop, received)
        return await deliver(console.world(), telling, request, Silence())

    with _guarded(console, telling):
        told = run(work())
        with trying(console, "the outcome could not be shown; see 'fleet history'"):
            _show(console, telling, told)
    return 128 + received[-1] if received else told.exit_code


@ci.command()
@planning
@_detailed
@_told
@common
def drift(
    console: Console, out: Path, scope: str | None, redact: bool, publish: bool, detailed: bool, **choices: Any
) -> int:
    """Open, update or close the one issue about drift."""
    from reconciler.usecases.watching import watch

    if choices["targets"] and scope is None:
        hint = "Say --scope NAME: a part of the fleet that is clean must not close the issue about all of it."
        raise UsageError("--target looks at a part of the fleet, which has an issue of its own", hint=hint)
    telling = _telling(console, out, scope, redact=redact, publish=publish)
    with _guarded(console, telling):
        told = run(watch(console.world(), telling, plan_request(**choices), detailed=detailed))
        _show(console, telling, told)
    return told.exit_code


def _telling(console: Console, out: Path, scope: str | None, *, redact: bool, publish: bool) -> Telling:
    from reconciler.usecases.telling import Telling

    job = pipeline()
    if scope is not None and not scope.strip():
        raise UsageError("--scope has no name", hint="Leave it out for the name of the fleet's folder.")
    root = folder(console)
    return Telling(job, out, root, scope or root, redact, publish)


class _Guard:
    """Holds what GitHub is to take as commands."""

    commands = ""


@contextmanager
def _guarded(console: Console, telling: Telling) -> Iterator[_Guard]:
    """Have GitHub take no printed line as a command but those of the guard: a name in a file can look like one.

    After an error that nobody foresaw it takes none for the rest of the step.
    """
    from reconciler.model.platform import Platform

    guard = _Guard()
    if telling.pipeline.platform is not Platform.GITHUB:
        yield guard
        return
    token = secrets.token_hex(16)
    click.echo(f"::stop-commands::{token}")
    yield guard
    click.echo(f"::{token}::")
    console.commands(guard.commands)


def _show(console: Console, telling: Telling, told: Told) -> None:
    from reconciler.reports.text import difference_text, outcome_text, plan_text

    if told.stale is not None:
        console.result(difference_text(*told.stale, width=console.width, paint=console.paint))
    elif told.plan is not None and told.outcomes:
        text = outcome_text(told.plan, told.outcomes, paint=console.paint, read_back=told.error is None)
        tell_outcome(console, text)
    elif told.plan is not None:
        console.result(plan_text(told.plan, width=console.width, paint=console.paint))
    for warning in told.warnings:
        console.warn(warning)
    if told.error is not None:
        for problem in telling.problems(told.error):
            text = one_line(f"{problem.place}: {problem.message}") if problem.place else problem.message
            console.error(text, hint=problem.hint)
