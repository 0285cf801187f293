"""What the commands share: the options that stand everywhere, colours, and how errors and results are written.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.line import Line
from reconciler.errors import ApprovalMissing, Exit, FleetError, InvalidInput
from reconciler.reports.characters import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from reconciler.ports import World

_Command = TypeVar("_Command", bound=Callable[..., Any])
DEFAULT_ROOT = "fleet-config"
_PIPED_WIDTH = 100
_COLOURS = MappingProxyType({"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36})
_MARK = f"<{''.join(secrets.choice(ascii_lowercase) for _ in range(12))}:"
_OURS = re.compile(f"{_MARK}([0-9]+)m")


@dataclass(slots=True)
class Console:
    """Where output goes and how it looks, as the options say."""

    root: Path = Path(DEFAULT_ROOT)
    colour: bool | None = None
    quiet: bool = False
    verbose: bool = False
    json_log: bool = False
    input: bool = True
    #: Whether something was ordered: the exit code is the run's then, whatever cannot be written.
    ordered: bool = False
    line: Line = field(default_factory=Line)

    def world(self, *, new: bool = False) -> World:
        """Return the world of the fleet in the folder, or of one to be begun there; what it reads is shown here."""
        from reconciler import settings
        from reconciler.cli.meter import InLog, Meter, OnTerminal

        if self.quiet:
            return settings.world(self.root, new=new, asking=self)
        screen = OnTerminal(self.line) if self.shows_progress else InLog(self)
        meter = Meter(screen, settings.SystemClock().now, self.say)
        return settings.world(self.root, new=new, reading=meter, asking=self)

    @property
    def width(self) -> int:
        """The columns of the terminal, or a fixed number where there is none."""
        return shutil.get_terminal_size((_PIPED_WIDTH, 24)).columns if sys.stdout.isatty() else _PIPED_WIDTH

    @property
    def columns(self) -> int | None:
        """The columns of the terminal, None where there is none and everything has room."""
        return self.width if sys.stdout.isatty() else None

    @property
    def shows_progress(self) -> bool:
        """Whether somebody watches."""
        return sys.stderr.isatty() and not self.quiet and not self.json_log

    def paint(self, text: str, style: str) -> str:
        """Return `text` in a colour or bold, where colours are wanted on stdout; as `shown` turns it into one."""
        return _marked(text, style) if self._coloured(sys.stdout.isatty()) else text

    def result(self, text: str) -> None:
        """Write a result to stdout."""
        self.line.erase()
        click.echo(shown(text), nl=not text.endswith("\n"), color=True)

    def commands(self, lines: str) -> None:
        """Write workflow commands of ours to stdout, which `result` would take the effect of."""
        self.line.erase()
        click.echo(lines, nl=False, color=True)

    def draw(self, lines: Sequence[str]) -> None:
        """Write a picture of ours to stdout, white on black where colours are wanted, whatever the terminal's are."""
        self.line.erase()
        for line in lines:
            coloured = self._coloured(sys.stdout.isatty())
            click.echo(click.style(line, fg="bright_white", bg="black") if coloured else line, color=True)

    def say(self, text: str) -> None:
        """Write a diagnostic to stderr, unless quiet."""
        if not self.quiet:
            self._log("info", text)

    def show(self, text: str) -> None:
        """Write a diagnostic to stderr that must be seen, even where only errors are wanted."""
        self._log("info", text)

    def typed(self, question: str) -> str | None:
        """Ask on stderr, and return what was typed; None where there is no terminal, or questions may not be asked."""
        if not self.input or not (sys.stdin and sys.stdin.isatty()):
            return None
        self.line.erase()
        return _asked(f"{printable(question)}: ").strip()

    def tell(self, text: str, facts: Mapping[str, object]) -> None:
        """Write how far something is to stderr, unless quiet; as JSON with the facts."""
        if not self.quiet:
            self._log("info", text, facts=facts)

    def warn(self, text: str) -> None:
        """Write a warning to stderr."""
        self._log("warning", text)

    def error(self, text: str, *, hint: str | None = None) -> None:
        """Write an error to stderr, with what to do."""
        self._log("error", text, hint)

    def confirmed(self, question: str, *, hint: str) -> bool:
        """Ask on stderr, and tell whether the answer is a literal yes.

        Raises ApprovalMissing, with `hint` as the way without a terminal, where nobody may be asked or is there.
        """
        if not self.input:
            raise ApprovalMissing("nobody said yes, and --no-input forbids to ask", hint=hint)
        self.line.erase()
        answer = _asked(f"{printable(question)} Only 'yes' is taken as one: ")
        if not answer:
            raise ApprovalMissing("nobody said yes: there is nobody to ask", hint=hint)
        return answer.strip() == "yes"

    def asked(self, question: str) -> str:
        """Ask on stderr, and return the answer; raises ApprovalMissing where there is nobody to ask."""
        self.line.erase()
        answer = _asked(f"{printable(question)}: ")
        if not answer:
            raise ApprovalMissing("nothing was written: there is nobody to ask", hint="Say everything as arguments.")
        return answer.strip()

    def failure(self, error: FleetError) -> None:
        """Write what ended the run: every problem where there are several."""
        if isinstance(error, InvalidInput):
            for problem in error.problems:
                place = f"{problem.place}: " if problem.place else ""
                self.error(one_line(f"{place}{problem.message}"), hint=problem.hint and one_line(problem.hint))
            self.say(str(error) + (f" in {self.root}" if self.root else ""))
        else:
            self.error(str(error), hint=error.hint)
        if self.verbose:
            self._traceback()

    def unexpected(self, error: Exception) -> Exit:
        """Write that the program is at fault; return the exit code for it."""
        if self.verbose:
            self._traceback()
        self.error(
            f"fleet met a problem of its own: {type(error).__name__}: {error}",
            hint="Run again with -v for the traceback and report it; what was ordered shows in 'fleet plan'.",
        )
        return Exit.ERROR

    def _log(
        self, level: str, text: str, hint: str | None = None, facts: Mapping[str, object] = MappingProxyType({})
    ) -> None:
        self.line.erase()
        if self.json_log:
            record = {"level": level, "message": text, **({"hint": hint} if hint else {}), **facts}
            click.echo(printable(json.dumps(record, ensure_ascii=False)), err=True)
            return
        styles = {"error": "red", "warning": "yellow"}
        prefix = f"{level}: " if level in styles else ""
        if prefix and self._coloured(sys.stderr.isatty()):
            prefix = _marked(prefix, styles[level])
        click.echo(shown(f"{prefix}{text}" + (f"\n  {hint}" if hint else "")), err=True, color=True)

    def _traceback(self) -> None:
        import traceback

        self.line.erase()
        click.echo(printable(traceback.format_exc()), err=True)

    def _coloured(self, on_terminal: bool) -> bool:
        if self.colour is not None:
            return self.colour
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return on_terminal or bool(os.environ.get("CLICOLOR_FORCE"))


def one_line(text: str) -> str:
    """Return `text` with every line break in it written out too: what stands in a file is not ours."""
    return printable(text.replace("\n", "\\n"))


def shown(text: str) -> str:
    """Return `text` as a terminal may have it: nothing but what `paint` made is a colour, whoever else wrote one."""
    return _OURS.sub(lambda found: f"\x1b[{found[1]}m", printable(text))


def common(command: _Command) -> _Command:
    """Give a command the options that stand everywhere, and the `Console` they make as its first argument."""

    @click.option(
        "-C", "root", metavar="DIR", shell_complete=_folders, help=f"The fleet's folder.  [default: {DEFAULT_ROOT}]"
    )
    @click.option("--color/--no-color", "colour", default=None, help="Colours; by default on a terminal.")
    @click.option("-q", "--quiet", is_flag=True, help="Results and errors only.")
    @click.option("-v", "--verbose", is_flag=True, help="With tracebacks, and what a plan took.")
    @click.option("--log-format", type=click.Choice(["text", "json"]), help="Of what goes to stderr.")
    @click.option("--input/--no-input", "asks", default=None, help="Whether questions may be asked.")
    @click.pass_context
    @functools.wraps(command)
    def wrapped(
        context: click.Context,
        /,
        root: str | None,
        colour: bool | None,
        quiet: bool,
        verbose: bool,
        log_format: str | None,
        asks: bool | None,
        **arguments: Any,
    ) -> Any:
        console: Console = context.find_object(Console) or Console()
        console.root = Path(root) if root is not None else console.root
        console.colour = colour if colour is not None else console.colour
        console.quiet = quiet or console.quiet
        console.verbose = verbose or console.verbose
        console.json_log = log_format == "json" if log_format else console.json_log
        console.input = asks if asks is not None else console.input
        return command(console, **arguments)

    return wrapped  # type: ignore[return-value]  # the same command, with its first argument provided


def _folders(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    """Have a shell that completes complete with its own folders."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def _asked(question: str) -> str:
    """Ask, and return the next line of stdin, empty at its end.

    Ctrl-C ends the wait at once; asyncio would hold it off until the line is there.
    """
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        click.echo(question, err=True, nl=False)
        answer = sys.stdin.readline() if sys.stdin else ""
        if not (sys.stdin and sys.stdin.isatty()):
            click.echo(err=True)  # nobody typed the end of the line that the question stands on
        return answer
    finally:
        signal.signal(signal.SIGINT, handler)


def _marked(text: str, style: str) -> str:
    """Return `text` in marks that no file can have: they are others in every process."""
    begin = "1" if style == "bold" else str(_COLOURS[style])
    return f"{_MARK}{begin}m{text}{_MARK}0m"
