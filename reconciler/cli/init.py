"""`fleet init`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import DEFAULT_ROOT, Console, common
from reconciler.cli.questions import Unfit, made, one_of, until_fit
from reconciler.errors import UsageError
from reconciler.usecases.ci_systems import CI

if TYPE_CHECKING:
    from reconciler.usecases.initialising import Beginning, Wish

_SANDBOX = "sandbox"


@click.command()
@click.option("--organisation", metavar="NAME", help="Its trading name or id at the operator.")
@click.option("--provider", type=click.Choice([_SANDBOX, "tmf"]), help="Where the services live.  [default: sandbox]")
@click.option("--url", metavar="URL", help="With --provider tmf: where its server is.")
@click.option("--ci", type=click.Choice([str(ci) for ci in CI]), help="Whose workflows to write.  [default: none]")
@click.option("--source", metavar="URL@COMMIT", help="The fleet that the workflows run.  [default: the one installed]")
@common
def init(
    console: Console,
    organisation: str | None,
    provider: str | None,
    url: str | None,
    ci: str | None,
    source: str | None,
) -> None:
    """Begin a fleet: its settings, and the workflows that plan and apply it.

    On a terminal, asks for what the options do not say. Only what is missing is written: a file that is there stays as
    it is, so that a second run can add the workflows.
    """
    from reconciler.usecases.initialising import address_of, begin, write_beginning

    if (url is None) is (provider == "tmf"):
        raise UsageError("--provider tmf needs --url" if url is None else "--url goes with --provider tmf")
    address = address_of(url) if url is not None else None
    asks = console.input and sys.stdin.isatty()
    wish = _wish(console, organisation, provider, address, ci, source, asks=asks)
    beginning = begin(console.root, wish, here=Path.cwd())
    write_beginning(beginning)
    _tell(console, beginning, wish)


def _wish(
    console: Console,
    organisation: str | None,
    provider: str | None,
    url: str | None,
    ci: str | None,
    source: str | None,
    *,
    asks: bool,
) -> Wish:
    """Return what the options say and, where somebody can be asked, the answers to the rest."""
    from reconciler.usecases.initialising import Wish, settled
    from reconciler.usecases.repository import installed_source, read_source

    known = settled(console.root)
    if known is not None and (provider or organisation not in (None, known)):
        said = f"{console.root / 'fleet.yaml'} says of what organisation the fleet is, and where it lives"
        raise UsageError(said, hint="Leave out --organisation, --provider and --url, and change the file.")
    name = known or organisation
    if name is None:
        name = _organisation(console) if asks else _refuse_unnamed()
    if known is None and provider is None and asks:
        url = _home(console)
    if ci is None:
        ci = one_of(console, "Pull requests are at", list(CI), CI.GITHUB) if asks else CI.NONE
    comes_from = read_source(source) if source is not None else installed_source()
    return Wish(name, url, CI(ci), comes_from)


def _refuse_unnamed() -> str:
    hint = "By trading name, or by id at the operator; in a sandbox any name will do."
    raise UsageError("--organisation must be named", hint=hint)


def _organisation(console: Console) -> str:
    def read(answer: str) -> str:
        if not answer or not answer.isprintable():
            raise Unfit("a name is needed; in a sandbox any will do")
        return answer

    return until_fit(console, "Name of the organisation, as the operator knows it", read)


def _home(console: Console) -> str | None:
    from reconciler.usecases.initialising import address_of

    question = "Where the services live: 'sandbox' to try, or the address of a TM Forum server [sandbox]"
    return until_fit(console, question, lambda answer: None if answer in ("", _SANDBOX) else made(address_of, answer))


def _tell(console: Console, beginning: Beginning, wish: Wish) -> None:
    """Say what was written and what was there, and end with the next command."""
    written = [_shown(beginning, file.name) for file in beginning.files]
    if beginning.kept:
        console.say("There already, and kept: " + ", ".join(_shown(beginning, name) for name in beginning.kept))
    console.result("\n  ".join(["Written:", *written]) if written else "Everything is there; nothing was written.")
    for line in _advice(beginning, wish):
        console.say(line)
    where = "" if console.root == Path(DEFAULT_ROOT) else f" -C {quote(str(console.root))}"
    console.say(f"Next: fleet{where} {'plan' if beginning.has_users else 'import'}")


def _advice(beginning: Beginning, wish: Wish) -> list[str]:
    lines = []
    if wish.ci is not CI.NONE and wish.source is None:
        lines.append(
            f"In the workflows, put the repository of fleet and a commit where {_placeholder(wish.ci)} stands."
        )
    if beginning.to_include:
        lines.append(f"In .gitlab-ci.yml, have it included:  include: [{{local: {beginning.to_include}}}]")
    if beginning.needs_secrets:
        lines.append("The operator's credentials: export FLEET_CLIENT_ID=… FLEET_CLIENT_SECRET=…")
    return lines


def _placeholder(ci: CI) -> str:
    from reconciler.usecases.initialising import NOBODY

    return NOBODY.slug if ci is CI.GITHUB else NOBODY.url


def _shown(beginning: Beginning, name: str) -> str:
    return os.path.relpath(beginning.base / name)
