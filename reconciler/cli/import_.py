"""`fleet import`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.cli.running import run
from reconciler.desired.split import Split
from reconciler.errors import Exit, UsageError

if TYPE_CHECKING:
    from reconciler.desired.settings_text import Settings
    from reconciler.usecases.importing import Draft

_MOST_LINES = 20


@click.command("import")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where to, instead of -C.")
@click.option(
    "--split",
    type=click.Choice([str(split) for split in Split]),
    default=str(Split.COST_CENTRE),
    show_default=True,
    help="A file for each cost centre, each user, or for all; later for new users.",
)
@click.option(
    "--profiles",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    metavar="N",
    help="Services that must share a bundle with options for a profile at first; 0 for none.",
)
@click.option("--adopt", is_flag=True, help="Edit files that no import has written, too.")
@click.option("--check", is_flag=True, help="Write nothing; leave with 2 where files are behind live.")
@click.option("--provider", type=click.Choice(["sandbox", "tmf"]), help="The connection, where there is no fleet.yaml.")
@click.option("--url", metavar="URL", help="Where its server is.")
@click.option("--organisation", metavar="NAME", help="Its trading name or id at the operator.")
@click.option("--contract", metavar="ID", help="Its contract, where it has several.")
@click.option("--auth", is_flag=True, help="With FLEET_CLIENT_ID and FLEET_CLIENT_SECRET of the environment (OAuth2).")
@common
def import_(
    console: Console,
    out: Path | None,
    split: str,
    profiles: int,
    adopt: bool,
    check: bool,
    provider: str | None,
    url: str | None,
    organisation: str | None,
    contract: str | None,
    auth: bool,
) -> int:
    """Write the files from what is live, so that a plan right after has nothing to do.

    Declared are bundle, options, number and cost centre. The SIM and whether it is blocked stay the operator's
    business, and users without services are left out: 'services: {}' would remove what they are given later.

    Where an import has written files before, only what differs is edited, and comments and order stay.
    """
    from reconciler.usecases.importing import ImportRequest, draft_import, write_import

    connection = _connection(provider, url, organisation, contract, auth=auth)
    request = ImportRequest(out, Split(split), profiles, connection, adopt or check)
    draft = run(draft_import(console.world(new=connection is not None), request))
    _tell(console, draft)
    if not check:
        write_import(draft)
    console.result(_summary(draft, written=not check))
    return Exit.CHANGES if check and draft.files else Exit.DONE


def _connection(
    provider: str | None, url: str | None, organisation: str | None, contract: str | None, *, auth: bool
) -> Settings | None:
    """Return the way to the operator that the options say, None where they say nothing of it."""
    from reconciler.desired.settings_text import Settings

    if provider is None:
        if url or organisation or contract or auth:
            raise UsageError("--url, --organisation, --contract and --auth go with --provider")
        return None
    if organisation is None:
        raise UsageError("--provider needs --organisation", hint="By trading name, or by id at the operator.")
    if (url is None) is (provider == "tmf"):
        raise UsageError("--provider tmf needs --url" if url is None else "--url goes with --provider tmf")
    settings: dict[str, object] = {"type": provider}
    if url:
        settings["url"] = url
    if auth:
        settings["auth"] = {"client_id_env": "FLEET_CLIENT_ID", "client_secret_env": "FLEET_CLIENT_SECRET"}
    return Settings(organisation, settings, contract)


def _tell(console: Console, draft: Draft) -> None:
    """Say what is not written, and what is to be done about it."""
    for user, reason in draft.left_out:
        console.warn(f"left out: {user}, since {reason}")
    if draft.without_services:
        users = "1 user has" if draft.without_services == 1 else f"{draft.without_services} users have"
        console.say(f"{users} no services and so no place in the files.")
    if draft.ordered:
        orders = "1 order is" if draft.ordered == 1 else f"{draft.ordered} orders are"
        console.say(f"{orders} open at the operator; what they change is not live yet.")
    if draft.advice:
        console.say(f"fleet.yaml has profiles of its own and is left as it is. Worth adding there:\n{draft.advice}")


def _summary(draft: Draft, *, written: bool) -> str:
    """Return what is or would be written."""
    if not draft.files:
        return f"{draft.folder} declares what is live; there is nothing to write."
    names = [f"  {file.name}" for file in draft.files]
    what = f"{draft.services} services of {len(draft.users)} users"
    if draft.changes is not None:
        what = f"{len(draft.changes)} changes"
    head = f"{'Written' if written else 'To be written'} in {draft.folder}: {what}, {len(names)} files."
    return "\n".join([head, *_some(draft.changes or ()), *_some(names)])


def _some(lines: Sequence[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"  and {more} more"] if more > 0 else [])]
