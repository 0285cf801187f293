"""`fleet sandbox serve|reset|advance|bill|drift|export|fault`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import Console, common
from reconciler.errors import FleetError, UsageError
from reconciler.files import write_given
from reconciler.settings import open_sandbox

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox

PORT = 8620
_LONGEST_DAYS, _FIRST_YEAR, _LAST_YEAR = 3660, 2000, 2100
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
_LONGEST_LATENCY = 60
_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
_SPAN = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$")


class _Latency(click.ParamType[float]):
    """A time like 20ms or 1.5s, in seconds."""

    name = "latency"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds; a usage error for what is no time, or too long a one."""
        if isinstance(value, float):
            return value
        found = _LATENCY.fullmatch(value.strip())
        if found is None:
            self.fail(f"'{value}' is no time; write it like 20ms or 1.5s.", param, ctx)
        seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
        if seconds > _LONGEST_LATENCY:
            self.fail(f"'{value}' is too long; at most {_LONGEST_LATENCY}s.", param, ctx)
        return seconds


@click.group()
@common
def sandbox(console: Console) -> None:
    """Run, reset, move and break the embedded operator."""


@sandbox.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="On this machine only.")
@click.option("--require-token", is_flag=True, help="Refuse requests without an OAuth2 token.")
@click.option("--latency", type=_Latency(), default=0.0, metavar="20ms|1.5s", help="How late every answer comes.")
@click.option("--gzip", is_flag=True, help="Compress long answers for who accepts it.")
@common
def serve(console: Console, port: int, require_token: bool, latency: float, gzip: bool) -> None:
    """Serve it over HTTP until Ctrl-C."""
    import logging

    import uvicorn

    from reconciler.sandbox.app import SECRET
    from reconciler.sandbox.faults import is_dropped
    from reconciler.sandbox.serving import served

    logging.getLogger("uvicorn.error").addFilter(lambda record: not is_dropped(record))
    operator = _ready(console)
    _require_free(port)
    url = f"http://127.0.0.1:{port}"
    console.say(f"The sandbox is at {url}; its clock says {operator.now:%Y-%m-%d %H:%M} UTC. Ctrl-C ends it.")
    console.say(f"In fleet.yaml:  provider: {{type: tmf, url: '{url}'}}")
    if require_token:
        console.say(
            f"With provider.auth; any client id, and the secret '{SECRET}' (token endpoint {url}/oauth2/token)."
        )
    app = served(operator.app(require_token=require_token), latency=latency, gzip=gzip)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", date_header=False, access_log=False)


@sandbox.command()
@click.option("--users", type=click.IntRange(0, 1_000_000), default=40, show_default=True, help="How many users.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number is another fleet.")
@click.option(
    "--granted",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Removals granted beyond the quota, as the example declares.",
)
@click.option("--day", metavar="DATE", default="2026-11-23", show_default=True, help="What its clock says.")
@common
def reset(console: Console, users: int, seed: int, granted: int, day: str) -> None:
    """Start afresh with a random fleet, the same for the same options."""
    operator = open_sandbox(console.root)
    operator.reset(users=users, seed=seed, granted=granted, now=_morning(day))
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
@click.argument("month", metavar="MONTH")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
@common
def bill(console: Console, month: str, out: Path | None) -> None:
    """Give out the bill of a MONTH like 2026-12 as a structured invoice (UBL); a bill is issued as the month begins."""
    if not _MONTH.fullmatch(month):
        raise UsageError(f"'{month}' is no month", hint="Write it like 2026-12.")
    try:
        text = _ready(console).invoice(month)
    except LookupError as error:
        raise FleetError(str(error.args[0]), hint="fleet sandbox advance 30d moves its clock past a first.") from error
    if out is None:
        console.result(text.rstrip("\n"))
    else:
        write_given(out, text.encode())
        console.say(f"The bill of {month} is written to {out}.")


@sandbox.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Another number changes other things.")
@common
def drift(console: Console, seed: int) -> None:
    """Change things behind our back, as somebody at the portal would."""
    for line in _ready(console).drift(seed):
        console.result(line)


@sandbox.command()
@click.option("--layout", type=click.Choice(["en", "nl", "fr"]), default="en", show_default=True, help="Whose portal.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR", help="Where to."
)
@common
def export(console: Console, layout: str, out: Path) -> None:
    """Write the lists that its portal exports: for trying out the connection over files.

    English and Dutch are CSV, French is a workbook; the catalogue, which no portal exports, is written beside.
    """
    for path in _ready(console).export(layout, out):
        console.result(str(path))


class _Fault(click.Command):
    """Lists the kinds at the end of its help, where there is no need to import them for anything else."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each kind does."""
        from reconciler.sandbox.faults import KINDS

        with formatter.section("Kinds, with what VALUE is for them and its [default]"):
            formatter.write_dl(list(KINDS.items()))


@sandbox.command(cls=_Fault)
@click.argument("kind", required=False)
@click.option(
    "--match",
    metavar="TEXT",
    default="",
    help="Method and path its request begins with, and a word of its body: 'POST /tmf-api/… ind-0000003'.",
)
@click.option("--times", type=click.IntRange(min=1), default=1, show_default=True, help="How many requests.")
@click.option("--value", type=click.FloatRange(min=0), help="Seconds, for the kinds that take some.")
@click.option("--clear", is_flag=True, help="Switch all faults off.")
@common
def fault(console: Console, kind: str | None, match: str, times: int, value: float | None, clear: bool) -> None:
    """Switch a fault on, to see how an apply copes with it."""
    from reconciler.sandbox.faults import KINDS

    known = f"The kinds are {', '.join(KINDS)}."
    if clear == (kind is not None):
        raise UsageError("expected either the KIND of a fault or --clear", hint=known)
    if kind is not None and kind not in KINDS:
        raise UsageError(f"there is no fault '{kind}'{_nearest(kind, KINDS)}", hint=known)
    operator = _ready(console)
    if kind is None:
        operator.clear_faults()
        console.result("All faults are switched off.")
        return
    operator.fault(kind, match, times=times, value=value)
    requests = f"the next {times} requests" if times > 1 else "the next request"
    console.result(f"{kind}: {KINDS[kind]}; for {requests}" + (f" of '{match}'." if match else "."))


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


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
    if days + hours // 24 + minutes // 1440 > _LONGEST_DAYS:
        raise UsageError(f"'{text}' is too long", hint=f"At most {_LONGEST_DAYS} days at a time.")
    return timedelta(days=days, hours=hours, minutes=minutes)


def _morning(day: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.combine(datetime.fromisoformat(day).date(), time(9), ZoneInfo("Europe/Brussels"))
    except ValueError as error:
        raise UsageError(f"'{day}' is no date", hint="Write it like 2026-12-31.") from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise UsageError(f"'{day}' is out of reach", hint=f"A day of the years {_FIRST_YEAR} to {_LAST_YEAR}.")
    return moment


def _require_free(port: int) -> None:
    """Raise FleetError where somebody listens on a port already, before it is said that we do."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"port {port} cannot be served on: {error.strerror}"
            raise FleetError(message, hint="Name another one with --port.") from error
