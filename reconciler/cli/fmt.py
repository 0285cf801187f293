"""`fleet fmt`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.console import Console, common
from reconciler.errors import Exit


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]...")
@click.option("--check", is_flag=True, help="Write nothing; leave with 2 where something would change.")
@common
def fmt(console: Console, files: tuple[Path, ...], check: bool) -> Exit:
    """Bring the users' files, or each FILE, into the usual form; comments and blank lines stay.

    Two spaces a level, keys in their usual order, double quotes around numbers and SIMs.
    """
    from reconciler.desired.load import USERS
    from reconciler.usecases.formatting import format_files
    from reconciler.usecases.writing import write

    here = console.world()
    looked_at, changed = format_files(here, files)
    if not looked_at:
        console.warn(f"there are no users' files in '{here.root / USERS}'; nothing was formatted")
        return Exit.DONE
    if not check:
        write(here.root, changed, may_move=False)
    for file in changed:
        console.result(f"{'would change' if check else 'formatted'}: {file.name}")
    if not changed:
        console.say("Everything is in the usual form.")
    return Exit.CHANGES if check and changed else Exit.DONE
