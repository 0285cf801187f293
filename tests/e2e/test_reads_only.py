"""Commands that only look send nothing but GET: watched on the wire, with a real server and the real command."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from reconciler.sandbox import Sandbox
from tests.e2e.conftest import Fleet
from tests.e2e.test_served import free_port, over_http
from tests.providers.wire import Wire


@contextmanager
def watched(root: Path) -> Iterator[tuple[str, Wire]]:
    """Serve the fleet's sandbox, and yield its address and the record of what is asked."""
    port = free_port()
    wire = Wire(Sandbox.open(root / ".fleet" / "sandbox.db").app())
    config = uvicorn.Config(
        wire,
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="off",
        date_header=False,  # the sandbox says what day it is; on another day, orders for today would lie in its future
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}", wire
    finally:
        server.should_exit = True
        thread.join(20)


COMMANDS = (
    ["validate"],
    ["plan", "-o", "plan.json"],
    ["plan", "--fit-quota", "--format", "json", "--target", "*"],
    ["show", "plan.json"],
    ["quota"],
    ["quota", "--forecast"],
    ["bill"],
    ["bill", "check", "bill.csv", "--month", "2026-12"],
    ["snapshot", "-o", "live.json"],
    ["plan", "--live", "live.json"],
    ["activations"],
    ["users"],
    ["users", "de smet", "--diff", "--format", "csv"],
    ["user", "an.hermans@brouwerij.example"],
    ["services", "--live", "--sort", "-cost", "--format", "json"],
    ["services", "--snapshot", "live.json"],
    ["upcoming", "--days", "90"],
    ["explain", "an.hermans", "phone"],
)


def test_commands_that_look_send_nothing_but_get(fleet: Fleet, root: Path) -> None:
    fleet("sandbox", "reset")
    (root.parent / "bill.csv").write_text("number,product,amount\n+32470000001,Mobile 10,10.00\n")
    with watched(root) as (url, wire):
        over_http(root, url)
        for command in COMMANDS:
            ran = fleet(*command)
            assert ran.returncode == 0, (command, ran.stderr)
        assert len(wire.asked) > 30
        assert {method for method, _ in wire.asked} == {"GET"}


@pytest.mark.parametrize(
    "command",
    [
        ["validate"],
        ["show", "plan.json"],
        ["plan", "--live", "live.json"],
        ["users", "--desired"],
        ["user", "An Hermans", "--desired"],
        ["services", "--desired"],
        ["services", "--snapshot", "live.json", "--diff"],
        ["user", "An Hermans", "--snapshot", "live.json"],
    ],
)
def test_what_needs_no_operator_asks_none(command: list[str], fleet: Fleet, root: Path) -> None:
    fleet("sandbox", "reset")
    fleet("plan", "-o", "plan.json")
    fleet("snapshot", "-o", "live.json")
    with watched(root) as (url, wire):
        over_http(root, url)
        assert fleet(*command).returncode == 0
        assert wire.asked == []


def test_giving_out_an_activation_code_sends_nothing_but_get(fleet: Fleet, root: Path) -> None:
    fleet("apply", "--auto-approve", "--allow-removals", "3")
    with watched(root) as (url, wire):
        over_http(root, url)
        ran = fleet("activations", "lien.aerts@brouwerij.example/tablet", "--show", "--reveal", "-o", "code.svg")
        assert ran.returncode == 0, ran.stderr
        assert [path for _, path in wire.asked if path.endswith("/product/prd-00000074")]
        assert {method for method, _ in wire.asked} == {"GET"}


def test_an_apply_writes_only_after_a_yes(fleet: Fleet, root: Path) -> None:
    fleet("sandbox", "reset")
    with watched(root) as (url, wire):
        over_http(root, url)
        fleet("apply", text="no\n")
        assert {method for method, _ in wire.asked} == {"GET"}
        fleet("apply", text="yes\n")
        posted = {path.rsplit("/", 1)[-1] for method, path in wire.asked if method != "GET"}
        assert posted == {"productOrder"}
