"""A process ends when it has to, whatever its threads wait for."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

_STUCK = """if True:
    import sys, threading, time
    from reconciler import signals
    threading.Thread(target=time.sleep, args=(60,)).start()  # which an exit waits for
    {call}
    print("begun", flush=True)
    {then}"""


@pytest.mark.parametrize("then", ["time.sleep(60)", "sys.exit(0)"])
def test_a_process_that_is_to_end_ends_in_time_with_its_last_words(then: str) -> None:
    code = _STUCK.format(call="signals.end_within(0.5, 143, 'the last words')", then=then)
    began = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (143, "begun\n", "the last words\n")
    assert time.monotonic() - began < 10


def test_sigterm_ends_a_process_whose_thread_is_stuck() -> None:
    code = _STUCK.format(call="signals.end_on_sigterm(0.5)", then="time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        assert process.wait(10) == 143


def test_sigterm_is_heard_while_the_main_thread_waits_inside_a_library(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "held.db")) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        code = (
            "import sqlite3, sys; from reconciler import signals; signals.end_on_sigterm(0.5);"
            "other = sqlite3.connect(sys.argv[1], timeout=60); print('begun', flush=True);"
            "other.execute('BEGIN EXCLUSIVE')"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "held.db")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            time.sleep(0.3)
            process.terminate()
            began = time.monotonic()
            assert process.wait(30) == 143
            assert time.monotonic() - began < 5
