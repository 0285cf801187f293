"""What the commands that edit the files share: their options, showing an edit with its plan, asking, writing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click

from reconciler.cli.console import Console
from reconciler.cli.running import run
from reconciler.errors import ApprovalMissing, Exit, UsageError, worst

if TYPE_CHECKING:
    from reconciler.usecases.editing import Draft, Editing, Recording
    from reconciler.usecases.wanted import Wanted

_Command = TypeVar("_Command", bound=Callable[..., Any])
#: What is wanted, or what to ask for it once both sides are read.
Wish: TypeAlias = "Sequence[Wanted] | Callable[[Editing], Sequence[Wanted]]"
_HINT = "Without a terminal, say it beforehand: --yes"


def writing(command: _Command) -> _Command:
    """Give a command the options of writing; `carry_out` takes them."""
    decorators = (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--commit", is_flag=True, help="Commit the edited files, and nothing else, to git."),
        click.option("-m", "--message", metavar="TEXT", help="The message of the commit, instead of a generated one."),
        click.option("--branch", metavar="NAME", help="Create that branch and switch to it first."),
        click.option(
            "--live",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            metavar="FILE",
            help="A saved snapshot instead of the operator, for the plan.",
        ),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def carry_out(
    console: Console,
    wish: Wish,
    *,
    yes: bool,
    commit: bool,
    message: str | None,
    branch: str | None,
    live: Path | None,
) -> Exit:
    """Make an edit in memory, show it with its plan, and write it after a yes."""
    from reconciler.usecases.editing import draft, open_editing

    editing = run(open_editing(console.world(), live))
    made = draft(editing, wish(editing) if callable(wish) else wish)
    recording = recording_of(commit=commit, message=message, branch=branch)
    return finish(console, editing, made, recording, yes=yes)


def recording_of(*, commit: bool, message: str | None, branch: str | None) -> Recording:
    """Return how an edit is kept in git; raises UsageError for a message without a commit."""
    from reconciler.usecases.editing import Recording

    if message is not None and not commit:
        raise UsageError("-m is the message of a commit", hint="Add --commit.")
    return Recording(branch, commit, message)


def finish(console: Console, editing: Editing, made: Draft | None, recording: Recording, *, yes: bool) -> Exit:
    """Show an edit, ask, and write it."""
    from reconciler.usecases.editing import prepare, write_draft

    if made is None:
        console.result("The files say so already; there is nothing to edit.")
        return Exit.DONE
    prepare(editing, made, recording)
    _show(console, made)
    names = ", ".join(file.name for file in made.files)
    if not (yes or console.confirmed(f"Write this to {names}?", hint=_HINT)):
        raise ApprovalMissing("nothing was written: the answer was not 'yes'")
    commit = write_draft(editing, made, recording)
    console.result(f"Written: {names}." + (f" Committed as {commit}." if commit else ""))
    users = sorted({action.user for action in made.plan.actions})
    alone = f"; this user alone: fleet apply --target {users[0]}" if len(users) == 1 else ""
    console.say(f"Nothing is ordered yet. To carry it out: fleet apply{alone}")
    return worst(Exit.BLOCKED if made.plan.is_blocked else Exit.DONE)


def _show(console: Console, made: Draft) -> None:
    from reconciler.reports.edits import lines_text
    from reconciler.reports.text import plan_text

    for file in made.files:
        before = (file.before or b"").decode("utf-8-sig")
        console.result(lines_text(file.name, before, file.after.decode("utf-8-sig"), paint=console.paint))
    console.result(plan_text(made.plan, width=console.width, paint=console.paint))
    if made.earlier:
        console.say(f"Planned before this edit too: {', '.join(made.earlier)}.")
    if made.exceeds_quota:
        quota = made.whole.quota
        console.warn(
            f"with what else is planned that makes {quota.planned} removals, and {quota.available} are left this period"
        )
