"""`fleet sandbox serve|reset|advance|drift`."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.errors import UsageError
from reconciler.settings import open_sandbox

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox

PORT = 8620
_SPAN = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$")


@click.group()
@common
def sandbox(console: Console) -> None:
    """Run, reset and move the embedded operator."""


@sandbox.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="On this machine only.")
@click.option("--require-token", is_flag=True, help="Refuse requests without an OAuth2 token.")
@common
def serve(console: Console, port: int, require_token: bool) -> None:
    """Serve it over HTTP until Ctrl-C."""
    import uvicorn

    from reconciler.sandbox.app import SECRET

    operator = _ready(console)
    operator.configure(require_token=require_token)
    url = f"http://127.0.0.1:{port}"
    console.say(f"The sandbox is at {url}; its clock says {operator.now:%Y-%m-%d %H:%M} UTC. Ctrl-C ends it.")
    console.say(f"In fleet.yaml:  provider: {{type: tmf, url: '{url}'}}")
    if require_token:
        console.say(
            f"With provider.auth; any client id, and the secret '{SECRET}' (token endpoint {url}/oauth2/token)."
        )
    uvicorn.run(operator.app(), host="127.0.0.1", port=port, log_level="warning", date_header=False, access_log=False)


@sandbox.command()
@click.option("--users", type=click.IntRange(0, 1_000_000), default=40, show_default=True, help="How many users.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number is another fleet.")
@click.option("--day", metavar="DATE", default="2026-11-23", show_default=True, help="What its clock says.")
@common
def reset(console: Console, users: int, seed: int, day: str) -> None:
    """Start afresh with a random fleet, the same for the same options."""
    operator = open_sandbox(console.root)
    operator.reset(users=users, seed=seed, now=_morning(day))
    console.result(f"The sandbox starts afresh on {operator.today} with {users} users.")


@sandbox.command()
@click.argument("span", metavar="3d|12h|30m")
@common
def advance(console: Console, span: str) -> None:
    """Move its clock: orders take effect, bills are issued."""
    operator = _ready(console)
    for line in operator.advance(_span(span)):
        console.result(line)
    console.result(f"Its clock says {operator.now:%Y-%m-%d %H:%M} UTC.")


@sandbox.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Another number changes other things.")
@common
def drift(console: Console, seed: int) -> None:
    """Change things behind our back, as somebody at the portal would."""
    for line in _ready(console).drift(seed):
        console.result(line)


def _ready(console: Console) -> Sandbox:
    """Return the fleet's sandbox, with a fleet in it."""
    operator = open_sandbox(console.root)
    if operator.is_empty:
        operator.reset()
    return operator


def _span(text: str) -> timedelta:
    found = _SPAN.match(text.strip())
    if not text or found is None:
        raise UsageError(f"'{text}' is no span of time", hint="Write it like 3d, 12h, 1d12h or 30m.")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _morning(day: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(9), ZoneInfo("Europe/Brussels"))
    except ValueError as error:
        raise UsageError(f"'{day}' is no date", hint="Write it like 2026-12-31.") from error
