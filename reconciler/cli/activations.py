"""`fleet activations`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import completing
from reconciler.cli.console import Console, common
from reconciler.cli.options import output_format
from reconciler.cli.progress import progress
from reconciler.cli.running import run
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.model.secret import Secret


@click.command()
@click.argument("names", nargs=-1, metavar="[USER[/LABEL]]...", shell_complete=completing.addresses)
@click.option("--run", "run_id", metavar="RUN", help="List only what that run added or changed.")
@click.option("--show", is_flag=True, help="Show the code of one service, as a QR code and as text.")
@click.option("--reveal", is_flag=True, help="Show it also where stdout is no terminal.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to a file that only you can read: .txt, or the QR code as .png or .svg.",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE where it is there already.")
@output_format
@common
def activations(
    console: Console,
    names: tuple[str, ...],
    run_id: str | None,
    show: bool,
    reveal: bool,
    out: Path | None,
    overwrite: bool,
    output: str,
) -> None:
    """List the services that have an activation code for their eSIM, or give out the code of one.

    The code is a secret: it is read from the operator when it is asked for, and kept nowhere.
    """
    from reconciler.reports.qr import file_content
    from reconciler.usecases.activations import activation_code
    from reconciler.usecases.secret_file import write_secret

    if (reveal and not show) or (overwrite and out is None):
        raise UsageError("--reveal goes with --show, and --overwrite with -o FILE")
    if not show and out is None:
        _list(console, names, run_id, output)
        return
    if len(names) != 1 or run_id is not None or output != "text":
        raise UsageError(
            "--show and -o give out the code of one service",
            hint="Name it as USER/LABEL; --run and --format are for the list.",
        )
    if show:
        _require_terminal(reveal)
    if out is not None:
        _require_fit(out, overwrite)
    service, code = run(activation_code(console.world(), names[0]))
    if show:
        _show(console, service.service.address, code)
    if out is not None:
        write_secret(out, file_content(code.reveal(), out.suffix.lower()), overwrite=overwrite)
        console.say(f"The activation code of {service.service.address} is in {out}, which only you can read.")


def _list(console: Console, names: tuple[str, ...], run_id: str | None, output: str) -> None:
    from reconciler.reports.activations import activations_document, activations_text
    from reconciler.usecases.activations import services_with_code

    with progress(console, "asking for codes") as shown:
        services = run(services_with_code(console.world(), names, run_id=run_id, progress=shown))
    text = json.dumps(activations_document(services), indent=2, ensure_ascii=False)
    console.result(text if output == "json" else activations_text(services, paint=console.paint))


def _require_terminal(reveal: bool) -> None:
    if not reveal and not sys.stdout.isatty():
        hint = "Write it to a file with -o FILE, or add --reveal."
        raise UsageError("an activation code is a secret, and stdout is no terminal", hint=hint)


def _require_fit(out: Path, overwrite: bool) -> None:
    """Refuse a file before the code is read, not after."""
    from reconciler.reports.qr import SUFFIXES
    from reconciler.usecases.secret_file import require_free

    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"what should {out} hold? Its name ends in none of {', '.join(SUFFIXES)}")
    require_free(out, overwrite=overwrite)


def _show(console: Console, address: str, code: Secret) -> None:
    from reconciler.reports.qr import qr_lines

    picture = qr_lines(code.reveal())
    needed = len(picture[0])
    if needed > console.width:
        console.warn(
            f"the QR code needs {needed} columns, and the terminal has {console.width}: see it with -o FILE.svg"
        )
    else:
        console.draw(picture)
    console.say(f"The activation code of {address}:")
    console.result(code.reveal())
