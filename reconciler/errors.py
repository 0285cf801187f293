"""The one tree of errors; each is named by what the caller can do about it.

FleetError                      exit 1
├── InvalidInput                exit 1   the files are wrong: carries every problem with its place
├── EditRefused                 exit 1   the files cannot be edited so: they stay as they were
├── UsageError                  exit 64  the command was called wrongly
├── FilesInTheWay               exit 1   files of yours would be overwritten: name another folder
├── GitError                    exit 1   git is missing, does not end, or gives no answer
├── UnsafeRepository            exit 1   git would take files of a branch for a repository, and run what they name
├── OperatorError               exit 1   the operator could not be read or ordered from
│   ├── OperatorUnreachable              no answer, or too slow
│   ├── OperatorRefused                  an answer that says no (token, rights, address)
│   ├── OperatorBusy                     it takes no order just now, and says when to come back
│   ├── UnreadableAnswer                 an answer nobody can make sense of
│   ├── UnusableExport                   an export that is missing, too old, or of a kind that is not read
│   └── AmbiguousAnswer                  an order was sent and its answer was lost
├── IncompleteSnapshot          exit 1   live was not read completely: nothing is planned from it
├── UnreadablePlan              exit 1   a saved plan that is broken, edited or from a later version
├── UnreadableBill              exit 1   a bill of the operator's that cannot be read: nothing of it is checked
├── PublishingError             exit 1   the platform of the pull requests could not be read or written
├── JournalError                exit 1   the journal cannot be read or written: nothing is ordered without it
├── Stopped                     exit 143 Ctrl-C or SIGTERM came before it was done (130 after Ctrl-C)
├── LockedError                 exit 5   another run may write for this organisation
│   └── LeaseLost                        this run held the lease and does no more
├── BlockedPlan                 exit 3   a check refused what was asked for
├── ApprovalMissing             exit 4   nobody said yes
│   └── ConnectionRefused                fleet.yaml names another connection than the trusted one: nothing was sent
└── StalePlan                   exit 4   other actions would be planned now

Expected problems of input are values (`Problem`), collected and raised together; an exception only ends a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Exit(IntEnum):
    """What the exit code of every command means."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    BLOCKED = 3
    NOT_APPROVED = 4
    LOCKED = 5
    PARTIAL = 6
    WAITING = 7
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


#: Several at once: the first of these that occurred is the exit code of the run.
PRECEDENCE = (Exit.ERROR, Exit.PARTIAL, Exit.LOCKED, Exit.NOT_APPROVED, Exit.BLOCKED, Exit.WAITING, Exit.CHANGES)


def worst(*codes: Exit) -> Exit:
    """Return the exit code that speaks for all of `codes`."""
    return next((code for code in PRECEDENCE if code in codes), Exit.DONE)


#: How many characters of a value a message shows: enough to find it, too few for what should not be shown.
_SHOWN = 40
_LONGEST_WORD = 250


def quoted(value: object) -> str:
    """Return a value in quotes as a message shows it: at most some forty characters of its first line."""
    return f"'{bounded(value)}'"


def bounded(value: object) -> str:
    """Return at most some forty characters of a value's first line, with `…` where something is missing."""
    text = str(value)
    line = _first_line(text)
    return line if len(line) <= _SHOWN and line == text else f"{line[:_SHOWN]}…"


def bounded_words(text: object) -> str:
    """Return what a library's error says on one line, without the long words of which values are made."""
    words = str(text)[:2000].split()
    return " ".join(word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…" for word in words)[:200]


def _first_line(text: str) -> str:
    return next(iter(text[: 4 * _SHOWN].splitlines()), "")


class Place(NamedTuple):
    """Where in the files something stands: path relative to the fleet's folder, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def _one_line(message: str) -> str:
    """Return a message without what nobody would write into one: its other lines, and words longer than any path."""
    if "\n" not in message and len(message) <= _LONGEST_WORD:
        return message
    words = message.partition("\n")[0].split(" ")
    line = " ".join(word if len(word) <= _LONGEST_WORD else f"{word[:_SHOWN]}…" for word in words)
    return line if "\n" not in message else f"{line}…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: what was found, what was expected, where, and what to do."""

    message: str
    place: Place | None = None
    hint: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", _one_line(self.message))

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{where}{self.message}{hint}"


class FleetError(Exception):
    """Something ended the run; `hint` says what the user can do."""

    exit_code = Exit.ERROR

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class InvalidInput(FleetError):
    """The files of the fleet are wrong; `problems` holds all of them, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the fleet's files")


class EditRefused(FleetError):
    """An edit of the files was not made, and they are as they were; the message starts with the place."""

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(f"{place}: {message}" if place else message, hint=hint)
        self.place = place


class UsageError(FleetError):
    """The command was called in a way that makes no sense."""

    exit_code = Exit.USAGE


class FilesInTheWay(FleetError):
    """What was to be written stands there already, written by somebody else."""


class GitError(FleetError):
    """Git is missing, did not end in time or gave no answer."""


class UnsafeRepository(FleetError):
    """What git would take for the repository of the fleet's folder is not the user's own `.git`."""


class OperatorError(FleetError):
    """The operator could not be read or ordered from."""


class OperatorUnreachable(OperatorError):
    """No answer came from the operator, or not in time."""


class OperatorRefused(OperatorError):
    """The operator answered that it will not: a refused token, missing rights, a wrong address."""

    def __init__(self, message: str, *, status: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class OperatorBusy(OperatorError):
    """The operator took no order because there are too many; it may be sent again in `seconds`."""

    def __init__(self, message: str, *, seconds: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds


class UnreadableAnswer(OperatorError):
    """The operator's answer is not what its interface promises."""


class UnusableExport(OperatorError):
    """An export of the operator is missing, too old, too large, or of a kind that is not read."""


class AmbiguousAnswer(OperatorError):
    """An order was sent and nobody knows whether it was accepted."""


class IncompleteSnapshot(FleetError):
    """Live could not be read completely; planning from it could remove what was only not seen."""


class UnreadablePlan(FleetError):
    """A saved plan is broken, was edited, or comes from a later major version."""


class UnreadableBill(FleetError):
    """A bill is none that can be read, or says what nobody can make sense of; the message names every such line."""


class PublishingError(FleetError):
    """The platform of the pull requests, GitHub or GitLab, could not be read or written; `status` is HTTP's, or 0."""

    def __init__(self, message: str, *, status: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class JournalError(FleetError):
    """The journal's database refuses; no order is sent without a committed intent."""


class Stopped(FleetError):
    """Ctrl-C or SIGTERM came; what was not begun yet is not begun any more."""

    exit_code = Exit.TERMINATED


class LockedError(FleetError):
    """Another run holds the lease of this organisation."""

    exit_code = Exit.LOCKED


class LeaseLost(LockedError):
    """The lease of this run ended or was taken over: it may neither order nor record any more."""


class BlockedPlan(FleetError):
    """A check refuses what was asked for."""

    exit_code = Exit.BLOCKED


class ApprovalMissing(FleetError):
    """The plan was not approved, so nothing was ordered."""

    exit_code = Exit.NOT_APPROVED


class ConnectionRefused(ApprovalMissing):
    """The connection is not the base branch's, or not the one the folder had and nobody confirmed it."""


class StalePlan(FleetError):
    """Other actions would be planned now than the approved ones."""

    exit_code = Exit.NOT_APPROVED


def problem_of_its_own(error: Exception) -> FleetError:
    """Return what is told of an error that nobody foresaw."""
    return FleetError(f"fleet met a problem of its own: {type(error).__name__}: {error}")
