"""The journal's database refuses: nothing is ordered without a committed intent, and the way on works afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.company import company, end
from tests.crash.test_kills import once_each
from tests.crash.test_pauses import resume_until_done
from tests.postgres import Server
from tests.state import journal_of

#: Runs a command whose files may not grow beyond a size: the disk is full for it, and for it alone.
_FULL = "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); size = int(sys.argv[1]); "
_FULL += "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)); os.execv(sys.argv[2], sys.argv[2:])"


def test_a_folder_that_cannot_be_written_orders_nothing(tmp_path: Path) -> None:
    one = company(tmp_path / "fleet", users=6)
    in_the_way = journal_of(one.root).parent
    in_the_way.write_text("a file where the journal's folder should be")
    with one.served():
        code, out, err = end(one.apply())
        assert code == 1, (out, err)
        assert "the state folder" in err
        assert "cannot be used" in err
        assert "Traceback" not in err
        assert not one.orders()
        in_the_way.unlink()
        assert end(one.apply())[0] == 0
        once_each(one)


@pytest.mark.parametrize("size", [40_000, 90_000, 120_000])
def test_a_full_disk_orders_nothing_that_is_not_recorded(tmp_path: Path, size: int) -> None:
    from tests.e2e.conftest import FLEET

    one = company(tmp_path / "fleet", users=30)
    with one.served():
        arguments = ["-C", str(one.root), "apply", "--auto-approve", "--allow-removals", "30"]
        full = subprocess.run(
            [sys.executable, "-c", _FULL, str(size), FLEET, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert full.returncode in (1, 6), (full.stdout, full.stderr)
        assert "Nothing is ordered without a record" in full.stderr
        assert "Traceback" not in full.stderr
        ordered = sum(one.orders().values())
        assert ordered < one.users
        code, out, err = end(one.apply(resume=bool(ordered)))
        assert code in (0, 6), (out, err)
        resume_until_done(one)
        once_each(one)


def test_a_server_that_goes_away_in_mid_run_and_comes_back_loses_nothing(tmp_path: Path, postgres: Server) -> None:
    environment = {"FLEET_JOURNAL_URL": postgres.fresh("away")}
    one = company(tmp_path / "fleet", users=60, journal=", url_env: FLEET_JOURNAL_URL", environment=environment)
    with one.served():
        process = one.apply()
        one.wait_for_orders(5)
        postgres.stop()
        try:
            code, _, err = end(process)
            ordered = sum(one.orders().values())
        finally:
            postgres.start()
        assert code == 1, err
        assert "the journal postgresql://127.0.0.1" in err
        assert "Traceback" not in err
        assert ordered < one.users
        resume_until_done(one)
        once_each(one)


def test_the_lease_of_a_process_that_has_ended_is_taken_at_once(tmp_path: Path) -> None:
    one = company(tmp_path / "fleet", users=45, lease=600)
    with one.served():
        process = one.apply()
        one.wait_for_orders(1)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        code, out, err = end(one.apply(resume=True))
        assert code in (0, 6), (out, err)
        assert "its process has ended" in err, "a dead process is not waited for"
        resume_until_done(one)
        once_each(one)
