"""The options that describe a service, and what they make of it as it stands in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from reconciler.cli import completing
from reconciler.cli.options import Day
from reconciler.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])


class DatedOption(click.ParamType[Any]):
    """An option of a service, with dates or without: `NAME[:FROM[:UNTIL]]`."""

    name = "option"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the option as it stands in a file; a usage error for a day that is none."""
        from reconciler.usecases.words import option_of

        try:
            return option_of(value) if isinstance(value, str) else value
        except UsageError as error:
            self.fail(str(error), param, ctx)


class Donor(click.ParamType[Any]):
    """Where a number comes from: `OPERATOR:ACCOUNT[:DATE]`."""

    name = "donor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the port-in as it stands in a file; a usage error for another shape."""
        from reconciler.usecases.words import donor_of

        try:
            return donor_of(value) if isinstance(value, str) else value
        except UsageError as error:
            self.fail(str(error), param, ctx)


def service_options(command: _Command) -> _Command:
    """Give a command the options that describe a service; `service_values` takes them."""
    from reconciler.model.fleet import Activation, SimType

    decorators = (
        click.option("--profile", metavar="P", shell_complete=completing.profiles, help="A profile of fleet.yaml."),
        click.option(
            "--bundle",
            metavar="B",
            shell_complete=completing.bundles,
            help="The bundle, as the operator's catalogue names it.",
        ),
        click.option(
            "--option",
            "options",
            type=DatedOption(),
            multiple=True,
            metavar="O[:FROM[:UNTIL]]",
            shell_complete=completing.options,
            help="An option, for a time or not; any number of them.",
        ),
        click.option("--number", metavar="N", help="The telephone number, like +32470123456."),
        click.option("--sim", type=click.Choice([str(kind) for kind in SimType]), help="The kind of SIM."),
        click.option("--iccid", metavar="I", help="The SIM's 19 or 20 digits."),
        click.option("--from", "from_", type=Day(), metavar="DATE", help="The first day of the service."),
        click.option("--until", type=Day(), metavar="DATE", help="The last day of the service."),
        click.option(
            "--cost-centre",
            metavar="C",
            shell_complete=completing.cost_centres,
            help="Where it is booked, other than the user's.",
        ),
        click.option("--activation", type=click.Choice([str(kind) for kind in Activation]), help="Who finishes it."),
        click.option(
            "--port-in", type=Donor(), metavar="OPERATOR:ACCOUNT[:DATE]", help="Where the number comes from, and when."
        ),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def service_values(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the options say of a service, its SIM aside, as it stands in a file."""
    days = {"from": chosen["from_"], "until": chosen["until"]}
    values = {
        **{key: chosen[key] for key in ("profile", "bundle", "number", "cost_centre", "activation", "port_in")},
        **{key: day.isoformat() if day else None for key, day in days.items()},
        "options": list(chosen["options"]) or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def sim_values(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the options say of a SIM."""
    values = {"type": chosen["sim"], "iccid": chosen["iccid"]}
    return {key: value for key, value in values.items() if value is not None}
