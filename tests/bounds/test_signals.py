"""A process ends when it has to, whatever its threads wait for."""

from __future__ import annotations

import subprocess
import sys
import time

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
