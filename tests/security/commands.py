"""Every command that reads the fleet's folder, as it is run on each hostile repository."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import NamedTuple

import click

from reconciler.cli.app import fleet

USER, LABEL = "an.hermans@brouwerij.example", "phone"
SERVICE = f"{USER}/{LABEL}"
#: In CI the base is named, so that git is asked for what is trusted and who wrote the change.
CI = MappingProxyType({"CI": "true", "FLEET_BASE_REF": "origin/main", "FLEET_REQUESTER": "dev@brouwerij.example"})


class Call(NamedTuple):
    """One run of a command: its name and arguments, what comes of it where nothing is hostile, and where it runs.

    `{desk}` in an argument is a folder outside of the repository, where results go.
    """

    name: str
    arguments: str = ""
    code: int = 0
    ci: bool = False

    @property
    def words(self) -> list[str]:
        """The command line after `fleet`."""
        return [*self.name.split(), *self.arguments.split()]


CALLS = (
    Call("validate"),
    Call("validate", "--format sarif"),
    Call("plan", "-o {desk}/new.json --detailed-exitcode", 2),
    Call("plan", "--changed-since origin/main", 0),
    Call("plan", "--live {desk}/live.json --fit-quota"),
    Call("explain", SERVICE.replace("/", " ")),
    Call("show", "{desk}/plan.json"),
    Call("approve", "{desk}/plan.json --key {desk}/key --yes -o {desk}/new.approval"),
    Call("apply", "--auto-approve --allow-removals 9"),
    Call("apply", "{desk}/plan.json --allow-removals 9 --auto-approve"),
    Call("apply", "--resume", 4),
    Call("apply", "--auto-approve --allow-removals 9", 0, ci=True),
    Call("add", f"{USER} spare --bundle mobile-10 --sim esim --yes"),
    Call("add", f"{USER} spare --bundle mobile-10 --sim esim --yes --commit --branch spare"),
    Call("change", f"{USER} {LABEL} --cost-centre IT --yes"),
    Call("remove", f"{USER} {LABEL} --yes"),
    Call("transfer", "ruben.dupont@brouwerij.example car --to an.vandamme@brouwerij.example --yes --commit"),
    Call("block", f"{USER} {LABEL} --yes --commit --live {{desk}}/live.json"),
    Call("unblock", f"{USER} {LABEL} --yes"),
    Call("swap-sim", f"{USER} {LABEL} --sim esim --yes"),
    Call("leave", f"{USER} --yes"),
    Call("edit", "--from {desk}/edits.csv --yes"),
    Call("fmt", "--check"),
    Call("fmt"),
    Call("history"),
    Call("history", "r1", 64),
    Call("cancel", "r1 --yes", 64),
    Call("checklist done", SERVICE, 64),
    Call("checklist status", "", 64),
    Call("checklist write", "r1"),
    Call("activations"),
    Call("unlock"),
    Call("journal adopt", "fleets/fleet-config/.fleet/journal.db --yes", 1),
    Call("trust"),
    Call("users"),
    Call("users", "hermans --desired"),
    Call("user", f"{USER} --diff"),
    Call("services", "--desired --format csv"),
    Call("services", "--snapshot {desk}/live.json --diff"),
    Call("upcoming", "--days 90"),
    Call("quota"),
    Call("quota request", "-o {desk}/letter.eml"),
    Call("bill"),
    Call("bill check", "{desk}/bill.csv --month 2026-12"),
    Call("snapshot", "-o {desk}/new-live.json"),
    Call("ci plan", "--no-publish", ci=True),
    Call("ci plan", "--changed-since origin/main", ci=True),
    Call("ci drift", "--no-publish", ci=True),
    Call("ci apply", "--no-publish --plan {desk}/plan.json", ci=True),
    Call("file map", "fleets/fleet-config/exports/s.csv"),
    Call("init"),
    Call("import", "--out {desk}/imported --check", 2),
    Call("import", "--adopt"),
    Call("sandbox advance", "1d"),
    Call("sandbox bill", "2026-11 -o {desk}/bills", 1),
    Call("sandbox drift", "--seed 4"),
    Call("sandbox export", "-o {desk}/exports"),
    Call("sandbox fault", "--clear"),
    Call("sandbox reset"),
)
#: Commands that read no folder, and why.
READ_NOTHING = MappingProxyType({"completion": "prints a script that is the same everywhere"})
#: Commands that read what they are given, and nothing of the folder.
READ_NO_FOLDER = frozenset({"show"})
#: Commands that go on until they are ended; they have a test of their own.
ENDLESS = MappingProxyType({"sandbox serve": "serves the embedded operator"})


def known_commands() -> frozenset[str]:
    """Return the names of all commands that do something, as click has them."""
    return frozenset(_leaves(fleet, ()))


def _leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(command, click.Group) or (command.invoke_without_command and path):
        yield " ".join(path)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None
            yield from _leaves(part, (*path, name))
