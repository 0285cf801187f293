"""The sandbox in one process and the command in another, over loopback; and what a terminal and a signal do."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from reconciler.cli.app import COMMANDS
from reconciler.sandbox import Sandbox
from reconciler.sandbox.schema import orders
from tests.e2e.conftest import FLEET, Fleet, edit
from tests.e2e.terminal import on_terminal
from tests.state import trust


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(root: Path, *options: str) -> Iterator[str]:
    """Serve the fleet's sandbox until the block ends, and yield its address; what it says goes to `served.log`."""
    port = free_port()
    command = [FLEET, "sandbox", "serve", "--port", str(port), *options]
    log = (root.parent / "served.log").open("w", encoding="utf-8")
    with log, subprocess.Popen(command, cwd=root.parent, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(200):
                try:
                    httpx.get(f"{url}/tmf-api/agreementManagement/v4/agreement", timeout=1)
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def over_http(root: Path, url: str, extra: str = "", *, trusted: bool = True) -> None:
    """Have the fleet read its operator over HTTP, as somebody who confirms that."""
    edit(root / "fleet.yaml", "type: sandbox ", f"type: tmf\n  url: {url}\n{extra}  # ")
    with (root / "fleet.yaml").open("a", encoding="utf-8") as settings:
        settings.write("\njournal: {patience: 0.5}\n")
    if trusted:
        trust(root)


def test_a_served_sandbox_gives_the_plan_of_the_embedded_one(fleet: Fleet, root: Path) -> None:
    embedded = fleet("plan").stdout
    with served(root) as url:
        over_http(root, url)
        over = fleet("plan")
        assert over.stdout.replace("at tmf", "at sandbox") == embedded, over.stderr
        assert "Apply complete! 3 added" in fleet("apply", "--auto-approve", "--allow-removals", "3").stdout
        assert fleet("plan").stdout.splitlines()[-1].startswith("No changes.")


def test_a_token_is_needed_where_it_is_required(fleet: Fleet, root: Path) -> None:
    fleet("plan")
    with served(root, "--require-token") as url:
        over_http(root, url, "  auth: {client_id_env: FLEET_CLIENT_AN_ID, client_secret_env: FLEET_SECRET_OF_HERS}\n")
        good = fleet("plan", FLEET_CLIENT_AN_ID="fleet", FLEET_SECRET_OF_HERS="sandbox-secret")
        assert good.returncode == 0, good.stderr
        bad = fleet("plan", FLEET_CLIENT_AN_ID="fleet", FLEET_SECRET_OF_HERS="guess")
        assert bad.returncode == 1
        assert "token endpoint answered 401" in bad.stderr
        assert "guess" not in bad.stderr + bad.stdout


def test_a_slow_operator_is_given_up_on(fleet: Fleet, root: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        over_http(root, f"http://127.0.0.1:{silent.getsockname()[1]}", "  timeout: 0.3\n  attempts: 1\n")
        ran = fleet("plan")
    assert ran.returncode == 1
    assert "did not answer within 0.3 s" in ran.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_an_apply_finishes_what_is_in_the_air_and_says_so(
    number: signal.Signals, code: int, fleet: Fleet, root: Path
) -> None:
    fleet("plan")
    sandbox = Sandbox.open(root / ".fleet" / "sandbox.db")
    sandbox.fault("latency", "POST", times=1000, value=0.3)
    command = [FLEET, "apply", "--auto-approve", "--allow-removals", "3", "--parallelism", "2"]
    with subprocess.Popen(
        command, cwd=root.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        _wait_for_an_order(sandbox)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    assert "nothing more is ordered" in err
    done = len(re.findall(r"^done ", out, re.MULTILINE))
    left = len(re.findall(r"^not started ", out, re.MULTILINE))
    assert done + left == 13
    assert left > 0
    rest = fleet("plan").stdout
    assert f"{left} to" not in rest or "Plan:" in rest
    assert "Traceback" not in err


def _wait_for_an_order(sandbox: Sandbox) -> None:
    """Return when the operator has taken an order, or else fail after half a minute."""
    for _ in range(1500):
        with sandbox.transaction() as connection:
            if connection.execute(select(orders.c.id)).first():
                return
        time.sleep(0.02)
    raise AssertionError("nothing was ordered")


def test_a_narrow_terminal_loses_nothing(root: Path) -> None:
    wide, narrow = on_terminal(root, 160, "plan"), on_terminal(root, 60, "plan")
    assert max(len(line) for line in narrow.splitlines()) <= 80
    assert re.sub(r"\W+", "", narrow) != ""
    for word in ("an.hermans@brouwerij.example", "mobile-10 → mobile-25", "+5.55 next bill"):
        assert word in wide
        assert word in narrow


def test_help_comes_at_once(fleet: Fleet) -> None:
    ran = fleet("--help")
    assert ran.returncode == 0
    for command in ("validate", "plan", "show", "apply", "quota", "bill", "snapshot", "sandbox"):
        assert command in ran.stdout
        assert fleet(command, "--help").returncode == 0


#: What a command needs only to do its work.
HEAVY = frozenset(
    {
        *("alembic", "asyncio", "deepdiff", "httpx", "openpyxl", "phonenumbers", "psycopg", "pydantic", "rich"),
        *("ruamel", "segno", "sqlalchemy", "starlette", "subprocess", "uvicorn", "yaml"),
        *("reconciler.model.plan", "reconciler.planning.planner", "reconciler.desired.load", "reconciler.ports"),
    }
)


def loaded(*commands: str, folder: Path | None = None) -> frozenset[str]:
    """Return the heavy modules that a process has after some command lines."""
    code = """if True:
        import contextlib, sys
        from reconciler.__main__ import main
        for words in sys.argv[1:]:
            sys.argv = ["fleet", *words.split()]
            with contextlib.suppress(SystemExit):
                main()
        print("", *sys.modules, sep="\\nloaded ")"""
    command = [sys.executable, "-c", code, *commands]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return frozenset(re.findall("^loaded (.+)$", ran.stdout, re.MULTILINE)) & HEAVY


def test_help_loads_nothing_heavy() -> None:
    assert loaded("--help") == frozenset()


def test_the_help_of_a_command_loads_nothing_that_only_its_work_needs() -> None:
    planned = {"reconciler.model.plan"}  # for what a list of services can be sorted by
    assert loaded(*(f"{command} --help" for command in COMMANDS)) <= planned


def test_checking_the_files_loads_nothing_that_only_a_plan_needs(root: Path) -> None:
    not_needed = {"asyncio", "deepdiff", "httpx", "rich", "sqlalchemy", "starlette", "reconciler.planning.planner"}
    assert loaded("validate", folder=root.parent) & not_needed == frozenset()


def test_a_plan_of_the_embedded_operator_loads_nothing_that_only_orders_need(fleet: Fleet, root: Path) -> None:
    assert fleet("plan").returncode == 0, "which makes the operator"
    not_needed = {"alembic", "openpyxl", "phonenumbers", "psycopg", "rich", "ruamel", "segno", "sqlalchemy", "uvicorn"}
    assert loaded("plan", folder=root.parent) & not_needed == frozenset()
