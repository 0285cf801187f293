"""`fleet snapshot`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.console import Console, common
from reconciler.cli.running import run
from reconciler.files import write_given


@click.command()
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE", help="Where to."
)
@common
def snapshot(console: Console, out: Path) -> None:
    """Save what is live at the operator to a file, for 'fleet plan --live FILE'."""
    from reconciler.usecases.snapshots import snapshot_text, take_snapshot

    live = run(take_snapshot(console.world()))
    write_given(out, snapshot_text(live).encode())
    console.result(f"{len(live.services)} services of {len(live.users)} users, read at {live.read_at}, saved as {out}.")
