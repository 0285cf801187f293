"""What the environment says of how files are read is taken at its word, or refused with what was expected."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reconciler.desired.tuning import Tuning
from reconciler.errors import UsageError
from tests.cli.commands import command
from tests.desired.files import service, write


@pytest.mark.parametrize("value", ["x", "0", "-1", "65", "1.5", " 2", "²", "9" * 5000])
def test_a_number_of_processes_is_one_from_1_to_64(value: str) -> None:
    with pytest.raises(UsageError, match="expected a number from 1 to 64"):
        Tuning.of({"FLEET_PROCESSES": value})


def test_processes_are_as_many_as_pay_unless_somebody_says() -> None:
    assert Tuning.of({"FLEET_PROCESSES": "3"}).processes_for(1) == 3
    assert Tuning.of({}).processes_for(100_000) == 1
    assert 1 <= Tuning.of({}).processes_for(1 << 40) <= 8


def test_the_fast_parser_is_used_where_it_is_there_unless_somebody_says() -> None:
    assert [Tuning.of({"FLEET_YAML": value}).fast for value in ("", "fast", "plain")] == [True, True, False]
    with pytest.raises(UsageError, match="expected 'fast' or 'plain'"):
        Tuning.of({"FLEET_YAML": "x"})


def test_without_the_fast_parser_it_cannot_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml_rs", None)  # as where it is not installed
    assert [Tuning.of({"FLEET_YAML": value}).fast for value in ("", "plain")] == [False, False]
    with pytest.raises(UsageError, match="not installed") as error:
        Tuning.of({"FLEET_YAML": "fast"})
    assert error.value.hint == "Install the package yaml-rs, which is the extra 'fast'."


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({}, "/home/an/.cache/fleet"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/fleet"),
        ({"XDG_CACHE_HOME": "relative"}, "/home/an/.cache/fleet"),
        ({"XDG_CACHE_HOME": "/x", "FLEET_CACHE_DIR": "/y"}, "/y"),
        ({"FLEET_CACHE_DIR": "~/y"}, "/home/an/y"),
        ({"XDG_CACHE_HOME": "/x", "FLEET_CACHE_DIR": ""}, None),
    ],
)
def test_the_cache_lies_where_caches_lie(
    environment: dict[str, str], folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/an")
    assert Tuning.of(environment).cache == (Path(folder) if folder else None)


@pytest.mark.parametrize("name", ["FLEET_PROCESSES", "FLEET_YAML"])
def test_a_command_is_not_run_with_what_makes_no_sense(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, a=service("bundle: x"))
    monkeypatch.setenv(name, "x")
    code, out, err = command(capsys, tmp_path, "validate")
    assert (code, out) == (64, "")
    assert err.startswith(f"error: {name} is 'x'; expected ")
