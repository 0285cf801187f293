"""Files are read by several processes as by one: the same values and problems in the same order, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.cache import Cache
from reconciler.desired.crew import read_rows
from reconciler.desired.helper import Helper, HelperGone
from reconciler.desired.load import load
from reconciler.desired.row_reader import RowReader
from reconciler.desired.rows import File, Rows, packed
from reconciler.errors import InvalidInput
from tests.desired.files import service
from tests.desired.large import PADDING, users, write_large

on_linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_CACHE_DIR", "")


def test_several_processes_read_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_large(tmp_path, 7, f3="users: {}\n", f5="users: {jan: {services: {a: &x {bundle: y}, b: *x}}}\n")
    assert shown(root, 3, monkeypatch) == shown(root, 1, monkeypatch)


def test_several_processes_find_the_problems_that_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_large(
        tmp_path,
        6,
        f1=service("bundel: x\nnumber: 470"),
        f2="users: [\n",
        f3=users(0),
        f4=service("bundle: y"),
        f5="\x00",
    )
    found = problems(root, 1, monkeypatch)
    assert len(found) > 20
    assert problems(root, 2, monkeypatch) == found


def shown(root: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FLEET_PROCESSES", str(processes))
    return repr(load(root))


def problems(root: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        shown(root, processes, monkeypatch)
    return [str(problem) for problem in error.value.problems]


def content(number: int) -> bytes:
    return (PADDING + users(number)).encode()


def files(count: int) -> Iterator[File]:
    return (File.of(f"users/{number}.yaml", content(number)) for number in range(count))


def expected(count: int) -> list[tuple[str, Rows | None]]:
    reader = RowReader(fast=False)
    return [(file.name, reader.rows(file.content)) for file in files(count)]


@on_linux
def test_what_a_killed_process_was_given_is_read_here() -> None:
    def killing() -> Iterator[File]:
        for number, file in enumerate(files(8)):
            if number == 3:
                for child in children(os.getpid()):
                    os.kill(child, signal.SIGKILL)
            yield file

    found = list(read_rows(killing(), Cache(None), fast=False, processes=3))
    assert [(file.name, rows) for file, rows in found] == expected(8)
    assert children(os.getpid()) == []


def test_where_no_process_can_be_started_this_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = list(read_rows(files(3), Cache(None), fast=False, processes=2))
    assert [(file.name, rows) for file, rows in found] == expected(3)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/echo"])
def test_a_process_that_says_something_else_is_not_believed(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(sys, "executable", program)
    helper = Helper(fast=False)
    try:
        with pytest.raises(HelperGone):
            helper.give([content(0)]).result(timeout=30)
    finally:
        helper.end()


def test_a_process_imports_nothing_from_where_it_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("multiprocessing", "subprocess", "yaml", "msgspec", "reconciler", "gc", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'seen')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    helper = Helper(fast=False)
    try:
        assert helper.give([content(0), b"users: ["]).result(timeout=30) == [packed_rows(0), None]
    finally:
        helper.end()
    assert not (tmp_path / "seen").exists()


def packed_rows(number: int) -> bytes:
    rows = RowReader(fast=False).rows(content(number))
    assert rows is not None
    return packed(rows)


def test_no_process_is_started_for_the_few_files_that_a_cache_does_not_have(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", {"another": b""})
    assert len(list(read_rows(files(2), cache, fast=False, processes=2))) == 2
    assert children(os.getpid()) == []


COMMANDS = {
    "module": [sys.executable, "-m", "reconciler"],
    "script": [str(Path(sys.executable).with_name("fleet"))],
}


@on_linux
@pytest.mark.parametrize(
    ("command", "sent", "code", "said"),
    [
        ("module", signal.SIGINT, 130, "\nerror: interrupted; nothing more is done\n"),
        ("script", signal.SIGINT, 130, "\nerror: interrupted; nothing more is done\n"),
        ("script", signal.SIGTERM, 143, ""),
        ("module", signal.SIGKILL, -9, ""),
    ],
)
def test_whatever_ends_a_command_ends_its_processes(
    tmp_path: Path, command: str, sent: signal.Signals, code: int, said: str
) -> None:
    root = write_large(tmp_path, 4)
    running = subprocess.Popen(
        [*COMMANDS[command], "-C", str(root), "validate"],
        env=os.environ | {"FLEET_PROCESSES": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        helpers = eventually(lambda: children(running.pid))
        os.killpg(running.pid, sent) if sent == signal.SIGINT else running.send_signal(sent)
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert (running.returncode, out, err) == (code, "", said)
    assert eventually(lambda: not any(Path(f"/proc/{helper}").exists() for helper in helpers))


def eventually(look: Callable[[], Any]) -> Any:
    """Return what there is to see, as soon as there is something."""
    end = time.monotonic() + 30
    while not (seen := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return seen


def children(process: int) -> list[int]:
    """Return the processes that a process has started and that are not over."""
    return [
        int(child) for tasks in Path(f"/proc/{process}/task").glob("*/children") for child in tasks.read_text().split()
    ]
