"""What was ordered is told on stdout or stderr, with the run's exit code, whatever else cannot be written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import Exit
from reconciler.ports import Pipeline
from reconciler.sandbox import Sandbox
from reconciler.usecases.telling import Telling, Told, leave
from tests.bounds.shell import in_shell, prepared
from tests.e2e.conftest import FLEET

APPLY = f"{FLEET} apply plan.json"
ALL = "Apply complete! 3 added, 7 changed, 3 removed."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a copy of the example and a saved plan of it."""
    prepared(tmp_path)
    assert in_shell(f"{FLEET} plan -o plan.json", tmp_path).returncode == 0
    return tmp_path


def require_all_done(folder: Path) -> None:
    """Check that everything was ordered, once."""
    again = in_shell(f"{FLEET} plan", folder)
    assert again.stdout.splitlines()[-1].startswith("No changes."), again.stdout


@pytest.mark.parametrize("where", ["> /dev/full", "| head -1 > head.txt"])
def test_what_was_ordered_is_on_stderr_where_stdout_takes_nothing(where: str, folder: Path) -> None:
    sandbox = Sandbox.open(folder / "fleet-config/.fleet/sandbox.db")
    sandbox.fault("latency", "POST", times=3, value=0.3)  # so that a reader has gone by the end
    apply = f"{FLEET} apply --auto-approve --allow-removals 3"
    ran = in_shell(f"{{ {apply}; echo code $? >&2; }} {where}", folder)
    assert "code 0\n" in ran.stderr
    assert ALL in ran.stderr
    assert "Traceback" not in ran.stderr
    require_all_done(folder)


def test_both_streams_closed_leave_the_exit_code(folder: Path) -> None:
    assert in_shell(f"{APPLY} >&- 2>&-", folder).returncode == 0
    require_all_done(folder)


@pytest.mark.parametrize("place", ["/dev/full", "there/folder"])
def test_a_report_that_cannot_be_written_is_said_after_the_outcome(place: str, folder: Path) -> None:
    (folder / "there").mkdir()
    ran = in_shell(f"{{ rmdir there; {APPLY} --junit {place}; }}", folder)
    if place == "there/folder":
        assert (ran.returncode, "there is no folder there" in ran.stderr) == (64, True), "which shows before any order"
        return
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith(f"{ALL}\n")
    assert "error: /dev/full was not written: No space left on device" in ran.stderr
    require_all_done(folder)


def test_a_plan_that_cannot_be_shown_is_not_asked_about(folder: Path) -> None:
    ran = in_shell(f"{FLEET} apply > /dev/full", folder)
    assert ran.returncode == 4
    assert "nothing was ordered: the plan could not be shown" in ran.stderr


def test_a_job_whose_folder_cannot_be_written_tells_what_it_ordered(folder: Path) -> None:
    (folder / "fleet-ci").write_text("a file in the way", encoding="utf-8")
    commit = "git -c user.name=Jan -c user.email=jan@brouwerij.example commit -qm files"
    assert in_shell(f"git init -q && git add fleet-config && {commit}", folder).returncode == 0
    ran = in_shell(f"{FLEET} ci apply --plan plan.json --out fleet-ci/deeper", folder, FLEET_BASE_REF="HEAD")
    assert (ran.returncode, ALL in ran.stdout) == (0, True), ran.stderr
    assert "warning: fleet-ci/deeper could not be written: Not a directory" in ran.stderr
    assert "Traceback" not in ran.stderr
    require_all_done(folder)


def test_every_place_is_tried_whatever_became_of_the_others(tmp_path: Path) -> None:
    full, summary = Path("/dev/full"), tmp_path / "summary.md"
    (tmp_path / "out/comment.md").mkdir(parents=True)
    telling = Telling(Pipeline(outputs=full, summary=summary), tmp_path / "out", "fleet-config", "fleet-config")
    unwritten = leave(telling, Told(Exit.DONE, files={"comment.md": "a comment", "junit.xml": "<x/>"}, summary="all"))
    assert unwritten == (
        f"{tmp_path / 'out/comment.md'} could not be written: it is not a regular file",
        "/dev/full could not be written: No space left on device",
    )
    assert (tmp_path / "out/junit.xml").read_text(encoding="utf-8") == "<x/>"
    assert summary.read_text(encoding="utf-8") == "all"


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_job_that_orders_nothing_and_cannot_write_fails_and_shows_its_plan(command: str, folder: Path) -> None:
    job = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "/dev/full"}
    ran = in_shell(f"{FLEET} ci {command}", folder, **job)
    assert ran.returncode == 1
    assert "Plan: 3 to add" in ran.stdout
    assert "/dev/full could not be written: No space left on device" in ran.stderr
    assert (folder / "fleet-ci/summary.md").exists()


def test_a_journal_that_fails_in_the_middle_leaves_what_was_ordered_told(folder: Path) -> None:
    """Its table of orders is gone behind the run's back, once it has placed some."""
    lines = """if True:
        import sys
        from reconciler.applying.journal import orders
        from reconciler.__main__ import main
        from reconciler.errors import JournalError
        settle, count = orders.settle, [0]
        def failing(*arguments, **named):
            count[0] += 1
            if count[0] > 2:
                raise JournalError("the journal cannot be used: the disk is gone")
            settle(*arguments, **named)
        orders.settle = failing
        sys.argv = ["fleet", "apply", "plan.json", "--parallelism", "1"]
        main()"""
    python = str(Path(FLEET).parent / "python")
    ran = subprocess.run([python, "-c", lines], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 1
    told = re.findall(r"^(done|not started|unknown) ", ran.stdout, re.MULTILINE)
    assert len(told) == 13, ran.stdout
    assert {"done", "not started"} <= {*told}
    assert "the disk is gone" in ran.stderr
    assert "Traceback" not in ran.stderr
