"""What a branch may not do to whoever reads it: start a program, touch a file outside of it, speak to anybody."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_served import free_port
from tests.security.brought import plant_python
from tests.security.commands import CALLS, ENDLESS, READ_NO_FOLDER, READ_NOTHING, known_commands
from tests.security.hostile import HOSTILE, Hostile
from tests.security.stage import Heard, Stage, build, first_use

#: With HOSTILE=all each of those is tried alone that otherwise are tried together.
EVERYTHING = os.environ.get("HOSTILE") == "all"
CASES = [case for case in HOSTILE if case.alone or EVERYTHING]
FLEET = str(Path(sys.executable).parent / "fleet")


@pytest.fixture(scope="module")
def heard() -> Iterator[list[bytes]]:
    """Listen where nobody may speak, and return what came."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(0.5)
                    try:
                        said.append(connection.recv(4096))
                    except OSError as error:
                        said.append(str(error).encode())

        thread = threading.Thread(target=listen)
        thread.start()
        said.append(str(server.getsockname()[1]).encode())
        try:
            yield said
        finally:
            over.set()
            thread.join(5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, heard: list[bytes]) -> Stage:
    """Return a stage that was used once, before anybody proposed a change."""
    stage = build(tmp_path_factory.mktemp("hostile") / "stage")
    stage.stranger = f"http://127.0.0.1:{heard[0].decode()}"
    first_use(stage)
    return stage


@pytest.fixture
def stage(built: Stage) -> Stage:
    """Return the stage before the change."""
    return built.begin()


def strace_works() -> bool:
    """Tell whether strace can be used besides the audit hook, which always is."""
    if shutil.which("strace") is None:
        return False
    ran = subprocess.run(
        ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "execve", "true"], capture_output=True, check=False
    )
    return ran.returncode == 0


def wrong(results: list[Heard]) -> list[str]:
    """Return what must not have happened, with the command that did it."""
    return [f"{' '.join(result.call.words)}: {line}" for result in results for line in result.wrong]


def test_every_command_is_run_on_the_hostile_repositories_or_said_to_read_nothing() -> None:
    named = {call.name for call in CALLS} | {*READ_NOTHING} | {*ENDLESS}
    assert named == known_commands()


def test_commands_work_where_nothing_is_hostile(stage: Stage) -> None:
    stage.keep()
    results = stage.run(CALLS, strace=strace_works())
    assert wrong(results) == []
    assert {" ".join(each.call.words): each.code for each in results[:-1]} == {
        " ".join(call.words): call.code for call in CALLS
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_repository_does_nothing(case: Hostile, stage: Stage, heard: list[bytes]) -> None:
    case.plant(stage)
    if case.committed:
        stage.commit()
    stage.mark.unlink(missing_ok=True)
    stage.keep()
    before = len(heard)
    results = stage.run(case.calls(everything=EVERYTHING), strace=strace_works())
    assert wrong(results) == []
    assert heard[before:] == []
    if case.refused:
        reading = [result for result in results[:-1] if result.call.name not in READ_NO_FOLDER]
        silent = [result.call for result in reading if not re.search(case.refused, result.said) or not result.code]
        assert silent == []
    for begin, message in case.says.items():
        in_ci, name = begin.startswith("ci:"), begin.removeprefix("ci:")
        said = [each for each in results if each.call.name == name and (each.call.ci or not in_ci)]
        assert said
        assert [each.call for each in said if not re.search(message, each.said) or not each.code] == []


def test_the_watcher_sees_what_it_watches_for(stage: Stage, tmp_path: Path) -> None:
    """A command that does all of it, in the place of fleet's own, is found out in each way."""
    script = tmp_path / "does.py"
    script.write_text(_DOES.format(outside=str(stage.outside), port=stage.stranger.rpartition(":")[2]))
    stage.keep()
    ran = subprocess.run(
        [sys.executable, str(script)],
        env={**stage.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    kinds = ran.stdout.split()
    assert set(kinds) == {"read", "write", "process", "network"}


_DOES = """
import os, socket, sqlite3, subprocess
from pathlib import Path
from tests.security.watch import Watch
watch = Watch()
with watch.hearing() as heard:
    Path("{outside}/idkey").read_text()
    Path("{outside}/new").write_text("x")
    os.remove("{outside}/new")
    sqlite3.connect("{outside}/x.db").close()
    subprocess.run(["true"])
    try:
        socket.create_connection(("127.0.0.1", 1), 0.1)
    except OSError:
        pass
for kind, what in heard:
    if kind in ("process", "network") or what.startswith("{outside}"):
        print(kind)
"""


@pytest.mark.parametrize("folder", [".", "fleets", "fleets/fleet-config"])
def test_the_installed_command_takes_nothing_from_the_folder_it_is_started_in(stage: Stage, folder: str) -> None:
    plant_python(stage)
    stage.commit()
    environment = {**stage.environment(), "FLEET_PROCESSES": "3"}
    for words in (["validate"], ["plan"], ["ci", "plan", "--no-publish"]):
        ran = subprocess.run(
            [FLEET, *words, "-C", str(stage.fleet)],
            cwd=stage.top / folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    assert not stage.mark.exists()


def test_the_operator_that_is_served_takes_nothing_from_a_hostile_repository(stage: Stage) -> None:
    plant_python(stage)
    stage.commit()
    process = subprocess.Popen(
        [FLEET, "sandbox", "serve", "--port", str(free_port()), "-C", str(stage.fleet)],
        cwd=stage.top,
        env=stage.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(2)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    assert not stage.mark.exists()
