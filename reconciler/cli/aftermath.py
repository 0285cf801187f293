"""What follows once orders were placed: every step is tried, and none that fails hides another or the exit code.

The places where something may fail after the first order: the outcome on stdout (a full disk, a reader that went away),
a report (`--junit`), a checklist, the folder of a CI job with its outputs and summary, the comment on a pull request.
All of them are tried through this, or return what went wrong as words (`usecases.telling.leave`, `sticky`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.cli.console import Console
from reconciler.cli.streams import lost
from reconciler.errors import FleetError


@contextmanager
def trying(console: Console, what: str) -> Iterator[None]:
    """Do what is within, and say on stderr what of it failed; `what` begins the sentence."""
    try:
        yield
    except FleetError as error:
        console.error(f"{what}: {error}", hint=error.hint)
    except OSError as error:
        console.error(f"{what}: {error.strerror or error}")
    except Exception as error:
        console.error(f"{what}: {type(error).__name__}: {error}")


def tell_outcome(console: Console, text: str) -> None:
    """Write what became of orders to stdout; to stderr where stdout cannot be written any more."""
    console.ordered = True
    console.result(text)
    if lost(sys.stdout) is not None:
        console.warn(f"stdout could not be written to the end; what became of the orders:\n{text}")
