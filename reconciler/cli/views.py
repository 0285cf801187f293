"""A plan on stdout in the form that was asked for, masked where others read along."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.console import Console
from reconciler.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.ports import Outcome
    from reconciler.reports.publication import Publication

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FORMATS = ("text", "json", "markdown", "html", "github")
_MASKED = "Mask numbers and SIMs but for their last three digits.  [default: where CI is set]"


@dataclass(frozen=True, slots=True)
class View:
    """The form of a plan on stdout, and whether what is personal in it is masked."""

    output: str = "text"
    redact: bool = False

    def shown(self, plan: Plan) -> Plan:
        """Return the plan as it may be read here."""
        from reconciler.reports.redaction import redacted

        return redacted(plan) if self.redact else plan

    def applied(self, plan: Plan, outcomes: Mapping[str, Outcome]) -> tuple[Plan, Mapping[str, Outcome]]:
        """Return the plan and what came of it as they may be read here."""
        from reconciler.reports.redaction import redacted_outcomes

        return self.shown(plan), redacted_outcomes(plan, outcomes) if self.redact else outcomes

    def words(self, text: str) -> str:
        """Return a text as it may be read here."""
        from reconciler.reports.redaction import masked

        return masked(text) if self.redact else text


def plan_format(command: _Command) -> _Command:
    """Give a command `--format` and `--redact`; `view` takes them."""
    chosen = click.option(
        "--format",
        "output",
        type=click.Choice(_FORMATS),
        default="text",
        show_default=True,
        help="Of stdout: markdown is the comment on a pull request, html a page for a browser, github the findings as "
        "workflow commands.",
    )
    return chosen(masking(command))


def masking(command: _Command) -> _Command:
    """Give a command `--redact/--reveal`; `view` takes it."""
    return click.option("--redact/--reveal", "redact", default=None, help=_MASKED)(command)


def view(output: str = "text", *, redact: bool | None) -> View:
    """Return the view these options make; UsageError where JSON should be masked, which is what apply takes."""
    if output == "json" and redact:
        raise UsageError("a plan as JSON is what apply takes, and is never masked", hint="Choose another --format.")
    return View(output, in_ci() if redact is None else redact)


def in_ci() -> bool:
    """Tell whether a CI system runs this, as they all say in the variable CI: what is printed, others read."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def write_plan(console: Console, plan: Plan, view: View, *, document: Callable[[], str]) -> None:
    """Write a plan to stdout; `document` returns it as JSON."""
    from reconciler.reports.text import plan_text

    if view.output == "json":
        console.result(document())
    elif view.output == "markdown":
        from reconciler.reports.markdown.reports import comment

        console.result(comment(view.shown(plan), publication(plan)).text)
    elif view.output == "html":
        from reconciler.reports.html.plan import page

        console.result(page(view.shown(plan), publication(plan)))
    elif view.output == "github":
        from reconciler.reports.annotations import workflow_commands
        from reconciler.reports.rows import summary

        shown = view.shown(plan)
        console.commands(workflow_commands(shown.findings, root=folder(console), others="see the plan"))
        console.result(summary(shown))
    else:
        console.result(plan_text(view.shown(plan), width=console.width, paint=console.paint))


def publication(plan: Plan) -> Publication:
    """Return where a plan appears that is printed and not published: nowhere yet."""
    from reconciler.planning.document import digest
    from reconciler.reports.publication import Publication

    return Publication(plan.organisation, plan.desired.commit, plan_id=digest(plan))


def folder(console: Console) -> str:
    """Return the fleet's folder as seen from the repository's, which is what an annotation names its file from."""
    try:
        return os.path.relpath(console.root, os.environ.get("GITHUB_WORKSPACE") or None).replace(os.sep, "/")
    except ValueError:  # on another drive, where there are drives
        return str(console.root)


@contextmanager
def annotating(console: Console, output: str) -> Iterator[None]:
    """Show what is wrong with the files at their lines, where that is the form; the run ends as it would anyway."""
    try:
        yield
    except InvalidInput as error:
        if output == "github":
            from reconciler.reports.annotations import workflow_commands

            console.commands(workflow_commands(error.problems, root=folder(console), others="see below"))
        raise
