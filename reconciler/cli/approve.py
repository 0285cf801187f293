"""`fleet approve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.files import write_given

if TYPE_CHECKING:
    from reconciler.model.plan import Plan

_File = click.Path(path_type=Path, dir_okay=False)
_Key = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("file", type=_File)
@click.option("--key", type=_Key, required=True, help="Your private SSH key; its public half is an allowed signer.")
@click.option("--role", help="In which role; by default the one the plan needs and you have.")
@click.option(
    "--hours", type=click.IntRange(1, 720), help="How long it holds.  [default: 72, or what fleet.yaml allows]"
)
@click.option("-o", "--out", type=_File, metavar="APPROVAL", help="Where to; by default FILE.NAME.approval.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def approve(
    console: Console, file: Path, key: Path, role: str | None, hours: int | None, out: Path | None, yes: bool
) -> None:
    """Show a saved plan and sign it."""
    from reconciler.reports.text import plan_text
    from reconciler.usecases.approving import ApproveRequest, is_told_apart
    from reconciler.usecases.approving import approve as sign
    from reconciler.usecases.saving import read_plan

    def confirm(plan: Plan) -> bool:
        if yes:
            return True
        console.result(plan_text(plan, width=console.width, paint=console.paint))
        console.result(f"Orders go to: {plan.live.origin}")
        return console.confirmed("Approve exactly this?", hint="Without a terminal, say it beforehand: --yes.")

    request = ApproveRequest(read_plan(file), key, role, hours)
    world = console.world()
    signed = sign(world, request, confirm=confirm)
    said = signed.statement
    path = out or file.with_name(f"{file.name}.{said.approver.partition('@')[0]}.approval")
    write_given(path, signed.document().encode())
    whose = f"{said.approver} as {said.role}" if said.role else said.approver
    console.result(f"Approved by {whose} until {said.expires:%Y-%m-%d %H:%M} UTC: {path}")
    if not is_told_apart(world, said.approver):
        message = f"approvals.people of fleet.yaml does not declare the addresses and logins of {said.approver}"
        console.warn(f"{message}: this counts only if whoever asks for the plan is declared there, or a signer too")
    console.say(f"To carry it out: fleet apply {file} --approval {path}")
