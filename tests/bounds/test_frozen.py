"""Commands at an operator, a git or helpers that stand still end within their bounds, and at SIGTERM at once.

`SOAK_BOUNDS=1` lets an apply have its full twenty seconds; by default it has two.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from reconciler.sandbox import Sandbox
from tests.crash.company import Company, Process, company, end
from tests.crash.test_kills import once_each
from tests.e2e.conftest import FLEET
from tests.postgres import Server

#: What a busy machine takes to start a command and to end it.
SLACK = 12.0
FULL = bool(os.environ.get("SOAK_BOUNDS"))
GRACE = 20.0 if FULL else 2.0
ORDERS = "POST /tmf-api/productOrderingManagement/v4/productOrder"
#: The command with a shorter grace, in a process like any other.
_SHORT = f"""if True:
    import sys
    from reconciler.applying import stopping
    stopping.GRACE = {GRACE}
    from reconciler.__main__ import main
    sys.argv[0] = "fleet"
    main()"""


class Frozen:
    """A server that accepts connections, and answers nothing, or byte by byte with `pause` seconds between."""

    def __init__(self, pause: float | None = None, *, port: int = 0) -> None:
        self._pause = pause
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", port), backlog=50)
        self.port = int(self._server.getsockname()[1])
        #: Set once somebody waits for an answer.
        self.asked = threading.Event()

    def __enter__(self) -> Frozen:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.recv(65_536)
            self.asked.set()
            if self._pause is not None:
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n[")
            while not self._over.wait(self._pause):
                line.sendall(b" ")


def wait_until(true: Callable[[], bool]) -> None:
    """Return when something is so; fail after a minute."""
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def small(root: Path, port: int | None = None, *, journal: str = "", **parts: object) -> Company:
    """Return a company of nine users, at a port of its own or the one that is given."""
    one = company(root / "fleet", users=9, journal=journal, patience=0.2, lease=30, **parts)
    if port is not None:
        one.url = f"http://127.0.0.1:{port}"
        one.write(journal)
    return one


def ended(process: Process, seconds: float) -> tuple[int, str, str]:
    """Wait for a process no longer than that."""
    try:
        return end(process, seconds)
    except subprocess.TimeoutExpired:
        process.communicate()
        raise AssertionError(f"it had not ended after {seconds} s") from None


@pytest.mark.parametrize(
    ("pause", "words"), [(None, "did not answer within 0.5 s"), (0.1, "did not end its answer within 1 s")]
)
def test_an_operator_that_stands_still_is_given_up_within_its_bound(
    pause: float | None, words: str, tmp_path: Path
) -> None:
    with Frozen(pause) as operator:
        one = small(tmp_path, operator.port, provider=", timeout: 0.5")
        code, out, err = ended(one.start("plan"), 6 * (2 * 0.5) + 2 * SLACK)
    assert (code, out) == (1, "")
    assert words in err


@pytest.mark.parametrize("command", ["plan", "quota", "users --live", "snapshot -o live.json"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_command_that_reads_while_the_operator_stands_still(
    command: str, number: signal.Signals, tmp_path: Path
) -> None:
    with Frozen() as operator:
        process = small(tmp_path, operator.port).start(*command.split())
        assert operator.asked.wait(60)
        assert process.poll() is None, process.communicate()
        process.send_signal(number)
        code, _, err = ended(process, 5)
    assert code == 128 + number, err
    assert "Traceback" not in err


def test_sigterm_ends_a_plan_while_git_stands_still(tmp_path: Path) -> None:
    one = small(tmp_path)
    subprocess.run(["git", "init", "-q", str(one.root)], check=True)
    (tmp_path / "bin").mkdir()
    called = tmp_path / "called"
    (tmp_path / "bin/git").write_text(f"#!/bin/sh\n: > {called}\nexec sleep 100\n", encoding="utf-8")
    (tmp_path / "bin/git").chmod(0o755)
    one.environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    with one.served():
        process = one.start("plan")
        wait_until(called.exists)
        assert process.poll() is None, process.communicate()
        process.terminate()
        code, _, err = ended(process, 5)
    assert code == 143, err


def test_sigterm_ends_a_command_whose_helpers_stand_still(tmp_path: Path) -> None:
    one = small(tmp_path)
    for file in range(12):
        users = (f"  u{file}.{index}@x.example: {{name: User Number, services: {{}}}}\n" for index in range(4000))
        (one.root / f"users/{file}.yaml").write_text("users:\n" + "".join(users), encoding="utf-8")
    one.environment = {"FLEET_PROCESSES": "3", "FLEET_CACHE_DIR": ""}
    process = one.start("validate")
    wait_until(lambda: bool(helpers_of(process.pid)))
    for helper in helpers_of(process.pid):
        os.kill(helper, signal.SIGSTOP)
    time.sleep(0.3)
    assert process.poll() is None, process.communicate()
    left = helpers_of(process.pid)
    process.terminate()
    code, _, err = ended(process, 5)
    assert code == 143, err
    wait_until(lambda: not any(Path(f"/proc/{helper}/cmdline").exists() for helper in left))


def helpers_of(process: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if path.read_text().rpartition(")")[2].split()[1] == str(process):
                found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("arguments", ["--auto-approve --allow-removals 9", "--resume"])
def test_a_signal_before_the_first_order_ends_an_apply_at_once(arguments: str, tmp_path: Path) -> None:
    one = small(tmp_path)
    if arguments == "--resume":
        with one.served():
            fault(one, "never-ends", ORDERS)
            process = one.apply()
            one.wait_for_orders(3)
            process.kill()
            process.communicate()
    # At the address that served before: another one would be another connection, with a journal of its own.
    with Frozen(port=int(one.url.rpartition(":")[2])) as operator:
        process = started(one, "apply", *arguments.split())
        assert operator.asked.wait(60)
        assert process.poll() is None, process.communicate()
        process.terminate()
        code, _, err = ended(process, 5 + (GRACE if arguments == "--resume" else 0))
    assert code == 143, err
    if arguments != "--resume":
        assert "nothing was ordered" in err


def fault(one: Company, kind: str, match: str, value: float | None = None, times: int = 1000) -> None:
    """Switch a fault on at the operator, behind its back."""
    sandbox = Sandbox.open(one.operator)
    sandbox.fault(kind, match, times=times, value=value)
    sandbox.close()


def clear(one: Company) -> None:
    """Switch every fault off."""
    sandbox = Sandbox.open(one.operator)
    sandbox.clear_faults()
    sandbox.close()


def started(one: Company, *arguments: str) -> Process:
    """Start a command with the shorter grace."""
    return subprocess.Popen(
        [sys.executable, "-c", _SHORT, "-C", str(one.root), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["timeout-after", "timeout-before"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_orders_in_the_air_get_their_time_and_are_then_unknown_and_settled_later(
    kind: str, number: signal.Signals, tmp_path: Path
) -> None:
    one = small(tmp_path)
    with one.served():
        fault(one, kind, ORDERS, 100)
        process = started(one, "apply", "--auto-approve", "--allow-removals", "9", "--parallelism", "3")
        in_the_air(one, 3)
        process.send_signal(number)
        began = time.monotonic()
        code, out, err = ended(process, GRACE + SLACK)
        assert time.monotonic() - began > GRACE / 2, "they get their time"
        assert code == 128 + number, (out, err)
        assert out.count("unknown ") == 3, out
        assert out.count("not started ") == 6, out
        assert "Traceback" not in err
        clear(one)
        for _ in range(5):
            code, out, err = ended(one.apply(resume=True), 60)
            if code == 0:
                break
        assert code == 0, (out, err)
        once_each(one)


def in_the_air(one: Company, count: int) -> None:
    """Return when the operator holds that many requests: each has used up one of its faults."""
    sandbox = Sandbox.open(one.operator)
    for _ in range(1500):
        left = sandbox.driver.execute("SELECT sum(times) FROM faults").fetchone()[0]
        if left <= 1000 - count:
            return
        time.sleep(0.02)
    raise AssertionError("nothing was ordered")


def test_a_sandbox_that_is_stopped_in_the_middle_of_an_apply_leaves_nothing_unknown_for_good(tmp_path: Path) -> None:
    one = small(tmp_path, provider=", timeout: 1")
    with one.served() as _:
        fault(one, "latency", ORDERS, 0.2)
        process = started(one, "apply", "--auto-approve", "--allow-removals", "9", "--parallelism", "2")
        one.wait_for_orders(1)
        operator = listener(one)
        os.kill(operator, signal.SIGSTOP)
        try:
            process.terminate()
            code, out, err = ended(process, GRACE + SLACK)
            assert code == 143, (out, err)
        finally:
            os.kill(operator, signal.SIGCONT)
        clear(one)
        for _ in range(5):
            code, out, err = ended(one.apply(resume=True), 60)
            if code == 0:
                break
        assert code == 0, (out, err)
        once_each(one)


def test_a_journal_that_freezes_in_the_middle_of_an_apply_ends_it_with_what_was_ordered(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.fresh("freezes")
    one = small(tmp_path, journal=", timeout: 2, url_env: FLEET_JOURNAL_URL", environment={"FLEET_JOURNAL_URL": url})
    with one.served():
        fault(one, "latency", ORDERS, 0.3)
        process = one.start("apply", "--auto-approve", "--allow-removals", "9", "--parallelism", "1")
        one.wait_for_orders(2)
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
            query = "select pid from pg_stat_activity where application_name = 'fleet' and datname = 'freezes'"
            backends = [row[0] for row in other.execute(query).fetchall()]
        assert backends
        for backend in backends:
            os.kill(backend, signal.SIGSTOP)
        try:
            code, out, err = ended(process, 3 * 2 + 2 * SLACK)
        finally:
            for backend in backends:
                os.kill(backend, signal.SIGCONT)
        clear(one)
        if code != 0:  # else another connection took over in time
            assert code == 1, (out, err)
            assert "did not answer within 2 s" in err
            assert "not started " in out
        for _ in range(5):
            code, out, err = ended(one.apply(resume=True), 60)
            if code in (0, 4):
                break
        assert code in (0, 4), (out, err)
        once_each(one)


def listener(one: Company) -> int:
    """Return the process that serves the operator: the one whose command names its file."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"tests.crash.operator\0{one.operator}".encode() in path.read_bytes():
                return int(path.parent.name)
    raise AssertionError("nobody serves it")


def test_the_command_is_the_one_that_is_installed() -> None:
    ran = subprocess.run([sys.executable, "-c", _SHORT, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == subprocess.run([FLEET, "--version"], capture_output=True, text=True, check=True).stdout
