"""stdout or stderr is closed, full or read by nobody: silence or an error, the right exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.bounds.shell import in_shell, prepared
from tests.e2e.conftest import FLEET

FULL = Path("/dev/full")
COMMANDS = {
    "plan": 0,
    "plan --detailed-exitcode": 2,
    "history": 0,
    "validate": 0,
    "explain nobody phone": 64,
    "show missing.json": 1,
    "plna": 64,
    "--help": 0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the example in it, whose operator is filled."""
    return prepared(tmp_path_factory.mktemp("streams"))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("where", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_leaves_the_exit_code_as_it_is(command: str, where: str, folder: Path) -> None:
    ran = in_shell(f"{FLEET} {command} {where}", folder)
    assert ran.returncode == COMMANDS[command], ran.stderr
    assert "Traceback" not in ran.stderr
    assert "problem of its own" not in ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_goes_away_leaves_the_exit_code_as_it_is(command: str, folder: Path) -> None:
    ran = in_shell(f"{{ {FLEET} {command}; echo code $? >&2; }} | head -c 1", folder)
    assert f"code {COMMANDS[command]}\n" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Broken" not in ran.stderr


@pytest.mark.parametrize("command", [name for name in COMMANDS if COMMANDS[name] in (0, 2)])
def test_a_full_disk_is_an_error(command: str, folder: Path) -> None:
    assert FULL.exists(), "which every Linux has"
    ran = in_shell(f"{FLEET} {command} > {FULL}", folder)
    assert ran.returncode == 1
    assert ran.stderr.endswith("error: stdout could not be written to the end: No space left on device\n")
    assert ran.stderr.count("error") == 1


def test_a_full_disk_under_stderr_is_silence(folder: Path) -> None:
    assert in_shell(f"{FLEET} show missing.json 2> {FULL}", folder).returncode == 1
    assert in_shell(f"{FLEET} plan 2> {FULL}", folder).returncode == 0


def test_no_file_takes_the_place_of_a_closed_stream(folder: Path) -> None:
    """What git or a helper prints would land in it."""
    lines = "import os; from reconciler.cli.streams import open_standard_streams; open_standard_streams();"
    lines += "handle = open('plain.txt', 'w'); os.write(2, str(handle.fileno()).encode())"
    ran = in_shell(f'{Path(FLEET).parent}/python -c "{lines}" <&- >&- ', folder)
    assert int(ran.stderr) > 2


def test_a_pipe_that_is_full_for_a_moment_loses_nothing(folder: Path) -> None:
    whole = in_shell(f"{FLEET} plan --format json", folder).stdout
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen([FLEET, "plan", "--format", "json"], cwd=folder, stdout=writing) as process:
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as stream:
            read = stream.read()
        assert process.wait(60) == 0
    assert len(read) == len(whole)
