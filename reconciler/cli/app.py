"""The `fleet` group: finds commands by name, and turns every end of a run into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from reconciler import __version__
from reconciler.cli.console import Console, common
from reconciler.cli.streams import is_gone, lost
from reconciler.errors import Exit, FleetError
from reconciler.files import UnsafeFileError
from reconciler.signals import end_on_sigterm

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SAFE = "Only regular files are read and written, and none outside of the fleet's folder through what lies in it."
#: Seconds within which SIGTERM ends a command, whatever it waits for.
_SECONDS_TO_END = 4.0
#: Command → what it is for. The module `reconciler.cli.NAME` holds the command `NAME`, with `_` for `-`, and behind a
#: word of Python's own.
COMMANDS = MappingProxyType(
    {
        "init": "Begin a fleet: its settings and the workflows; asks three questions.",
        "import": "Write the files from what is live.",
        "validate": "Check the files alone; no network.",
        "plan": "Show what would be added, changed and removed, with quota and bill.",
        "explain": "Say why something is planned for a service or nothing is, and where its values come from.",
        "show": "Show a saved plan.",
        "approve": "Sign a saved plan.",
        "apply": "Carry out a plan, after a yes.",
        "add": "Add a service to a user in the files; asks for what is not said.",
        "change": "Change what the files declare of a service.",
        "remove": "Take a service out of the files.",
        "transfer": "Move a service to another user in the files.",
        "block": "Declare a service blocked: lost or stolen.",
        "unblock": "Declare a service active again.",
        "swap-sim": "Declare another SIM for a service.",
        "leave": "Take every service of a user out of the files.",
        "history": "Show what was applied, when, by whom, and what came of it.",
        "cancel": "Withdraw what a run ordered and what has not taken effect yet.",
        "journal": "Adopt the journal of an earlier version.",
        "trust": "Show where orders and credentials go, and confirm a connection that changed.",
        "file": "Describe the exports of an operator that has no interface.",
        "checklist": "Show, tick off and write what somebody has to carry out in the portal.",
        "activations": "List which eSIMs have an activation code, or give out one.",
        "unlock": "Take the lease from a run that is gone.",
        "users": "List users with their services, state and cost; or search for one.",
        "user": "Show one user with all services, in full.",
        "services": "List services, chosen and ordered as you like.",
        "upcoming": "List what dates in the files will change by themselves.",
        "edit": "Carry out a table of adds, changes, removes and transfers in the files.",
        "fmt": "Bring the files into the usual form, comments kept.",
        "quota": "Show the removal quota of the contract period.",
        "bill": "Show the effect on the next bill, per cost centre; check a bill that was sent.",
        "snapshot": "Save what is live at the operator to a file.",
        "ci": "Plan, apply and watch a fleet in CI, told on pull requests and issues.",
        "completion": "Print the script that has a shell complete what you type.",
        "sandbox": "Run, reset, move and break the embedded operator.",
    }
)


class Commands(click.Group):
    """Imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command: click.Command = getattr(import_module(f"reconciler.cli.{name}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, and leave no line that was to be written over."""
        try:
            return super().invoke(ctx)
        finally:
            ctx.ensure_object(Console).line.erase()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one names the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            guess = f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command '{args[0]}'{guess}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """Offer the commands without importing them, or the options."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        from click.shell_completion import CompletionItem

        return [CompletionItem(name, help=words) for name, words in COMMANDS.items() if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fleet")
@common
def fleet(console: Console) -> None:
    """Reconcile the mobile services of a company's users with what the files declare.

    Exit codes: 0 done, 1 error, 2 changes (with --detailed-exitcode), 3 blocked by a check, 4 not approved or stale,
    5 another run is at it, 6 applied in part, 7 waiting for a human, 64 wrong usage, 130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; no traceback reaches a user who did not ask for it."""
    end_on_sigterm(_SECONDS_TO_END)
    console = Console()
    code = _ended(console, arguments)
    unwritten = lost(sys.stdout)
    if unwritten is None or is_gone(unwritten):
        return code
    console.error(f"stdout could not be written to the end: {unwritten.strerror}")
    return code if console.ordered or code not in (Exit.DONE, Exit.CHANGES) else Exit.ERROR


def _ended(console: Console, arguments: Sequence[str]) -> int:
    """Run a command and return what its end means."""
    try:
        result = fleet.main(list(arguments), prog_name="fleet", standalone_mode=False, obj=console)
    except click.UsageError as error:
        return _usage(console, error)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        console.error("interrupted; nothing more is done")
        return Exit.INTERRUPTED
    except FleetError as error:
        console.failure(error)
        return error.exit_code
    except OSError as error:
        return _unusable(console, error)
    except Exception as error:
        return console.unexpected(error)
    return int(result) if isinstance(result, int) else Exit.DONE


def _unusable(console: Console, error: OSError) -> Exit:
    """Say which file or connection cannot be used, and why."""
    if isinstance(error, UnsafeFileError):
        console.error(f"{error.filename}: {error.strerror}", hint=_SAFE)
    else:
        console.error(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    return Exit.ERROR


def _usage(console: Console, error: click.UsageError) -> int:
    context = error.ctx
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    hint = f"See '{context.command_path} --help'." if context else "See 'fleet --help'."
    console.error(error.format_message(), hint=hint)
    return Exit.USAGE
